// A table whose requests are counted, and what they would cost on AWS: the console's meter. It stands above the grouping of writes, which
// is done on this machine alone.
import { readUnits, type Spending, writeUnits } from '../core/capacity.ts'
import type { Micros } from '../core/time.ts'
import { INDEX } from '../names.ts'
import type { Item, Table, Write } from '../store/client.ts'

/** DynamoDB's for an item of a transaction: it is prepared, then committed. */
const TRANSACTION_FACTOR = 2

export const spendingSince = (since: Micros): Spending => ({
  since,
  requests: 0,
  readUnits: 0,
  writeUnits: 0,
})

/** Adds to `spent` whatever is asked of the table. A removed item counts as small: nobody has read how large it was. */
export function meteredTable(table: Table, spent: Spending): Table {
  const count = (units: { read?: number; write?: number }) => {
    spent.requests += 1
    spent.readUnits += units.read ?? 0
    spent.writeUnits += units.write ?? 0
  }
  return {
    async get(key, options = {}) {
      const item = await table.get(key, options)
      count({ read: readUnits(item ? bytesOf(item) : 0, options.consistent ?? true) })
      return item
    },
    async getMany(keys) {
      const items = await table.getMany(keys)
      const found = items.reduce((sum, item) => sum + readUnits(bytesOf(item), true), 0)
      count({ read: found + keys.length - items.length })
      return items
    },
    put(item, on) {
      count({ write: unitsOfPut(item) })
      return table.put(item, on)
    },
    delete(key, on) {
      count({ write: 1 })
      return table.delete(key, on)
    },
    async query(range) {
      const page = await table.query(range)
      const bytes = page.items.reduce((sum, item) => sum + bytesOf(item), 0)
      count({ read: readUnits(bytes, !range.index && (range.consistent ?? true)) })
      return page
    },
    async count(range) {
      const counted = await table.count(range)
      count({ read: readUnits(counted * COUNTED_BYTES, false) })
      return counted
    },
    transact(writes) {
      count({ write: writes.reduce((sum, write) => sum + unitsOf(write), 0) * TRANSACTION_FACTOR })
      return table.transact(writes)
    },
  }
}

/** Bytes of an item that was counted unseen: a guess. */
const COUNTED_BYTES = 1_000

const unitsOf = (write: Write): number => ('put' in write ? unitsOfPut(write.put) : 1)

const unitsOfPut = (item: Item): number =>
  writeUnits(
    bytesOf(item),
    Object.values(INDEX).filter(({ partition }) => item[partition] !== undefined).length,
  )

/** About as DynamoDB weighs it: text by its characters, which is less than its bytes where there are umlauts. */
function bytesOf(item: Item): number {
  let bytes = 0
  for (const [name, value] of Object.entries(item)) {
    bytes += name.length + (typeof value === 'number' ? 8 : value.length)
  }
  return bytes
}
