// Buckets and firings. A bucket's next state and the firings it gave are one transaction, on condition that the bucket is
// still the one that was read: an evaluator that lost the race reads again and decides again.
import type { Firing } from '../core/firing.ts'
import type { Blobs, TriggerStore } from '../core/ports.ts'
import { parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { ATTRIBUTE, KIND } from '../names.ts'
import { type Item, queryAll, type Table, type Write } from './client.ts'
import { pack } from './pack.ts'
import { expiring, keys, objectItem, readObject } from './table.ts'
import { putEachNew } from './write.ts'

/** Bytes of JSON up to which a firing is text. It holds its event, or several, which may be larger than an item. */
const PLAIN_FIRING_BYTES_MAX = 64_000

export function triggerStore(table: Table, blobs: Blobs, retentionSeconds: number): TriggerStore {
  /** A firing is kept as long as the event that fired it could be. */
  async function firingItem(workspace: Workspace, firing: Firing): Promise<Item> {
    const key = keys.firing(workspace, firing.id)
    const firedAt = parseInstant(firing.triggered) ?? 0
    const body = await pack(firing, blobs, key.pk, PLAIN_FIRING_BYTES_MAX)
    return {
      ...key,
      [ATTRIBUTE.kind]: KIND.firing,
      ...body,
      ...expiring(firedAt, retentionSeconds),
    }
  }

  const firingItems = (workspace: Workspace, firings: Firing[]) =>
    Promise.all(firings.map((firing) => firingItem(workspace, firing)))

  return {
    async bucket(workspace, key) {
      const item = await table.get(keys.bucket(workspace, key))
      return item ? readObject<unknown>(item) : null
    },

    async buckets(workspace, automationId) {
      const partition = keys.bucket(workspace, automationId).pk
      const found = await queryAll(table, { partition })
      return found.map((item) => ({ key: String(item.sk), value: readObject(item).value }))
    },

    async commit(workspace, changes, firings) {
      const writes: Write[] = [
        ...changes.map(({ key, next, was, disposableAt }): Write => {
          const version = (was?.version ?? 0) + 1
          const item = objectItem(KIND.bucket, keys.bucket(workspace, key), next, version)
          const put = disposableAt === null ? item : { ...item, ...expiring(disposableAt) }
          return { put, on: was ? { version: was.version } : 'new' }
        }),
        ...(await firingItems(workspace, firings)).map((put): Write => ({ put })),
      ]
      return (await table.transact(writes)).length === 0
    },

    async fire(workspace, firings) {
      await putEachNew(table, await firingItems(workspace, firings))
    },
  }
}
