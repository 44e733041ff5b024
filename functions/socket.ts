// WebSocket: /api/events/in and /out, where API Gateway keeps the connections.
import { deployedAdminKey } from '../lib/aws/admin-key.ts'
import { readEnvironment } from '../lib/aws/environment.ts'
import { socketServices } from '../lib/aws/road.ts'
import { lazyGateway, socketHandler } from '../lib/aws/socket.ts'
import { gatewaySocket } from '../lib/entries.ts'

const settings = readEnvironment('socket')
const services = socketServices(settings)
const sockets = gatewaySocket(services, lazyGateway(settings), deployedAdminKey(settings))

export const handler = socketHandler(sockets)
