// When a bucket is to be looked at although nothing happened, and when it may go. Apart from bucket.ts, which metric.ts reads: a metric's
// deadlines are found there.
import type { Bucket } from './bucket.ts'
import type { CompiledTrigger } from './compiled-trigger.ts'
import { emptyAt, nextTurnAt } from './metric.ts'
import { MICROS_PER_SECOND, type Micros } from './time.ts'

/**
 * When to look at the bucket although nothing happened: where a silence may end, or a metric turn. Null: never. A wake that comes
 * earlier than this is stale. A proactive trigger without for_each has no deadline before its first `evaluateDue`, which is due at once.
 */
export function nextDeadline(trigger: CompiledTrigger, bucket: Bucket | null): Micros | null {
  if (trigger.metric) return bucket?.metric ? nextTurnAt(trigger.metric, bucket.metric) : null
  if (trigger.posture === 'Reactive' || !bucket) return null
  return bucket.dueAt ?? bucket.window?.end ?? null
}

/** A stream keeps its records for a day: after that nothing is delivered again. */
const REPETITION_MAX: Micros = 24 * 3600 * MICROS_PER_SECOND

/**
 * When a bucket written at `now` may be deleted if it is not written again. Null: not as long as its trigger lives, for it has
 * a deadline.
 */
export function disposableAt(trigger: CompiledTrigger, bucket: Bucket, now: Micros): Micros | null {
  if (nextDeadline(trigger, bucket) !== null) return null
  const overAt =
    trigger.metric && bucket.metric ? emptyAt(trigger.metric, bucket.metric) : bucket.window?.end
  return Math.max(now, overAt ?? now) + REPETITION_MAX
}
