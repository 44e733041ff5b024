// Windows that an `after` event opens when events they expect have come before it: those are counted all the same, so that two events
// of one moment give the same firings in either order. Prefect misses them.
import type { Bucket, Window } from './bucket.ts'
import type { CompiledAutomation, CompiledTrigger } from './compiled-trigger.ts'
import type { ChildFiring } from './composite.ts'
import type { Event } from './event.ts'
import {
  type Arrival,
  bucketKeyOf,
  type Decided,
  decideAll,
  type FoldOptions,
  type Memory,
  type Scratch,
  scratchOver,
} from './fold.ts'
import { bucketName, bucketKey as bucketOf, expects, isEvaluated, isInterested } from './match.ts'
import { inCausalOrder } from './ordering.ts'
import { hasTaken } from './taken.ts'
import { type Micros, parseInstant } from './time.ts'

/** An arrival that opened a window by `after`, and the bucket as it was then. */
export interface Opening {
  arrival: Arrival
  bucket: Bucket & { window: Window }
}

/** What became of arrivals and of those that they asked for. */
export interface DecidedAll {
  arrivals: readonly Arrival[]
  memory: Scratch
  firings: ChildFiring[]
  decisions: Decided[]
}

/**
 * Decides arrivals, and again with what had come before each window that they open: all of it is to be one commit. Yields the openings,
 * one by one, and is to be given the events that are uncounted there; how they are found is the caller's.
 */
export function* decideWithEarlier(
  automation: CompiledAutomation,
  first: readonly Arrival[],
  {
    memory: below,
    ...options
  }: Omit<FoldOptions, 'memory' | 'watch'> & { memory: Pick<Memory, 'get'> },
): Generator<Opening, DecidedAll, readonly Event[]> {
  const asked = new Set<Arrival>()
  let arrivals = first
  for (;;) {
    const memory = scratchOver(below)
    const decisions: Decided[] = []
    const watch = (decided: Decided) => void decisions.push(decided)
    const firings = decideAll(automation, arrivals, { ...options, memory, watch })
    const [opening] = decisions.filter(({ arrival }) => !asked.has(arrival)).flatMap(openingsOf)
    if (!opening) return { arrivals, memory, firings, decisions }
    asked.add(opening.arrival)
    arrivals = withEarlier(arrivals, opening, yield opening)
  }
}

/** What a decision opened: one window, or none. One that time opens begins behind all that came before it, as with Prefect. */
function openingsOf({ arrival, before, bucket }: Decided): Opening[] {
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
 * The arrivals with events that had come before the window was opened, in their order: each behind the opening and the one it follows, and
 * before the first that occurred later. Those that arrive behind it anyway are left out.
 */
function withEarlier(
  arrivals: readonly Arrival[],
  { arrival: opener }: Opening,
  earlier: readonly Event[],
): Arrival[] {
  const at = arrivals.indexOf(opener) + 1
  const rest = arrivals.slice(at)
  const { trigger, key } = opener
  const lastOf = (id: string | null) =>
    rest.findLastIndex((one) => 'event' in one && one.event.id === id)
  for (const event of earlier) {
    if (lastOf(event.id) >= 0) continue
    const from = lastOf(event.follows) + 1
    const place = rest.findIndex((one, i) => i >= from && isLater(one, event))
    rest.splice(place < 0 ? rest.length : place, 0, { trigger, key, event, measurement: null })
  }
  return [...arrivals.slice(0, at), ...rest]
}

/** A deadline stands behind every event. */
const isLater = (arrival: Arrival, { occurred }: Event): boolean =>
  !('event' in arrival) || arrival.event.occurred > occurred

const EARLIER_MAX = 20_000

/** Events that may be asked for, kept where there is no feed to ask. */
export interface EarlierEvents {
  add(arrival: { trigger: CompiledTrigger; key: string; event: Event }): void
  /** Those that a window counts, in the order in which they are evaluated. */
  find(opening: Opening): Event[]
}

/** By bucket, the latest EARLIER_MAX events that changed nothing when they came. */
export function earlierEvents(): EarlierEvents {
  const byKey = new Map<string, Event[]>()
  let count = 0
  return {
    add({ trigger, key, event }) {
      if (!expects(trigger, event.event)) return
      const of = byKey.get(key) ?? []
      byKey.delete(key)
      byKey.set(key, of)
      of.push(event)
      count += 1
      for (const [oldest, events] of byKey) {
        if (count <= EARLIER_MAX) break
        events.shift()
        count -= 1
        if (events.length === 0) byKey.delete(oldest)
      }
    },
    find({ arrival: { trigger, key }, bucket: { taken, window } }) {
      const found = (byKey.get(key) ?? []).filter((event) => {
        const at = instant(event.occurred)
        return at >= window.start && at < window.end && isUncounted(trigger, { key, taken }, event)
      })
      return inCausalOrder(found)
    },
  }
}

const instant = (text: string): Micros => parseInstant(text) ?? 0
