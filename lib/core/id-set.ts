// A set of ids in a few bytes each: a replay has to know which of millions of events have come. Ids are kept as 48 bits in one typed
// array, open addressing, no more than half full: one new id in 10^8 is taken for a known one when a million are.

/** Ids go in and never out. */
export interface IdSet {
  has(id: string): boolean
  /** False when it was there. */
  add(id: string): boolean
  readonly size: number
}

/** `id` is a UUID, whose last twelve digits are random, or counted. */
export function idSet(): IdSet {
  let slots = new Float64Array(1024).fill(EMPTY)
  let size = 0

  /** Where the number is, or would be put. */
  function placeOf(number: number, among: Float64Array): number {
    const mask = among.length - 1
    let at = spread(number) & mask
    while (among[at] !== EMPTY && among[at] !== number) at = (at + 1) & mask
    return at
  }

  function grow(): void {
    const larger = new Float64Array(slots.length * 2).fill(EMPTY)
    for (const number of slots) if (number !== EMPTY) larger[placeOf(number, larger)] = number
    slots = larger
  }

  return {
    has: (id) => slots[placeOf(numberOf(id), slots)] !== EMPTY,
    add(id) {
      const number = numberOf(id)
      if (slots[placeOf(number, slots)] !== EMPTY) return false
      if (size * 2 >= slots.length) grow()
      slots[placeOf(number, slots)] = number
      size += 1
      return true
    },
    get size() {
      return size
    },
  }
}

const EMPTY = -1

const numberOf = (id: string): number => Number.parseInt(id.slice(-12), 16)

/** Both halves of a number mixed into 32 bits: ids that are counted up do not lie in a row. */
function spread(number: number): number {
  const low = number | 0
  const high = (number / 2 ** 32) | 0
  const mixed = Math.imul(low ^ (high << 16), 0x9e3779b1)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
