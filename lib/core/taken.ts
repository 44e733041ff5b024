// Which causes a piece of state has already taken in: streams deliver again, and a count must not notice. Ids are kept as digests
// in one text, oldest first, because every byte is written again with every count.
import { createHash } from 'node:crypto'

/** Digests of ids, `DIGEST_LENGTH` characters each, oldest first; '' for none. */
export type Taken = string

/**
 * Ids remembered at least, in 2 KB: more than one stream batch holds, so that a batch delivered again meets its own. What is
 * delivered again after more others than this counts twice.
 */
export const TAKEN_MAX = 256

/** Characters of base64: 48 bits. A new id looks like one of 256 remembered ones once in 10^12. */
const DIGEST_LENGTH = 8

/** The last digest: all triggers that meet an event ask for the same, twice. */
let last = { id: '', digest: '' }

function digestOf(id: string): string {
  if (last.id === id) return last.digest
  const digest = createHash('sha256').update(id).digest('base64url').slice(0, DIGEST_LENGTH)
  last = { id, digest }
  return digest
}

/** A digest counts at its own places only: two neighbours may hold a third across their border. */
export function hasTaken(taken: Taken, id: string): boolean {
  if (taken === '') return false
  const digest = digestOf(id)
  for (let at = taken.indexOf(digest); at >= 0; at = taken.indexOf(digest, at + 1)) {
    if (at % DIGEST_LENGTH === 0) return true
  }
  return false
}

/** The memory with one more id, and without the oldest ones beyond `max`. */
export const taking = (taken: Taken, id: string, max = TAKEN_MAX): Taken =>
  (taken + digestOf(id)).slice(-max * DIGEST_LENGTH)

/** Whether it may have forgotten some. */
export const isFull = (taken: Taken): boolean => taken.length >= TAKEN_MAX * DIGEST_LENGTH
