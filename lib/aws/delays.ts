// Wakes to the second, although EventBridge Scheduler is only precise to the minute: up to 15 minutes ahead a delayed SQS
// message, beyond that a one-time schedule two minutes early, whose message is delayed for the rest by whom it wakes.
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import type { Clock } from '../core/ports.ts'
import { MICROS_PER_SECOND, type Micros } from '../core/time.ts'
import type { WakeKey } from '../core/wake-key.ts'
import { createSchedule, type ScheduleOptions } from './scheduler.ts'
import type { Arm } from './wakes.ts'

/** SQS's limit for DelaySeconds. */
const DELAY_SECONDS_MAX = 900
/** Scheduler may be a minute late; the other minute is for the way to the queue. */
const EARLY_SECONDS = 120

export interface DelayOptions {
  sqs: SQSClient
  queueUrl: string
  /** Its target is the same queue. */
  schedules: Omit<ScheduleOptions, 'precision'>
  clock: Clock
}

/** A wake in the queue: its key, and when it is due. */
export type WakeMessage = WakeKey & { at: Micros }

/** A message may come twice, and a cancelled wake cannot be taken back: who is woken looks again. */
export const delayedWakes =
  ({ sqs, queueUrl, schedules, clock }: DelayOptions): Arm =>
  async (key, at) => {
    const message: WakeMessage = { ...key, at }
    const seconds = Math.ceil((at - clock.now()) / MICROS_PER_SECOND)
    if (seconds > DELAY_SECONDS_MAX) {
      const firesAt = at - EARLY_SECONDS * MICROS_PER_SECOND
      const options = { ...schedules, precision: 'second' as const }
      await createSchedule(options, key, at, { input: message, firesAt })
      return
    }
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(message),
        DelaySeconds: Math.max(0, seconds),
      }),
    )
  }

/** What is done with a message of the wake queue: one that came early is sent back for the rest of its time. */
export const takeWakeMessage =
  (wake: (key: WakeKey) => Promise<void>, arm: Arm, clock: Clock) =>
  async ({ body }: Pick<SQSRecord, 'body'>): Promise<void> => {
    const { at, ...key } = JSON.parse(body) as WakeMessage
    await (at > clock.now() ? arm(key, at) : wake(key))
  }
