// The local clock: the machine's, and it can be moved forward, so that an hour's delay can be tried in a second.
import type { Clock } from '../core/ports.ts'
import { MICROS_PER_MS, type Micros } from '../core/time.ts'

export interface MovableClock extends Clock {
  /** Moves the clock forward for good. Who waits for a time is to be told (`Timers.check`). */
  advance(by: Micros): void
  /** How far it was moved. */
  ahead(): Micros
}

export function movableClock(): MovableClock {
  let ahead = 0
  return {
    now: () => Date.now() * MICROS_PER_MS + ahead,
    advance(by) {
      ahead += Math.max(0, by)
    },
    ahead: () => ahead,
  }
}
