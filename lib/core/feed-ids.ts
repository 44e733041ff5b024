// Ids of the feed's rows, found by hash: 16 bytes an id and as much for finding it, where a Map of texts would take 150.

/** A UUID as four words of 32 bits, whose order is that of its text. */
export type IdWords = [number, number, number, number]

/** The ids of rows 0 to `rows` - 1. */
export interface RowIds {
  rows: number
  /** Four words a row. */
  words: Uint32Array
  /** Open addressing: row + 1 at the hash of its id, 0 where there is none. At most half full. */
  slots: Uint32Array
}

/** Ids there is room for at first; a power of two, doubled when full. */
const ROWS_MIN = 1024

export const createRowIds = (): RowIds => ({
  rows: 0,
  words: new Uint32Array(4 * ROWS_MIN),
  slots: new Uint32Array(2 * ROWS_MIN),
})

export function idWords(id: string): IdWords {
  const hex = id.replaceAll('-', '')
  const word = (from: number) => Number.parseInt(hex.slice(from, from + 8), 16)
  return [word(0), word(8), word(16), word(24)]
}

export function wordsAt({ words }: RowIds, row: number): IdWords {
  const [a = 0, b = 0, c = 0, d = 0] = words.subarray(4 * row, 4 * row + 4)
  return [a, b, c, d]
}

export function idAt(ids: RowIds, row: number): string {
  const hex = wordsAt(ids, row)
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The row of an id, or -1. */
export const findId = (ids: RowIds, id: IdWords): number => (ids.slots[slotOf(ids, id)] ?? 0) - 1

/** Gives an id that is not there yet the next row. */
export function appendId(ids: RowIds, id: IdWords): void {
  if (4 * ids.rows === ids.words.length) grow(ids)
  ids.words.set(id, 4 * ids.rows)
  ids.rows += 1
  ids.slots[slotOf(ids, id)] = ids.rows
}

export function compareIds({ words }: RowIds, a: number, b: number): number {
  for (let i = 0; i < 4; i++) {
    const apart = (words[4 * a + i] ?? 0) - (words[4 * b + i] ?? 0)
    if (apart !== 0) return apart
  }
  return 0
}

function grow(ids: RowIds): void {
  const words = new Uint32Array(2 * ids.words.length)
  words.set(ids.words)
  ids.words = words
  ids.slots = new Uint32Array(2 * ids.slots.length)
  for (let row = 0; row < ids.rows; row++) ids.slots[slotOf(ids, wordsAt(ids, row))] = row + 1
}

/** Where an id stands, or would. */
function slotOf({ words, slots }: RowIds, [a, b, c, d]: IdWords): number {
  const mask = slots.length - 1
  let slot = hash(a, b, c, d) & mask
  for (;;) {
    const row = (slots[slot] ?? 0) - 1
    if (row < 0) return slot
    const at = 4 * row
    const isSame = words[at] === a && words[at + 1] === b && words[at + 2] === c
    if (isSame && words[at + 3] === d) return slot
    slot = (slot + 1) & mask
  }
}

/** Mixes all four words: neither UUIDv7's time nor counted ids may end up side by side. */
function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a ^ (b >>> 7), 0x9e3779b1) ^ Math.imul(c ^ (d >>> 11), 0x85ebca6b) ^ b ^ d
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35)
  return (h ^ (h >>> 13)) >>> 0
}
