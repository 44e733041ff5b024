// Connections that API Gateway keeps, and those of them that subscribed. Nothing here is conditional: a connection's frames come one
// after the other, and what is left over expires.

import type { SocketConnection, Subscriber } from '../core/connection.ts'
import type { Clock, ConnectionStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import { queryAll, type Table } from './client.ts'
import { expiring, keys, objectItem, readObject } from './table.ts'

/** API Gateway ends a connection after two hours. */
const CONNECTION_SECONDS = 2 * 3_600
/** Frames wait in their queue, and may be taken from its dead letters, for as long as SQS keeps messages: 14 days. */
const FRAME_SECONDS = 14 * 86_400

export const connectionStore = (table: Table, clock: Clock): ConnectionStore => ({
  async put(connection) {
    const key = keys.connection(connection.id)
    await table.put({
      ...objectItem(KIND.connection, key, connection, 1),
      ...expiring(clock.now(), CONNECTION_SECONDS + FRAME_SECONDS),
    })
  },

  async get(id) {
    const item = await table.get(keys.connection(id))
    return item ? readObject<SocketConnection>(item).value : null
  },

  async subscribe(workspace, subscriber) {
    const key = keys.subscriber(workspace, subscriber.connectionId)
    await table.put({
      ...objectItem(KIND.subscriber, key, subscriber, 1),
      ...expiring(clock.now(), CONNECTION_SECONDS),
    })
  },

  async subscribers(workspace) {
    const partition = keys.subscriber(workspace, '').pk
    const items = await queryAll(table, { partition, consistent: true })
    return items.map((item) => readObject<Subscriber>(item).value)
  },

  async unsubscribe(workspace, connectionId) {
    await table.delete(keys.subscriber(workspace, connectionId))
  },
})
