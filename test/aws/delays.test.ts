// Delays to the second, over the real SDK clients: a queue and a Scheduler that behave as AWS documents, the latter up to a
// minute late, and a clock that moves only when told.
import { createHash } from 'node:crypto'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SQSClient } from '@aws-sdk/client-sqs'
import { beforeEach, describe, expect, it } from 'vitest'
import { delayedWakes, takeWakeMessage } from '../../lib/aws/delays.ts'
import { parseAt } from '../../lib/aws/schedule-expression.ts'
import { type Arm, wakesBy } from '../../lib/aws/wakes.ts'
import type { Scheduler } from '../../lib/core/ports.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../../lib/core/time.ts'
import type { WakeKey } from '../../lib/core/wake-key.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { memoryTable } from '../../lib/store/memory.ts'
import { answering } from './answering.ts'

const SECOND = MICROS_PER_SECOND
const MINUTE = 60 * SECOND
const DAY = 1440 * MINUTE
const KEY: WakeKey = { kind: 'late-runs', workspace: DEFAULT_WORKSPACE, id: 'bake' }

let now: Micros
/** What will be in the queue, and when. */
let coming: { at: Micros; body: string }[]
let schedules: Set<string>
let lateness: Micros
let woken: Micros[]
let calls: string[]
let scheduler: Scheduler
let take: (message: { body: string }) => Promise<void>

const clock = { now: () => now }

beforeEach(() => {
  now = parseInstant('2026-11-21T09:00:00.250000Z') as Micros
  coming = []
  schedules = new Set()
  lateness = 0
  woken = []
  calls = []
  const sqs = new SQSClient(
    answering(({ body }) => {
      const { DelaySeconds = 0, MessageBody } = body as {
        DelaySeconds: number
        MessageBody: string
      }
      if (DelaySeconds < 0 || DelaySeconds > 900) return { status: 400, body: {} }
      calls.push('message')
      coming.push({ at: now + DelaySeconds * SECOND, body: MessageBody })
      // The client compares it with what it sent.
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex')
      return { status: 200, body: { MessageId: 'm', MD5OfMessageBody } }
    }),
  )
  const client = new SchedulerClient(
    answering(({ path, body }) => {
      const { ScheduleExpression, Target } = body as {
        ScheduleExpression: string
        Target: { Input: string }
      }
      if (schedules.has(path)) return { status: 409, error: 'ConflictException', body: {} }
      schedules.add(path)
      calls.push('schedule')
      const at = parseAt(ScheduleExpression) as Micros
      coming.push({ at: at + lateness, body: Target.Input })
      return { status: 200, body: { ScheduleArn: 'arn' } }
    }),
  )
  const arm: Arm = delayedWakes({
    sqs,
    queueUrl: 'https://sqs.us-east-1.amazonaws.com/1/wakes',
    schedules: { client, group: 'g', target: { arn: 'arn:queue', roleArn: 'arn:role' } },
    clock,
  })
  scheduler = wakesBy(arm, { table: memoryTable(), clock, precision: 'second' })
  take = takeWakeMessage(
    async (key) => {
      await scheduler.takeWake(key)
      woken.push(now)
    },
    arm,
    clock,
  )
})

/** Moves the clock from message to message until none is coming. */
async function runOut(): Promise<void> {
  while (coming.length > 0) {
    coming.sort((a, b) => a.at - b.at)
    const next = coming.shift()
    if (!next) return
    now = Math.max(now, next.at)
    await take(next)
  }
}

describe('a delayed wake', () => {
  it.each([
    ['a fifth of a second', 0.2 * SECOND, ['message']],
    ['five seconds', 5 * SECOND, ['message']],
    ['just below 15 minutes', 15 * MINUTE - SECOND, ['message']],
    ['15 minutes', 15 * MINUTE, ['schedule', 'message']],
    ['two hours', 120 * MINUTE, ['schedule', 'message']],
    ['thirty days', 30 * DAY, ['schedule', 'message']],
  ])('of %s comes within two seconds, and not too early', async (_, ahead, expected) => {
    const due = now + ahead

    await scheduler.wakeAt(KEY, due)
    await runOut()

    expect(woken).toHaveLength(1)
    expect((woken[0] ?? 0) - due).toBeGreaterThanOrEqual(0)
    expect((woken[0] ?? 0) - due).toBeLessThan(2 * SECOND)
    expect(calls).toEqual(expected)
  })

  it.each([1, 30, 59])('comes in time though Scheduler is %s seconds late', async (seconds) => {
    lateness = seconds * SECOND
    const due = now + 120 * MINUTE

    await scheduler.wakeAt(KEY, due)
    await runOut()

    expect((woken[0] ?? 0) - due).toBeGreaterThanOrEqual(0)
    expect((woken[0] ?? 0) - due).toBeLessThan(2 * SECOND)
  })

  it('of a past moment comes at once', async () => {
    await scheduler.wakeAt(KEY, now - MINUTE)
    await runOut()

    expect(woken).toHaveLength(1)
  })

  it('is one schedule for one moment, however many ask for it at once', async () => {
    const due = now + 120 * MINUTE

    await Promise.all(Array.from({ length: 5 }, () => scheduler.wakeAt(KEY, due)))
    await runOut()

    expect(calls.filter((call) => call === 'schedule')).toHaveLength(1)
    expect(woken.length).toBeGreaterThan(0)
  })

  it('leaves nothing behind when it was moved to an earlier moment', async () => {
    await scheduler.wakeAt(KEY, now + 120 * MINUTE)
    await scheduler.wakeAt(KEY, now + MINUTE)

    await runOut()

    expect(coming).toEqual([])
    expect(woken).toHaveLength(2)
  })
})
