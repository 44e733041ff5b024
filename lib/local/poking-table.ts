// A table whose writes are heard of at once: what lets the pump sleep while nothing is written.
import type { Table } from '../store/client.ts'

/** Calls `poke` after every write that happened. */
export function pokingTable(table: Table, poke: () => void): Table {
  const poked = async (write: Promise<boolean>): Promise<boolean> => {
    const isDone = await write
    if (isDone) poke()
    return isDone
  }
  return {
    ...table,
    put: (item, on) => poked(table.put(item, on)),
    delete: (key, on) => poked(table.delete(key, on)),
    async transact(writes) {
      const failed = await table.transact(writes)
      if (failed.length === 0) poke()
      return failed
    },
  }
}
