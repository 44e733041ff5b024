// A table over which everything goes wrong that may go wrong with a database: it fails before a write and after it, answers late,
// is asked twice by a client that did not hear the first answer, and cancels transactions. When is for its user to say, so that
// a seed decides it.
import type { Condition, Table } from '../lib/store/client.ts'

/**
 * `before`: it fails, and nothing was done. `after`: it was done, and fails all the same. `repeated`: the client tries again what
 * was done, so a condition fails by the caller's own write.
 */
export type Fault = 'before' | 'after' | 'repeated' | null

export interface Trouble {
  /** Resolves when the operation may go on: once before it is done, and once before its answer arrives. */
  turn(): Promise<void>
  /** What befalls this operation. */
  fault(): Fault
}

export class TableFault extends Error {}

export function faultyTable(table: Table, { turn, fault }: Trouble): Table {
  async function write<T>(once: () => Promise<T>, again: (() => Promise<T>) | null): Promise<T> {
    const bad = fault()
    await turn()
    if (bad === 'before') throw new TableFault('failed before it was written')
    const answer = await once()
    await turn()
    if (bad === 'after') throw new TableFault('failed after it was written')
    return bad === 'repeated' && again ? again() : answer
  }

  async function read<T>(once: () => Promise<T>): Promise<T> {
    const bad = fault()
    await turn()
    if (bad !== null) throw new TableFault('failed to read')
    return once()
  }

  /** An unconditioned write may be repeated without anybody noticing. */
  const repeatable = <T>(on: Condition | undefined, once: () => Promise<T>) =>
    on === undefined ? null : once

  return {
    get: (key, options) => read(() => table.get(key, options)),
    getMany: (keys) => read(() => table.getMany(keys)),
    query: (range) => read(() => table.query(range)),
    count: (range) => read(() => table.count(range)),
    put: (item, on) => {
      const once = () => table.put(item, on)
      return write(once, repeatable(on, once))
    },
    delete: (key, on) => {
      const once = () => table.delete(key, on)
      return write(once, repeatable(on, once))
    },
    // A transaction has a token, by which the database knows a repetition.
    transact: (writes) => write(() => table.transact(writes), null),
  }
}
