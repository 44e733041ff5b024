// Calls of webhooks that made no event: one partition per webhook, in order of arrival, each packed as events are.
import type { Blobs, WebhookDeliveryStore } from '../core/ports.ts'
import { parseInstant } from '../core/time.ts'
import type { WebhookDelivery } from '../core/webhook-delivery.ts'
import type { Workspace } from '../core/workspace.ts'
import { ATTRIBUTE, KIND } from '../names.ts'
import { type Item, queryAll, type Table } from './client.ts'
import { pack, unpack } from './pack.ts'
import { expiring, keys } from './table.ts'

/** UUIDs are before it. */
const LAST = 'g'

export function webhookDeliveryStore(
  table: Table,
  blobs: Blobs,
  retentionSeconds: number,
): WebhookDeliveryStore {
  async function itemOf(
    workspace: Workspace,
    delivery: WebhookDelivery,
    version: number,
  ): Promise<Item> {
    const key = keys.webhookDelivery(workspace, delivery.webhook_id, delivery.id)
    const receivedAt = parseInstant(delivery.received) ?? 0
    return {
      ...key,
      ...(await pack(delivery, blobs, `${key.pk}#${key.sk}#${version}`)),
      [ATTRIBUTE.kind]: KIND.webhookDelivery,
      [ATTRIBUTE.version]: version,
      ...expiring(receivedAt, retentionSeconds),
    }
  }

  return {
    async create(workspace, delivery) {
      await table.put(await itemOf(workspace, delivery, 1), 'new')
    },

    async get(workspace, webhookId, id) {
      const item = await table.get(keys.webhookDelivery(workspace, webhookId, id))
      if (!item) return null
      return {
        value: await unpack<WebhookDelivery>(item, blobs),
        version: Number(item[ATTRIBUTE.version]),
      }
    },

    async list(workspace, webhookId, { before, limit }) {
      const { pk } = keys.webhookDelivery(workspace, webhookId, '')
      const items = await queryAll(table, {
        partition: pk,
        to: before ?? LAST,
        descending: true,
        limit: limit + 1, // `to` includes `before` itself
      })
      const meant = items.filter((item) => item[ATTRIBUTE.sort] !== before).slice(0, limit)
      return Promise.all(meant.map((item) => unpack<WebhookDelivery>(item, blobs)))
    },

    replace: async (workspace, next, was) =>
      table.put(await itemOf(workspace, next, was.version + 1), { version: was.version }),
  }
}
