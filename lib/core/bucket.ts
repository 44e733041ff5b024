// Buckets: what a trigger with memory keeps per for_each key. At most one window is open at a time. Beside it the bucket knows
// which events it has already taken, also after the window is gone: streams deliver again, and a count must not notice.
import { createHash } from 'node:crypto'
import { MICROS_PER_SECOND, type Micros } from './time.ts'
import type { CompiledTrigger } from './trigger.ts'

/** A trigger's state for one key; plain data, stored as it is. */
export interface Bucket {
  /** The for_each values, in order of their labels. */
  key: string[]
  /** Null: nothing is being counted; only the memory below is left. */
  window: Window | null
  /** Digests of events taken, `DIGEST_LENGTH` characters each, oldest first. */
  taken: string
  /** When a proactive trigger without for_each is to be looked at next. Null for all others: they are when the window ends. */
  dueAt: Micros | null
}

/** `start` belongs to the window, `end` does not. Events are placed by when they occurred, never by when they came. */
export interface Window {
  start: Micros
  end: Micros
  /** -1 when the event that opened it is also expected and has yet to be counted. */
  count: number
  /** The event a silence is reported with. Kept for proactive triggers only: a reactive firing has the event that fired it. */
  lastEventId: string | null
}

/** How much older than its first event a trigger's first window begins, for events that overtook one another. */
export const LOOKBACK: Micros = 15 * 60 * MICROS_PER_SECOND

/** A window that ended this long ago is forgotten (Prefect: PREFECT_EVENTS_EXPIRED_BUCKET_BUFFER). */
export const EXPIRED_BUFFER: Micros = 60 * MICROS_PER_SECOND

/**
 * Events a bucket remembers at least, in 2 KB: more than one stream batch holds, so that a batch delivered again meets its own.
 * An event delivered again after more others of the same bucket than this would count twice.
 */
export const TAKEN_MAX = 256

/** For thresholds above TAKEN_MAX all events of the open window are remembered, up to these: 32 KB. */
export const TAKEN_MAX_OF_WINDOW = 4096

/** 48 bits: two of 256 remembered events look alike once in 10^9 buckets. */
const DIGEST_LENGTH = 8

const digestOf = (eventId: string): string =>
  createHash('sha256').update(eventId).digest('base64url').slice(0, DIGEST_LENGTH)

/** Whether this very event has already changed the bucket. */
export function hasTaken(bucket: Bucket | null, eventId: string): boolean {
  if (!bucket || bucket.taken === '') return false
  const digest = digestOf(eventId)
  for (let at = bucket.taken.indexOf(digest); at >= 0; at = bucket.taken.indexOf(digest, at + 1)) {
    if (at % DIGEST_LENGTH === 0) return true
  }
  return false
}

/**
 * The memory of a bucket whose window becomes `window` by an event. Reactive windows without `after` only move forward, and
 * what lies before one is late: such a bucket forgets with each window, and with threshold 1 stays as small as can be.
 */
export function taking(
  trigger: CompiledTrigger,
  bucket: Bucket | null,
  window: Window | null,
  eventId: string,
): string {
  if (!bucket) return digestOf(eventId)
  const isBehind = onlyMovesForward(trigger) && window?.start !== bucket.window?.start
  const length = Math.max(TAKEN_MAX, Math.min(trigger.threshold, TAKEN_MAX_OF_WINDOW))
  const before = isBehind ? '' : bucket.taken
  return (before + digestOf(eventId)).slice(-length * DIGEST_LENGTH)
}

const onlyMovesForward = ({ posture, hasAfter, within }: CompiledTrigger): boolean =>
  posture === 'Reactive' && !hasAfter && within > 0

/**
 * A bucket as a sweep at `at` leaves it: without its window, if that ended `EXPIRED_BUFFER` ago. Partial counts, openings by
 * `after` and the end of a cool-down are forgotten; which events were taken is not.
 */
export function swept(bucket: Bucket | null, at: Micros): Bucket | null {
  if (!bucket?.window || bucket.window.end > at - EXPIRED_BUFFER) return bucket
  return { ...bucket, window: null }
}

/**
 * When to look at the bucket although nothing happened: where a silence may end. Null: never. A wake that comes earlier than
 * this is stale. A proactive trigger without for_each has no deadline before its first `evaluateDue`, which is due at once.
 */
export function nextDeadline(trigger: CompiledTrigger, bucket: Bucket | null): Micros | null {
  if (trigger.posture === 'Reactive' || !bucket) return null
  return bucket.dueAt ?? bucket.window?.end ?? null
}
