// Wakes over alarms that cannot be taken back nor told apart, as messages in a queue are.
import { expect, it } from 'vitest'
import { wakesBy } from '../../lib/aws/wakes.ts'
import { MICROS_PER_SECOND as SECOND } from '../../lib/core/time.ts'
import type { WakeKey } from '../../lib/core/wake-key.ts'
import { DEFAULT_WORKSPACE as workspace } from '../../lib/core/workspace.ts'
import { memoryTable } from '../../lib/store/memory.ts'
import { fakeClock } from '../fakes.ts'

const KEY: WakeKey = { kind: 'late-runs', workspace, id: 'bake' }
const TEN_MINUTES = 600

it('do not become more and more when some are asked for before the one that recurs', async () => {
  const clock = fakeClock()
  const alarms: number[] = []
  const arm = async (_: WakeKey, at: number) => void alarms.push(at)
  const scheduler = wakesBy(arm, { table: memoryTable(), clock, precision: 'second' })
  const recurring = () =>
    (Math.floor(clock.now() / SECOND / TEN_MINUTES) + 1) * TEN_MINUTES * SECOND
  await scheduler.wakeAt(KEY, recurring())

  for (let second = 1; second <= 3_600; second += 1) {
    clock.advance(1)
    if (second % 60 === 0) await scheduler.wakeAt(KEY, clock.now() + 15 * SECOND)
    for (const due of alarms.filter((at) => at <= clock.now())) {
      alarms.splice(alarms.indexOf(due), 1)
      await scheduler.takeWake(KEY)
      await scheduler.wakeAt(KEY, recurring())
    }
  }

  expect(alarms.length).toBeLessThanOrEqual(11)
})
