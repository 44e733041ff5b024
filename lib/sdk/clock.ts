// Time for the SDK: an argument like everywhere, so that tests move it by hand. A moment is never
// given twice.
import { MICROS_PER_MS, type Micros } from '../core/time.ts'

export interface Clock {
  /**
   * The wall clock, strictly growing within the process: events of one process sort as they were
   * emitted.
   */
  now(): Micros
  /** Goes by a server whose clock was moved forward, by so much; without it nobody does. */
  follow?(ahead: Micros): void
  /** Resolves after that many milliseconds, or as soon as the signal aborts; never rejects. */
  sleep(
    ms: number,
    options?: { signal?: AbortSignal | undefined; background?: boolean },
  ): Promise<void>
}

/** The longest one timer may be: setTimeout takes 31 bits of milliseconds. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** The machine's clock. A background sleep does not keep the process alive. */
export function systemClock(): Clock {
  let last = 0
  let ahead = 0
  return {
    now() {
      last = Math.max(last + 1, Date.now() * MICROS_PER_MS + ahead)
      return last
    },
    follow(by) {
      ahead = by
    },
    sleep: (ms, { signal, background = false } = {}) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const done = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, Math.min(ms, TIMER_MS_MAX))
        if (background) timer.unref()
        signal?.addEventListener('abort', done)
      }),
  }
}

/**
 * Sleeps until a moment has really come: timers may end a little early, and the longest is 24 days.
 */
export async function sleepUntil(clock: Clock, at: Micros, signal?: AbortSignal): Promise<void> {
  while (!signal?.aborted) {
    const remaining = at - clock.now()
    if (remaining <= 0) return
    await clock.sleep(Math.max(1, remaining / MICROS_PER_MS), { signal })
  }
}
