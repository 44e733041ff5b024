// Amend: read, decide, put back on condition that nobody was faster; if somebody was, read and decide again.
import { LostRace } from '../core/errors.ts'
import type { Stored } from '../core/ports.ts'

/** Times one change is decided anew. Each lost race means that another change was made, so this ends in practice. */
const AMEND_TRIES_MAX = 50

/**
 * Answers what is stored afterwards, or null when nothing is there. `decide` may be called several times and may answer the
 * value it was given: then nothing is written.
 */
export async function amend<T>(
  read: () => Promise<Stored<T> | null>,
  decide: (value: T) => T,
  write: (next: T, was: Stored<T>) => Promise<boolean>,
): Promise<T | null> {
  for (let tries = 1; tries <= AMEND_TRIES_MAX; tries += 1) {
    const was = await read()
    if (!was) return null
    const next = decide(was.value)
    if (next === was.value || (await write(next, was))) return next
  }
  throw new LostRace(`lost the race for one object ${AMEND_TRIES_MAX} times`)
}

/** Removes what is stored, as it is then; false when nothing is there. Tries as often as `amend`. */
export async function remove<T>(
  read: () => Promise<Stored<T> | null>,
  erase: (was: Stored<T>) => Promise<boolean>,
): Promise<boolean> {
  for (let tries = 1; tries <= AMEND_TRIES_MAX; tries += 1) {
    const was = await read()
    if (!was) return false
    if (await erase(was)) return true
  }
  throw new LostRace(`lost the race for one object ${AMEND_TRIES_MAX} times`)
}
