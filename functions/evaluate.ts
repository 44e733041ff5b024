// Events stream: a stored event meets the triggers.
import { readEnvironment } from '../lib/aws/environment.ts'
import { tallyFates } from '../lib/aws/metrics.ts'
import { roadServices, streamFunction } from '../lib/aws/road.ts'
import { evaluate } from '../lib/entries.ts'

const settings = readEnvironment('evaluate')

export const handler = streamFunction(
  evaluate({ ...roadServices(settings), tally: tallyFates }),
  settings,
)
