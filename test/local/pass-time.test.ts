// Passing time: from one due wake to the next, and nowhere that is not this machine's.
import { describe, expect, it } from 'vitest'
import { agenda } from '../../lib/core/agenda.ts'
import { movableClock } from '../../lib/local/clock.ts'
import { passTime } from '../../lib/local/pass-time.ts'

/** Wakes after some seconds; what each does is told the seconds that have passed. */
function oven(wakes: Record<number, (again: (after: number) => void) => void>) {
  let now = 0
  const advance = (by: number) => {
    now += by
  }
  const clock = { ...movableClock(), now: () => now, advance }
  const due = agenda<(again: (after: number) => void) => void>()
  const add = (at: number, wake: (again: (after: number) => void) => void) => due.add(at, wake)
  for (const [at, wake] of Object.entries(wakes)) add(Number(at) * 1e6, wake)
  const woken: number[] = []
  const timers = {
    nextAt: () => due.nextAt(),
    check() {
      while ((due.nextAt() ?? Number.POSITIVE_INFINITY) <= now) {
        const wake = due.take()
        woken.push(now / 1e6)
        wake?.((after) => add(now + after * 1e6, wake))
      }
    },
  }
  return { clock, timers, woken, drain: async () => {} }
}

describe('passTime', () => {
  it('stops at every wake on the way, those that a wake asks for included', async () => {
    const parts = oven({ 600: (again) => again(1_000), 900: () => {} })

    expect(await passTime({ ...parts, cloud: null })(7_200e6)).toEqual({ now: 7_200e6, left: 0 })
    expect(parts.woken).toEqual([600, 900, 1_600, 2_600, 3_600, 4_600, 5_600, 6_600])
  })

  it('is refused where something is elsewhere', async () => {
    const parts = oven({})

    await expect(passTime({ ...parts, cloud: 'the database is https://x' })(1e6)).rejects.toThrow(
      'The clock cannot be moved here: the database is https://x, where time passes by itself.',
    )
    expect(parts.clock.now()).toBe(0)
  })
})
