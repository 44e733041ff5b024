// What an event, or the passing of time, does to one trigger's bucket. The rules are Prefect's (server/events/triggers.py
// `evaluate`, `reactive_evaluation`, `proactive_evaluation`); that nothing counts twice is ours. No clock is read, so a batch that
// is delivered again decides the same again.
import {
  type Bucket,
  counting,
  LOOKBACK,
  onlyMovesForward,
  swept,
  takenBy,
  type Window,
} from './bucket.ts'
import type { CompiledTrigger } from './compiled-trigger.ts'
import type { Event } from './event.ts'
import type { FiringDecision } from './firing.ts'
import { bucketKey, expects, labelsOf, startsAfter } from './match.ts'
import { inCausalOrder } from './ordering.ts'
import { hasTaken } from './taken.ts'
import { formatInstant, type Micros, parseInstant } from './time.ts'

/** What became of an event or of a bucket's deadline; the cases of `evaluate` and `evaluateDue`, by name. */
export type Fate =
  | 'repeated'
  | 'ignored'
  | 'opened'
  | 'late'
  | 'counted'
  | 'restarted'
  | 'fired'
  | 'closed'
  | 'early'
  | 'waiting'
  | 'satisfied'

/** What `evaluate` and `evaluateDue` decided. */
export interface Decision {
  /** The next state: the very object passed in when there is nothing to write; null when there is nothing to keep. */
  bucket: Bucket | null
  firing: FiringDecision | null
  fate: Fate
}

/**
 * Decide what one event does to one trigger's bucket. Call it only for events that the trigger is interested in.
 *
 * 1.  repeated:  the bucket has taken this event before; nothing changes.
 * 2.  ignored:   the trigger does not count it: no `after` event has opened a window, or the name is not really expected.
 * 3.  opened:    an `after` event opened a window, or was seen while one was open, and is not expected itself.
 * 4.  late:      it happened before the window began; at most it becomes the last event of a silence.
 * 5.  counted:   the window holds one more, and waits.
 * 6.  restarted: a heartbeat, in `after` and `expect` both, satisfied a proactive window and opens the next.
 * 7.  fired:     reactive: the threshold is met. Proactive: the window had ended before this event, and was under-run. The
 *                window closes and, unless the trigger has `after` or `within` 0, another begins where it ended.
 * 8.  closed:    it lies beyond the end of a window opened by `after`, and the trigger waits for the next `after` event.
 * 9.  early:     it lies beyond the end of the window; the next one begins with it and counts it.
 *
 * Delivered again, an event changes nothing: it is remembered (cases 3 to 9), or its bucket only moves forward and it stays late.
 * Ignored ones alone are not remembered, because there may be no bucket to do it in: it is as if they had come only then.
 */
export function evaluate(trigger: CompiledTrigger, bucket: Bucket | null, event: Event): Decision {
  if (bucket && hasTaken(bucket.taken, event.id)) return { bucket, firing: null, fate: 'repeated' }
  const { values, labels } = bucketKey(trigger, event)
  const outcome = place(trigger, bucket?.window ?? null, event)
  const firing =
    outcome.cause === undefined
      ? null
      : { cause: outcome.cause, labels, eventId: event.id, eventIds: outcome.eventIds }
  if (!trigger.hasMemory) return { bucket: null, firing, fate: outcome.fate }
  const { window, fate } = outcome
  const isForgotten = fate === 'ignored' || (fate === 'late' && onlyMovesForward(trigger))
  if (isForgotten) return { bucket, firing, fate }
  const taken = takenBy(trigger, bucket, window, event.id)
  return { bucket: { key: values, window, taken, dueAt: bucket?.dueAt ?? null }, firing, fate }
}

/** One event's fate in a batch, for explaining. */
export interface BatchDecision {
  bucket: Bucket | null
  firings: FiringDecision[]
  fates: { eventId: string; fate: Fate }[]
}

/**
 * Fold events of one bucket, in the order in which they occurred, followers after their leaders. The bucket is the very object
 * passed in when there is nothing to write.
 *
 * Prefect sweeps buckets every few seconds; here, where nothing ticks, windows of `within` 0 and of `after` are forgotten when an
 * event comes that is younger than a sweep would have been. Other reactive windows stay: they only hold off late events, and
 * by that repetitions too.
 */
export function evaluateBatch(
  trigger: CompiledTrigger,
  bucket: Bucket | null,
  events: readonly Event[],
): BatchDecision {
  const batch: BatchDecision = { bucket, firings: [], fates: [] }
  for (const event of inCausalOrder(events)) {
    const current = forgets(trigger) ? swept(batch.bucket, sweepTime(event)) : batch.bucket
    const decision = evaluate(trigger, current, event)
    if (decision.bucket !== current) batch.bucket = decision.bucket
    if (decision.firing) batch.firings.push(decision.firing)
    batch.fates.push({ eventId: event.id, fate: decision.fate })
  }
  return batch
}

const forgets = ({ posture, within, hasAfter }: CompiledTrigger): boolean =>
  posture === 'Reactive' && (within === 0 || hasAfter)

/** Not the time of arrival alone: a sender's backlog arrives within a second, whatever time it spans. */
const sweepTime = (event: Event): Micros =>
  Math.min(instant(event.occurred), instant(event.received))

/**
 * Decide what the passing of time does to a proactive trigger's bucket, as of `at`: the time up to which all events are known to
 * have been counted. To be called when `nextDeadline` has come, and once at the beginning if the trigger has no for_each.
 *
 * 1. opened:    there was no window; the trigger has no for_each, so the silence to watch begins now.
 * 2. waiting:   the window is still open and under-run, or there is none.
 * 3. satisfied: the threshold is met, whether the window has ended or not; it closes.
 * 4. fired:     the window has ended under-run. Without `after`, the next one begins at once; several missed windows fire once.
 *
 * That a satisfied window is followed by none until the next deadline, one `within` later, is Prefect's way.
 */
export function evaluateDue(trigger: CompiledTrigger, bucket: Bucket | null, at: Micros): Decision {
  if (trigger.posture === 'Reactive') return { bucket, firing: null, fate: 'waiting' }
  const isAlone = trigger.forEach.length === 0
  const open = bucket?.window ?? (isAlone ? windowFrom(trigger, at) : null)
  if (!open) return { bucket, firing: null, fate: 'waiting' }
  const { window, cause, fate } = pass(trigger, open, at)
  const key = bucket?.key ?? []
  const firing =
    cause === undefined
      ? null
      : {
          cause,
          labels: labelsOf(trigger.forEach, key),
          eventId: open.lastEventId,
          eventIds: open.eventIds,
        }
  const dueAt = isAlone ? Math.min(at + trigger.within, deadlineAfter(window, at)) : null
  const isUnchanged = bucket !== null && window === bucket.window && dueAt === bucket.dueAt
  const next = isUnchanged ? bucket : { key, window, taken: bucket?.taken ?? '', dueAt }
  return { bucket: next, firing, fate: window === open && !bucket?.window ? 'opened' : fate }
}

const deadlineAfter = (window: Window | null, at: Micros): Micros =>
  window && window.end > at ? window.end : Number.POSITIVE_INFINITY

/** What becomes of a window; `cause` is there when it fired, and the events that the window had counted by then. */
interface Outcome {
  window: Window | null
  cause?: string
  eventIds?: string[] | undefined
  fate: Fate
}

function pass(trigger: CompiledTrigger, window: Window, at: Micros): Outcome {
  if (window.count >= trigger.threshold) return { window: null, fate: 'satisfied' }
  if (at < window.end) return { window, fate: 'waiting' }
  const next = trigger.hasAfter ? null : windowFrom(trigger, Math.max(window.end, at))
  return { window: next, cause: silence(window), fate: 'fired' }
}

/** Find or open the window that an event belongs to, and count the event there if it is expected. */
function place(trigger: CompiledTrigger, window: Window | null, event: Event): Outcome {
  const isExpected = expects(trigger, event.event)
  const isStart = trigger.hasAfter && startsAfter(trigger, event.event)
  const arrival = { id: event.id, at: instant(event.occurred), isHeartbeat: isStart && isExpected }
  if (!isStart && !isExpected) return { window, fate: 'ignored' }
  if (!isStart && trigger.hasAfter) {
    return window ? countIn(trigger, window, arrival) : { window, fate: 'ignored' }
  }
  const open = window ? noting(trigger, window, arrival) : firstWindow(trigger, arrival)
  return isExpected ? countIn(trigger, open, arrival) : { window: open, fate: 'opened' }
}

/** What counting needs of an event. */
interface Arrival {
  id: string
  at: Micros
  /** It is in `after` as well as in `expect`. */
  isHeartbeat: boolean
}

function firstWindow(trigger: CompiledTrigger, { id, at, isHeartbeat }: Arrival): Window {
  const window =
    trigger.posture === 'Proactive' ? openedBy(trigger, id, at) : windowFrom(trigger, at)
  return trigger.hasAfter
    ? { ...window, count: isHeartbeat ? -1 : 0 }
    : { ...window, start: at - LOOKBACK }
}

function countIn(trigger: CompiledTrigger, window: Window, arrival: Arrival): Outcome {
  if (arrival.at < window.start) return { window, fate: 'late' }
  if (trigger.posture === 'Proactive') {
    return arrival.at < window.end
      ? countProactively(trigger, window, arrival)
      : endProactively(trigger, window, arrival)
  }
  if (arrival.at < window.end || trigger.within === 0) {
    return countReactively(trigger, window, arrival)
  }
  if (trigger.hasAfter) return { window: null, fate: 'closed' }
  const outcome = countReactively(trigger, windowFrom(trigger, arrival.at), arrival)
  return outcome.fate === 'counted' ? { ...outcome, fate: 'early' } : outcome
}

function countReactively(trigger: CompiledTrigger, window: Window, { id }: Arrival): Outcome {
  const { hasAfter, within, threshold } = trigger
  const counted = counting(trigger, window, id)
  if (counted.count >= threshold) {
    const next = hasAfter || within === 0 ? null : windowFrom(trigger, window.end)
    return { window: next, cause: id, eventIds: counted.eventIds, fate: 'fired' }
  }
  if (hasAfter && within === 0) return { window: null, fate: 'closed' }
  return { window: counted, fate: 'counted' }
}

function countProactively(trigger: CompiledTrigger, window: Window, arrival: Arrival): Outcome {
  const { id, at, isHeartbeat } = arrival
  const counted = { ...counting(trigger, window, id), lastEventId: id }
  if (isHeartbeat && counted.count >= trigger.threshold) {
    return { window: openedBy(trigger, id, at), fate: 'restarted' }
  }
  return { window: counted, fate: 'counted' }
}

/** An expected event finds the window ended, before any wake did. */
function endProactively(trigger: CompiledTrigger, window: Window, { id, at }: Arrival): Outcome {
  const next = trigger.hasAfter
    ? null
    : { ...counting(trigger, openedBy(trigger, id, at), id), lastEventId: null }
  if (window.count < trigger.threshold) {
    return { window: next, cause: silence(window), eventIds: window.eventIds, fate: 'fired' }
  }
  return { window: next, fate: next ? 'early' : 'closed' }
}

/**
 * One window can be silent only once, whether an event or a wake finds out. Its end alone would not do: an event that came late may
 * open another window over the same time.
 */
const silence = ({ end, openedBy }: Window): string =>
  openedBy === undefined ? formatInstant(end) : `${formatInstant(end)}/${openedBy}`

const windowFrom = (trigger: CompiledTrigger, start: Micros): Window => ({
  start,
  end: start + trigger.within,
  count: 0,
  lastEventId: null,
})

/** A proactive trigger's window that begins with an event. */
const openedBy = (trigger: CompiledTrigger, id: string, at: Micros): Window => ({
  ...windowFrom(trigger, at),
  lastEventId: id,
  openedBy: id,
})

/** The window with its last event, which only silences report. */
const noting = (trigger: CompiledTrigger, window: Window, { id }: Arrival): Window =>
  trigger.posture === 'Reactive' ? window : { ...window, lastEventId: id }

const instant = (text: string): Micros => parseInstant(text) ?? 0
