// Wakes by EventBridge Scheduler's one-time schedules, with a mark in the objects table that tells others a wake is coming.
// Locally the same code talks to local/timers.ts.
import { createHash } from 'node:crypto'
import {
  ConflictException,
  CreateScheduleCommand,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler'
import type { Clock, Scheduler, WakeKey } from '../core/ports.ts'
import { MICROS_PER_SECOND, type Micros } from '../core/time.ts'
import { ATTRIBUTE, KIND } from '../names.ts'
import type { Table } from '../store/client.ts'
import { keys, objectItem, readObject } from '../store/table.ts'
import { formatAt, type Precision, roundUp, UNIT } from './schedule-expression.ts'

/** Sees to it that the wake of a key comes at a moment: once more when asked once more, never earlier. */
export type Arm = (key: WakeKey, at: Micros) => Promise<void>

export interface WakeOptions {
  /** The objects table, which holds the marks. */
  table: Table
  clock: Clock
  /** AWS knows whole seconds, the local timers milliseconds. */
  precision: Precision
}

export interface ScheduleOptions {
  client: SchedulerClient
  /** The schedule group. */
  group: string
  /** What is woken, the role by which Scheduler may do that, and the queue for what it could not deliver. */
  target: { arn: string; roleArn: string; deadLetterArn?: string }
  precision: Precision
}

/** A mark is of no use after its time; TTL removes what no wake has taken. */
const MARK_SECONDS = 3_600
/** Keys remembered by a warm process. Beyond it everything is forgotten: each then costs one read. */
const ARMED_MAX = 10_000

/**
 * The order that loses no wake:
 *
 * 1. who creates work writes it first, then calls `wakeAt`;
 * 2. `wakeAt` arms first, then writes the mark: a mark never speaks of a wake that will not come;
 * 3. the woken clears the mark first (`takeWake`), then reads: who saw the mark had written before it was cleared.
 *
 * A mark, or a process's memory of it, counts only while its time lies ahead: then its wake cannot have been taken yet,
 * and one left behind by a crash stops nothing. The name of a schedule derives from key and time, so many creators at once
 * make one; and the time lies ahead by a unit of the precision (clocks differ), so a schedule of that name cannot have fired.
 * More wakes than needed are possible and harmless; fewer are not.
 */
export function wakesBy(arm: Arm, { table, clock, precision }: WakeOptions): Scheduler {
  const armed = new Map<string, Micros>()

  return {
    async wakeAt(key, at) {
      const now = clock.now()
      const soonest = now + UNIT[precision]
      const due = roundUp(Math.max(at, soonest), precision)
      const isComing = (other: Micros | undefined) =>
        other !== undefined && soonest <= other && other <= due
      const text = textOf(key)
      if (isComing(armed.get(text))) return
      if (armed.size >= ARMED_MAX) armed.clear()
      const item = await table.get(keys.wake(text))
      const mark = item ? readObject<{ at: Micros }>(item).value : null
      if (mark && isComing(mark.at)) {
        armed.set(text, mark.at)
        return
      }
      await arm(key, due)
      await table.put({
        ...objectItem(KIND.wake, keys.wake(text), { at: due }, 1),
        [ATTRIBUTE.expires]: Math.ceil(due / MICROS_PER_SECOND) + MARK_SECONDS,
      })
      armed.set(text, due)
    },

    async takeWake(key) {
      armed.delete(textOf(key))
      await table.delete(keys.wake(textOf(key)))
    },
  }
}

/** Wakes by schedules alone: as precise as the Scheduler behind the client, which on AWS is a minute (delays.ts does better). */
export const wakeScheduler = (options: WakeOptions & ScheduleOptions): Scheduler =>
  wakesBy((key, at) => createSchedule(options, key, at), options)

/**
 * Makes the schedule that wakes a key at a moment; one that is there already stays. What is delivered is the key, or `input`;
 * `firesAt` may be another moment than the one that names the schedule.
 */
export async function createSchedule(
  { client, group, target, precision }: ScheduleOptions,
  key: WakeKey,
  at: Micros,
  { input = key, firesAt = at }: { input?: object; firesAt?: Micros } = {},
): Promise<void> {
  const { arn, roleArn, deadLetterArn } = target
  try {
    await client.send(
      new CreateScheduleCommand({
        Name: nameOf(key, at),
        GroupName: group,
        ScheduleExpression: formatAt(firesAt, precision),
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: arn,
          RoleArn: roleArn,
          Input: JSON.stringify(input),
          ...(deadLetterArn ? { DeadLetterConfig: { Arn: deadLetterArn } } : {}),
        },
      }),
    )
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error // it is there already, for this very time
  }
}

const textOf = ({ kind, workspace, id }: WakeKey): string => `${kind}#${workspace}#${id}`

/** At most 64 characters of Scheduler's alphabet. */
function nameOf(key: WakeKey, at: Micros): string {
  const hash = createHash('sha256')
    .update(`${textOf(key)}@${at}`)
    .digest('base64url')
  return `${key.kind}-${hash.slice(0, 32)}`
}
