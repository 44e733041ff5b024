// The way back to clients whose sockets API Gateway keeps.
import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import type { Gateway } from '../core/ports.ts'

/** API Gateway's limit for a message (quota "message payload size"). */
const MESSAGE_BYTES_MAX = 128 * 1024

export const gatewayOf = (client: ApiGatewayManagementApiClient): Gateway => ({
  async send(ConnectionId, frame) {
    const Data = Buffer.from(JSON.stringify(frame))
    if (Data.byteLength > MESSAGE_BYTES_MAX) return 'too-large'
    return (await isThere(() => client.send(new PostToConnectionCommand({ ConnectionId, Data }))))
      ? 'sent'
      : 'gone'
  },
  async close(ConnectionId) {
    await isThere(() => client.send(new DeleteConnectionCommand({ ConnectionId })))
  },
})

async function isThere(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call()
    return true
  } catch (error) {
    if (error instanceof GoneException) return false // closed by the client, or by its two hours
    throw error
  }
}
