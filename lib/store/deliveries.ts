// Deliveries, one item each, forgotten when the event that set them off would be.
import type { Delivery } from '../core/delivery.ts'
import type { DeliveryStore } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'
import { KIND } from '../names.ts'
import type { Item, Table } from './client.ts'
import { objectsOf } from './objects.ts'
import { expiring, keys, objectItem } from './table.ts'

export function deliveryStore(table: Table, retentionSeconds: number): DeliveryStore {
  const { get, delete: remove } = objectsOf<Delivery>(
    table,
    KIND.delivery,
    keys.delivery,
    ({ id }) => id,
  )
  const itemOf = (workspace: Workspace, delivery: Delivery, version: number): Item => ({
    ...objectItem(KIND.delivery, keys.delivery(workspace, delivery.id), delivery, version),
    ...expiring(delivery.dueAt, retentionSeconds),
  })
  return {
    create: (workspace, delivery) => table.put(itemOf(workspace, delivery, 1), 'new'),
    get,
    replace: (workspace, next, was) =>
      table.put(itemOf(workspace, next, was.version + 1), { version: was.version }),
    delete: remove,
  }
}
