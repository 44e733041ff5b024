// Wakes over the real Scheduler client and the local timers: how many schedules are made, and that no wake is lost.
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wakeScheduler } from '../../lib/aws/scheduler.ts'
import type { Scheduler } from '../../lib/core/ports.ts'
import { MICROS_PER_MS, MICROS_PER_SECOND, parseInstant } from '../../lib/core/time.ts'
import type { WakeKey } from '../../lib/core/wake-key.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { type AwsEndpoint, startAwsEndpoint } from '../../lib/local/aws-endpoint.ts'
import { schedulerApi } from '../../lib/local/scheduler-api.ts'
import { startTimers, type Timers } from '../../lib/local/timers.ts'
import type { Table } from '../../lib/store/client.ts'
import { memoryTable } from '../../lib/store/memory.ts'
import { clientTo, silent } from '../local/database.ts'

const MINUTE = 60 * MICROS_PER_SECOND
const KEY: WakeKey = { kind: 'late-runs', workspace: DEFAULT_WORKSPACE, id: 'bake' }

let now: number
let table: Table
let timers: Timers
let endpoint: AwsEndpoint
let client: SchedulerClient
let scheduler: Scheduler
let woken: { key: WakeKey; at: number }[]
let onWake: () => Promise<void>

const clock = { now: () => now }
const another = (precision: 'second' | 'millisecond' = 'millisecond') =>
  wakeScheduler({
    client,
    table,
    clock,
    group: 'wakes',
    target: { arn: 'arn:wake', roleArn: 'arn:role' },
    precision,
  })

beforeEach(async () => {
  now = parseInstant('2026-11-21T09:00:00Z') as number
  table = memoryTable()
  woken = []
  onWake = async () => {}
  const invoke = (_: string, input: string) => handler(JSON.parse(input))
  timers = await startTimers({ table, groups: ['wakes'], clock, log: silent, invoke })
  const api = schedulerApi(timers, ['wakes'], clock)
  endpoint = await startAwsEndpoint({ scheduler: api, putEvents: async () => {} })
  client = new SchedulerClient(clientTo(endpoint.url))
  scheduler = another()
  const handler = async (key: WakeKey) => {
    await scheduler.takeWake(key)
    woken.push({ key, at: now })
    await onWake()
  }
})
afterEach(async () => {
  client.destroy()
  await timers.stop()
  await endpoint.stop()
})

async function moveBy(micros: number): Promise<void> {
  now += micros
  await timers.drain()
}
const outstanding = () => timers.list('wakes').length

describe('a wake', () => {
  it('comes with its key at its time', async () => {
    const at = now + 90_250 * MICROS_PER_MS
    await scheduler.wakeAt(KEY, at)

    await moveBy(90_249 * MICROS_PER_MS)
    const before = woken.length
    await moveBy(MICROS_PER_MS)

    expect(before).toBe(0)
    expect(woken).toEqual([{ key: KEY, at }])
  })

  it('is rounded up to the second where seconds are all there is', async () => {
    await another('second').wakeAt(KEY, now + 1_500 * MICROS_PER_MS)

    await moveBy(1_999 * MICROS_PER_MS)
    const before = woken.length
    await moveBy(MICROS_PER_MS)

    expect([before, woken.length]).toEqual([0, 1])
  })

  it('for a time that has passed comes at the next millisecond', async () => {
    await scheduler.wakeAt(KEY, now - MINUTE)

    await moveBy(MICROS_PER_MS)

    expect(woken).toHaveLength(1)
  })

  it('is one for any number of later ones, in this process and others', async () => {
    await scheduler.wakeAt(KEY, now + MINUTE)

    for (let i = 1; i < 20; i += 1) {
      await scheduler.wakeAt(KEY, now + i * MINUTE)
      await another().wakeAt(KEY, now + i * MINUTE)
    }

    expect(outstanding()).toBe(1)
  })

  it('is one when many processes arm the same time at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => another().wakeAt(KEY, now + MINUTE)))

    expect(outstanding()).toBe(1)
  })

  it('is not held up by a later one', async () => {
    await scheduler.wakeAt(KEY, now + 60 * MINUTE)
    await scheduler.wakeAt(KEY, now + MINUTE)

    await moveBy(MINUTE)

    expect(woken).toHaveLength(1)
  })

  it('is armed anew by what is created while it is handled', async () => {
    onWake = async () => {
      if (woken.length === 1) await another().wakeAt(KEY, now)
    }
    await scheduler.wakeAt(KEY, now + MINUTE)

    await moveBy(MINUTE)
    await moveBy(MINUTE)

    expect(woken).toHaveLength(2)
  })

  it('is armed anew once its time has passed, though its mark was left behind by a crash', async () => {
    await scheduler.wakeAt(KEY, now + MINUTE)
    await timers.delete('wakes', timers.list('wakes')[0]?.Name ?? '')
    now += 2 * MINUTE

    await another().wakeAt(KEY, now + MINUTE)
    await moveBy(MINUTE)

    expect(woken).toHaveLength(1)
  })
})
