// Wakes by EventBridge Scheduler's one-time schedules. Locally the same code talks to local/timers.ts.
import { createHash } from 'node:crypto'
import {
  ConflictException,
  CreateScheduleCommand,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler'
import type { Scheduler } from '../core/ports.ts'
import type { Micros } from '../core/time.ts'
import type { WakeKey } from '../core/wake-key.ts'
import { formatAt, type Precision } from './schedule-expression.ts'
import { textOf, type WakeOptions, wakesBy } from './wakes.ts'

export interface ScheduleOptions {
  client: SchedulerClient
  /** The schedule group. */
  group: string
  /** What is woken, the role by which Scheduler may do that, and the queue for what it could not deliver. */
  target: { arn: string; roleArn: string; deadLetterArn?: string }
  precision: Precision
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

/** At most 64 characters of Scheduler's alphabet. */
function nameOf(key: WakeKey, at: Micros): string {
  const hash = createHash('sha256')
    .update(`${textOf(key)}@${at}`)
    .digest('base64url')
  return `${key.kind}-${hash.slice(0, 32)}`
}
