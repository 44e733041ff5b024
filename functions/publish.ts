// Events stream: a stored event goes out, to the feed, to the event bus and to subscribers' sockets.
import { readEnvironment } from '../lib/aws/environment.ts'
import { lazyBus, roadServices, streamFunction } from '../lib/aws/road.ts'
import { lazyGateway } from '../lib/aws/socket.ts'
import { publishToSockets } from '../lib/entries.ts'

const settings = readEnvironment('publish')
const services = { ...roadServices(settings), bus: lazyBus(settings) }

export const handler = streamFunction(publishToSockets(services, lazyGateway(settings)), settings)
