// The Table port in memory: what unit tests and the simulation run on, where faults are injected. Never the product path.
import { ATTRIBUTE, INDEX } from '../names.ts'
import type { Condition, Item, Key, Range, Table, Write } from './client.ts'

/** Told of every write, in order, as a DynamoDB stream would be. */
export type WriteListener = (before: Item | null, after: Item | null) => void

export function memoryTable(onWrite: WriteListener = () => {}): Table {
  const items = new Map<string, Item>()
  const idOf = (key: Key | Item) => `${key.pk}\u0000${key.sk ?? ''}`
  const holds = (id: string, on: Condition | undefined) =>
    on === undefined ||
    (on === 'new' ? !items.has(id) : items.get(id)?.[ATTRIBUTE.version] === on.version)
  const idOfWrite = (write: Write) => idOf('put' in write ? write.put : write.delete)

  function apply(write: Write): void {
    const id = idOfWrite(write)
    const before = items.get(id) ?? null
    if ('put' in write) items.set(id, { ...write.put })
    else items.delete(id)
    if (before || 'put' in write) onWrite(before, 'put' in write ? { ...write.put } : null)
  }

  function transact(writes: Write[]): number[] {
    if (new Set(writes.map(idOfWrite)).size < writes.length) {
      throw new Error('Transaction request cannot include multiple operations on one item')
    }
    const failed = writes.flatMap((write, i) => (holds(idOfWrite(write), write.on) ? [] : [i]))
    if (failed.length === 0) writes.forEach(apply)
    return failed
  }

  function select(range: Range): Item[] {
    const partition = range.index ? INDEX[range.index].partition : ATTRIBUTE.partition
    const sort = range.index ? INDEX[range.index].sort : ATTRIBUTE.sort
    const sortOf = (item: Item) => String(item[sort] ?? '')
    const found = [...items.values()].filter((item) => {
      const at = sortOf(item)
      return (
        item[partition] === range.partition &&
        (range.prefix === undefined || at.startsWith(range.prefix)) &&
        (range.from === undefined || at >= range.from) &&
        (range.to === undefined || at <= range.to)
      )
    })
    const orderOf = (item: Item) => `${sortOf(item)}\u0000${idOf(item)}`
    found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    if (range.descending) found.reverse()
    const after = range.cursor ? idOf(range.cursor as unknown as Key) : null
    return after === null ? found : found.slice(found.findIndex((item) => idOf(item) === after) + 1)
  }

  return {
    get: async (key) => copy(items.get(idOf(key))),
    getMany: async (keys) =>
      keys.map((key) => copy(items.get(idOf(key)))).filter((item) => item !== null),
    put: async (item, on) =>
      transact([on === undefined ? { put: item } : { put: item, on }]).length === 0,
    delete: async (key, on) =>
      transact([on === undefined ? { delete: key } : { delete: key, on }]).length === 0,
    async query(range) {
      if (range.limit !== undefined && range.limit < 1) throw new Error('a Limit is 1 or more')
      const found = select(range)
      const limit = range.limit ?? found.length
      const page = found.slice(0, limit).map((item) => ({ ...item }))
      const last = page.at(-1)
      return found.length > limit && last ? { items: page, cursor: last } : { items: page }
    },
    count: async (range) => select(range).length,
    transact: async (writes) => transact(writes),
  }
}

const copy = (item: Item | undefined): Item | null => (item ? { ...item } : null)
