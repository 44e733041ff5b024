// The key of review links: one item for the whole installation. Whoever removes it makes every link that is out there worthless.
import type { ReviewKeyStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import type { Table } from './client.ts'
import { keys, objectItem, readObject } from './table.ts'

export const reviewKeyStore = (table: Table): ReviewKeyStore => ({
  create: (sealed) => table.put(objectItem(KIND.reviewKey, keys.reviewKey(), { sealed }, 1), 'new'),
  async get() {
    const item = await table.get(keys.reviewKey())
    return item ? readObject<{ sealed: string }>(item).value.sealed : null
  },
})
