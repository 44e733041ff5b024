// Windows that an `after` event opens when events they expect have come before it: those are counted all the same, so that two events
// of one moment give the same firings in either order. Prefect misses them.
import type { Bucket, Window } from './bucket.ts'
import type { Event } from './event.ts'
import { type Arrival, bucketKeyOf, type Decided } from './fold.ts'
import { bucketName, bucketKey as bucketOf, expects, isEvaluated, isInterested } from './match.ts'
import { hasTaken } from './taken.ts'
import type { CompiledTrigger } from './trigger.ts'

/** An arrival that opened a window by `after`, and the bucket as it was then. */
export interface Opening {
  arrival: Arrival
  bucket: Bucket & { window: Window }
}

/** What a decision opened: one window, or none. One that time opens begins behind all that came before it, as with Prefect. */
export function openingsOf({ arrival, before, bucket }: Decided): Opening[] {
  if (!('event' in arrival && arrival.trigger.hasAfter && bucket?.window)) return []
  if (before?.window && before.window.start === bucket.window.start) return []
  return [{ arrival, bucket: { ...bucket, window: bucket.window } }]
}

/** Whether an event belongs to a bucket, would be counted in an open window there, and was not taken yet. */
export const isUncounted = (
  trigger: CompiledTrigger,
  { key, taken }: { key: string; taken: Bucket['taken'] },
  event: Event,
): boolean =>
  isEvaluated(event) &&
  isInterested(trigger, event) &&
  expects(trigger, event.event) &&
  bucketKeyOf(trigger, bucketName(bucketOf(trigger, event).values)) === key &&
  !hasTaken(taken, event.id)

/**
 * The arrivals with events that had come before the window was opened, in their order, each behind the opening and before the first that occurred
 * later. Those that arrive behind it anyway are left out.
 */
export function withEarlier(
  arrivals: readonly Arrival[],
  { arrival: opener }: Opening,
  earlier: readonly Event[],
): Arrival[] {
  const at = arrivals.indexOf(opener) + 1
  const rest = arrivals.slice(at)
  const coming = new Set(rest.flatMap((one) => ('event' in one ? [one.event.id] : [])))
  const { trigger, key } = opener
  const merged: Arrival[] = []
  for (const event of earlier) {
    if (coming.has(event.id)) continue
    while (rest[0] && !isLater(rest[0], event)) merged.push(...rest.splice(0, 1))
    merged.push({ trigger, key, event, measurement: null })
  }
  return [...arrivals.slice(0, at), ...merged, ...rest]
}

/** A deadline stands behind every event. */
const isLater = (arrival: Arrival, { occurred }: Event): boolean =>
  !('event' in arrival) || arrival.event.occurred > occurred
