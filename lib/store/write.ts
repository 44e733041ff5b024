// Writes of many items: each on condition that it is new, as many to a transaction as DynamoDB takes.
import { type Item, type Table, TRANSACTION_WRITES_MAX } from './client.ts'

/** Bytes of one TransactWriteItems request; DynamoDB stops at 4 MB, and JSON adds to what we count. */
export const TRANSACTION_BYTES_MAX = 2_000_000

/**
 * Puts the items whose key is new and answers their positions. Those already there stay as they were, and of several with one
 * key the first is put. Each part of at most TRANSACTION_WRITES_MAX is atomic; a repeated call after a crash finishes the rest.
 */
export async function putEachNew(table: Table, items: Item[]): Promise<Set<number>> {
  const fresh = new Set<number>()
  for (const part of parts(items)) {
    for (const position of await putPart(table, items, part)) fresh.add(position)
  }
  return fresh
}

async function putPart(table: Table, items: Item[], part: number[]): Promise<number[]> {
  const [only] = part
  if (part.length === 1 && only !== undefined) {
    return (await table.put(items[only] as Item, 'new')) ? [only] : []
  }
  const failed = await table.transact(part.map((i) => ({ put: items[i] as Item, on: 'new' })))
  if (failed.length === 0) return part
  const rest = part.filter((_, place) => !failed.includes(place))
  return rest.length === 0 ? [] : putPart(table, items, rest)
}

function parts(items: Item[]): number[][] {
  const all: number[][] = []
  let part: number[] = []
  let bytes = 0
  const keys = new Set<string>()
  items.forEach((item, position) => {
    const key = `${item.pk}\u0000${item.sk ?? ''}`
    if (keys.has(key)) return // DynamoDB refuses a transaction that writes one item twice
    keys.add(key)
    const size = sizeOf(item)
    if (
      part.length === TRANSACTION_WRITES_MAX ||
      (part.length > 0 && bytes + size > TRANSACTION_BYTES_MAX)
    ) {
      all.push(part)
      part = []
      bytes = 0
    }
    part.push(position)
    bytes += size
  })
  if (part.length > 0) all.push(part)
  return all
}

/** Bytes of an item, near enough: attribute names and values. */
export function sizeOf(item: Item): number {
  let bytes = 0
  for (const [name, value] of Object.entries(item)) {
    bytes += name.length + (typeof value === 'number' ? 8 : value.length)
  }
  return bytes
}
