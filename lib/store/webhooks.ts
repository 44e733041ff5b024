// Webhooks, twice: by workspace and id for their owner, by slug for a call, which costs one read. Both change together.
import type { WebhookStore } from '../core/ports.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import type { Workspace } from '../core/workspace.ts'
import { KIND } from '../names.ts'
import { queryAll, type Table, type Write } from './client.ts'
import { keys, objectItem, readObject } from './table.ts'

interface Slugged {
  workspace: Workspace
  webhook: Webhook
}

export function webhookStore(table: Table): WebhookStore {
  const owned = (workspace: Workspace, webhook: Webhook, version: number) =>
    objectItem(KIND.webhook, keys.webhook(workspace, webhook.id), webhook, version)
  const slugged = (workspace: Workspace, webhook: Webhook, version: number) =>
    objectItem(KIND.slug, keys.slug(webhook.slug), { workspace, webhook }, version)

  return {
    async create(workspace, webhook) {
      const failed = await table.transact([
        { put: owned(workspace, webhook, 1), on: 'new' },
        { put: slugged(workspace, webhook, 1), on: 'new' },
      ])
      return failed.length === 0
    },

    async get(workspace, id) {
      const item = await table.get(keys.webhook(workspace, id))
      return item ? readObject<Webhook>(item) : null
    },

    async bySlug(slug) {
      const item = await table.get(keys.slug(slug))
      return item ? readObject<Slugged>(item).value : null
    },

    async list(workspace) {
      const items = await queryAll(table, { partition: keys.webhook(workspace, '').pk })
      return items.map((item) => readObject<Webhook>(item).value)
    },

    count: (workspace) => table.count({ partition: keys.webhook(workspace, '').pk }),

    async replace(workspace, webhook, was) {
      const version = was.version + 1
      const writes: Write[] = [
        { put: owned(workspace, webhook, version), on: { version: was.version } },
        { put: slugged(workspace, webhook, version) },
      ]
      if (webhook.slug !== was.value.slug) writes.push({ delete: keys.slug(was.value.slug) })
      return (await table.transact(writes)).length === 0
    },

    async delete(workspace, was) {
      const failed = await table.transact([
        { delete: keys.webhook(workspace, was.value.id), on: { version: was.version } },
        { delete: keys.slug(was.value.slug) },
      ])
      return failed.length === 0
    },
  }
}
