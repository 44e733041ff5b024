// Objects stream: a firing is acted on.
import { readEnvironment } from '../lib/aws/environment.ts'
import { roadServices, streamFunction } from '../lib/aws/road.ts'
import { act } from '../lib/entries.ts'

const settings = readEnvironment('act')

export const handler = streamFunction(act(roadServices(settings)), settings)
