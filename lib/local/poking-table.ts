// A table whose writes are heard of at once: what lets the pump sleep while nothing is written.
import { ATTRIBUTE } from '../names.ts'
import type { Item, Table, Write } from '../store/client.ts'

/** A write happened, of an item of this kind; undefined when it has none, null when that is not known. */
export type Poke = (kind: string | undefined | null) => void

/** Calls `poke` after every write that was done. */
export function pokingTable(table: Table, poke: Poke): Table {
  return {
    ...table,
    async put(item, on) {
      const isDone = await table.put(item, on)
      if (isDone) poke(kindOf(item))
      return isDone
    },
    async delete(key, on) {
      const isDone = await table.delete(key, on)
      if (isDone) poke(null)
      return isDone
    },
    async transact(writes) {
      const failed = await table.transact(writes)
      if (failed.length === 0) for (const kind of new Set(writes.map(kindWritten))) poke(kind)
      return failed
    },
  }
}

const kindOf = (item: Item) => {
  const kind = item[ATTRIBUTE.kind]
  return typeof kind === 'string' ? kind : undefined
}

const kindWritten = (write: Write) => ('put' in write ? kindOf(write.put) : null)
