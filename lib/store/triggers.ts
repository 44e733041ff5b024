// Buckets and firings. A bucket's next state and the firings it gave are one transaction, on condition that the bucket is
// still the one that was read: an evaluator that lost the race reads again and decides again.
import type { Firing } from '../core/firing.ts'
import type { TriggerStore, Workspace } from '../core/ports.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import { ATTRIBUTE, KIND } from '../names.ts'
import type { Item, Table, Write } from './client.ts'
import { keys, objectItem, readObject } from './table.ts'
import { putEachNew } from './write.ts'

export function triggerStore(table: Table, retentionSeconds: number): TriggerStore {
  /** A firing is kept as long as the event that fired it could be. */
  const firingItem = (workspace: Workspace, firing: Firing): Item => ({
    ...objectItem(KIND.firing, keys.firing(workspace, firing.id), firing, 1),
    ...expiring((parseInstant(firing.triggered) ?? 0) + retentionSeconds * MICROS_PER_SECOND),
  })

  return {
    async bucket(workspace, key) {
      const item = await table.get(keys.bucket(workspace, key))
      return item ? readObject<unknown>(item) : null
    },

    async commit(workspace, changes, firings) {
      const writes: Write[] = [
        ...changes.map(({ key, next, was, disposableAt }): Write => {
          const version = (was?.version ?? 0) + 1
          const item = objectItem(KIND.bucket, keys.bucket(workspace, key), next, version)
          const put = disposableAt === null ? item : { ...item, ...expiring(disposableAt) }
          return { put, on: was ? { version: was.version } : 'new' }
        }),
        ...firings.map((firing): Write => ({ put: firingItem(workspace, firing) })),
      ]
      return (await table.transact(writes)).length === 0
    },

    async fire(workspace, firings) {
      await putEachNew(
        table,
        firings.map((firing) => firingItem(workspace, firing)),
      )
    },
  }
}

/** DynamoDB removes the item some time after this moment. */
const expiring = (at: Micros): Item => ({ [ATTRIBUTE.expires]: Math.ceil(at / MICROS_PER_SECOND) })
