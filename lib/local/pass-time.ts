// Passing time: the clock goes from one due wake to the next, and what each sets off is done before it goes on. A jump would have every
// window end at once, at the last moment, and in any order.
import { Refusal } from '../core/errors.ts'
import type { PassTime } from '../core/ports.ts'
import type { Micros } from '../core/time.ts'
import type { MovableClock } from './clock.ts'
import type { Timers } from './timers.ts'

export interface PassTimeParts {
  clock: MovableClock
  timers: Pick<Timers, 'nextAt' | 'check'>
  /** Resolves when nothing is on its way any more. */
  drain(): Promise<void>
  /** What of this process reaches beyond the machine, where time cannot be moved; null: nothing. */
  cloud: string | null
}

/** Milliseconds after which a call answers with what is left: who asked asks again. */
const CALL_MS_MAX = 15_000

/** @throws Refusal 409 where something real would be moved along */
export function passTime({ clock, timers, drain, cloud }: PassTimeParts): PassTime {
  return async (by) => {
    if (cloud !== null) {
      throw new Refusal(
        409,
        `The clock cannot be moved here: ${cloud}, where time passes by itself.`,
      )
    }
    const begun = Date.now()
    let left: Micros = by
    await drain()
    while (left > 0 && Date.now() - begun < CALL_MS_MAX) {
      const next = timers.nextAt()
      const step = Math.min(left, Math.max(0, (next ?? Number.POSITIVE_INFINITY) - clock.now()))
      clock.advance(step)
      left -= step
      timers.check()
      await drain()
      if (step === 0 && timers.nextAt() === next) break // what is due cannot be done now: it will be tried again
    }
    if (left > 0 && Date.now() - begun < CALL_MS_MAX) {
      clock.advance(left)
      left = 0
    }
    return { now: clock.now(), left }
  }
}
