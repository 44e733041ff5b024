// The calls of a WebSocket API, in Lambda's shape: a connection that begins, its frames with a `type`, its end.
import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda'
import { Refusal } from '../core/errors.ts'
import type { Gateway } from '../core/ports.ts'
import { SOCKET } from '../names.ts'
import type { Settings } from './environment.ts'
import { once } from './services.ts'

/** What is behind: http/gateway-sockets.ts. */
interface Sockets {
  connect(connectionId: string, beginning: Beginning): Promise<void>
  frame(connectionId: string, text: string, address: string): Promise<void>
  disconnect(connectionId: string): Promise<void>
}

interface Beginning {
  path: string
  authorization: string | undefined
  address: string
}

/** A beginning has a request's headers and query, which the types of the other calls do not know. */
export type SocketCall = APIGatewayProxyWebsocketEventV2 & {
  headers?: Record<string, string>
  queryStringParameters?: Record<string, string>
}

/** A beginning is answered with the protocol that Prefect's client offers: browsers and it insist on hearing it. */
export function socketHandler({ connect, frame, disconnect }: Sockets) {
  return async (call: SocketCall): Promise<APIGatewayProxyResultV2> => {
    const { connectionId, eventType } = call.requestContext
    if (eventType === 'CONNECT') return begin(call)
    if (eventType === 'DISCONNECT') await disconnect(connectionId)
    else await frame(connectionId, call.body ?? '', addressOf(call))
    return OK
  }

  /** A refusal is its status: the connection does not come about. */
  async function begin(call: SocketCall): Promise<APIGatewayProxyResultV2> {
    const path = call.queryStringParameters?.[SOCKET.path] ?? ''
    const authorization = header(call, 'authorization')
    try {
      await connect(call.requestContext.connectionId, {
        path,
        authorization,
        address: addressOf(call),
      })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { statusCode: error.status }
    }
    const offered = header(call, PROTOCOL_HEADER)?.split(',') ?? []
    const isOffered = offered.some((name) => name.trim() === SOCKET.protocol)
    return isOffered ? { ...OK, headers: { [PROTOCOL_HEADER]: SOCKET.protocol } } : OK
  }
}

const OK = { statusCode: 200 }
const PROTOCOL_HEADER = 'Sec-WebSocket-Protocol'

const header = ({ headers = {} }: SocketCall, wanted: string): string | undefined =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1]

/** As API Gateway saw it: CloudFront's, or the client's own. */
const addressOf = ({ requestContext }: SocketCall): string =>
  (requestContext as { identity?: { sourceIp?: string } }).identity?.sourceIp ?? ''

/** The way back to clients; its client is loaded when somebody is to be told something. */
export function lazyGateway({ socketEndpoint }: Pick<Settings, 'socketEndpoint'>): Gateway {
  const loaded = once(async () => {
    const [{ gatewayOf }, { ApiGatewayManagementApiClient }] = await Promise.all([
      import('./gateway.ts'),
      import('@aws-sdk/client-apigatewaymanagementapi'),
    ])
    return gatewayOf(new ApiGatewayManagementApiClient({ endpoint: socketEndpoint }))
  })
  return {
    send: async (connectionId, frame) => (await loaded()).send(connectionId, frame),
    close: async (connectionId) => (await loaded()).close(connectionId),
  }
}
