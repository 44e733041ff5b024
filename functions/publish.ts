// Events stream: a stored event goes out, to the feed and to the event bus.
import { readEnvironment } from '../lib/aws/environment.ts'
import { lazyBus, roadServices, streamFunction } from '../lib/aws/road.ts'
import { publish } from '../lib/entries.ts'

const settings = readEnvironment('publish')
const services = { ...roadServices(settings), bus: lazyBus(settings) }

export const handler = streamFunction(publish(services), settings)
