// Buckets: what a trigger with memory keeps per for_each key. At most one window is open at a time. Beside it the bucket knows
// which events it has already taken, also after the window is gone. A metric trigger's holds slices of time in the place of a window.

import type { CompiledTrigger } from './compiled-trigger.ts'
import { TAKEN_MAX, type Taken, taking } from './taken.ts'
import { MICROS_PER_SECOND, type Micros } from './time.ts'

/** A trigger's state for one key; plain data, stored as it is. */
export interface Bucket {
  /** The for_each values, in order of their labels. */
  key: string[]
  /** Null: nothing is being counted; only the memory below is left. */
  window: Window | null
  /** Events that changed the bucket. */
  taken: Taken
  /** When a proactive trigger without for_each is to be looked at next. Null for all others: they are when the window ends. */
  dueAt: Micros | null
  /** There for metric triggers, which have no windows. */
  metric?: MetricState
}

/** `start` belongs to the window, `end` does not. Events are placed by when they occurred, never by when they came. */
export interface Window {
  start: Micros
  end: Micros
  /** -1 when the event that opened it is also expected and has yet to be counted. */
  count: number
  /** The event a silence is reported with. Kept for proactive triggers only: a reactive firing has the event that fired it. */
  lastEventId: string | null
  /** The events counted, with a threshold above one; of many the last EVENTS_OF_WINDOW_MAX. */
  eventIds?: string[]
  /** The event that a proactive trigger's window begins with; none when time alone opened it. Part of a silence's cause. */
  openedBy?: string
}

/** What a metric trigger's bucket holds beside the ids it took; plain data, stored as it is. */
export interface MetricState {
  /** How far the bucket's time has come. It never goes back. */
  asOf: Micros
  /** By number, those alone in which something was measured, none that has left the range. */
  slices: Slice[]
  /** What was believed last: that the value breaches, or that it does not. */
  isBreached: boolean
  /** Since when the value has said otherwise without interruption; null when it says the same. */
  turning: Turning | null
  /** The event that was measured last. */
  lastEventId: string | null
}

/** What a metric's value may have begun to say. */
export interface Turning {
  since: Micros
  /** What began it; null when that was a slice's leaving. An event begins one turn at most, and so does a moment. */
  eventId: string | null
}

/** The slice number `n` begins at `n` widths after 1970. A tuple, for it is written with every measurement: sixty are 2 KB. */
export type Slice = [n: number, count: number, sum: Micros, failures: number]

/** How much older than its first event a trigger's first window begins, for events that overtook one another. */
export const LOOKBACK: Micros = 15 * 60 * MICROS_PER_SECOND

/** A window that ended this long ago is forgotten (Prefect: PREFECT_EVENTS_EXPIRED_BUCKET_BUFFER). */
const EXPIRED_BUFFER: Micros = 60 * MICROS_PER_SECOND

/** Events of a window that a firing names, for templates: 4 KB of ids, written again with every count. */
export const EVENTS_OF_WINDOW_MAX = 100

/** A window with one more event counted. */
export const counting = (trigger: CompiledTrigger, window: Window, eventId: string): Window => ({
  ...window,
  count: window.count + 1,
  ...(trigger.threshold > 1 && {
    eventIds: [...(window.eventIds ?? []), eventId].slice(-EVENTS_OF_WINDOW_MAX),
  }),
})

/** With thresholds above TAKEN_MAX all events of the open window are remembered, up to these: 32 KB. */
const TAKEN_OF_WINDOW_MAX = 4096

/**
 * The memory of a bucket whose window becomes `window` by an event. Reactive windows without `after` only move forward, and
 * what lies before one is late: such a bucket forgets with each window, and with threshold 1 stays as small as can be.
 */
export function takenBy(
  trigger: CompiledTrigger,
  bucket: Bucket | null,
  window: Window | null,
  eventId: string,
): Taken {
  const isBehind = onlyMovesForward(trigger) && window?.start !== bucket?.window?.start
  const max = Math.max(TAKEN_MAX, Math.min(trigger.threshold, TAKEN_OF_WINDOW_MAX))
  return taking(isBehind || !bucket ? '' : bucket.taken, eventId, max)
}

/** Whether its windows only move forward: what is late once is late for ever. */
export const onlyMovesForward = ({ posture, hasAfter, within }: CompiledTrigger): boolean =>
  posture === 'Reactive' && !hasAfter && within > 0

/**
 * A bucket as a sweep at `at` leaves it: without its window, if that ended `EXPIRED_BUFFER` ago. Partial counts, openings by
 * `after` and the end of a cool-down are forgotten; which events were taken is not.
 */
export function swept(bucket: Bucket | null, at: Micros): Bucket | null {
  if (!bucket?.window || bucket.window.end > at - EXPIRED_BUFFER) return bucket
  return { ...bucket, window: null }
}
