// Silence: the end of a proactive window, or a metric that has said otherwise for long enough. A wake alone must not end it: events that
// break the silence may be stored and not yet counted. So the wake puts a mark into the events table, and the window is looked at when the mark comes out of the stream,
// behind everything stored before it. Where the table has several shards the mark passes through one of them; events that are still
// uncounted in the others are known from the feed, which another reader of the stream fills, and are counted here and now: an event
// counts once, whoever counts it.
import { type Bucket, nextDeadline, type Window } from '../core/bucket.ts'
import type { Event } from '../core/event.ts'
import { parseEventFilter } from '../core/filter.ts'
import { bucketKeyOf } from '../core/fold.ts'
import { bucketKey, bucketName, expects, isEvaluated, isInterested } from '../core/match.ts'
import type { Mark, Services } from '../core/ports.ts'
import { hasTaken } from '../core/taken.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import type { CompiledTrigger } from '../core/trigger.ts'
import type { FeedReader } from './feed.ts'
import { foldIn, triggerOfKey } from './fold.ts'
import { arrivalOf, measuring } from './measure.ts'
import type { Registry } from './registry.ts'

/** Events of a silence that are compared with what was counted. A silence is about few of them: more means it is none. */
const WINDOW_EVENTS_MAX = 1_000

type Uses = Pick<Services, 'triggers' | 'events' | 'scheduler' | 'clock'>

/** Ends the window of a mark, if it is still due, and arms what comes next. A mark that comes twice finds it ended. */
export function silence(services: Uses, readFeed: FeedReader) {
  return async (
    registry: Registry,
    { workspace, key, at }: Mark & { kind: 'due' },
  ): Promise<void> => {
    const active = registry.active.get(key.slice(0, key.indexOf('/')))
    const trigger = active && triggerOfKey(active, key)
    if (!trigger) return
    const bucket = ((await services.triggers.bucket(workspace, key))?.value ??
      null) as Bucket | null
    const span = spanOfSilence(trigger, bucket, at)
    const uncounted = (span ? await eventsWithin(span, workspace) : []).filter(
      (event) =>
        event.received >= active.automation.created && isUncounted(trigger, bucket, key, event),
    )
    const measure = measuring(services, workspace, uncounted)
    const arrivals = await Promise.all(
      uncounted.map((event) => arrivalOf(measure, { trigger, key, event })),
    )
    await foldIn(services, workspace, {
      active,
      arrivals: [...arrivals, { trigger, key, dueAt: at }],
    })
  }

  async function eventsWithin({ start, end }: Span, workspace: string): Promise<Event[]> {
    const occurred = { since: formatInstant(start), until: formatInstant(end - 1) }
    const index = await readFeed(workspace)
    return index.backfill(parseEventFilter({ occurred }, end), WINDOW_EVENTS_MAX)
  }
}

/** From `start` on, before `end`. */
type Span = Pick<Window, 'start' | 'end'>

/**
 * Where the events lie that could keep a bucket from firing now; null if it is not about to. Of a metric's those are looked for
 * that occurred after all that was measured: of earlier ones only the last are remembered to have been.
 */
function spanOfSilence(trigger: CompiledTrigger, bucket: Bucket | null, at: Micros): Span | null {
  const deadline = nextDeadline(trigger, bucket)
  if (deadline === null || deadline > at) return null
  if (bucket?.metric) return { start: bucket.metric.asOf + 1, end: at + 1 }
  const window = bucket?.window
  return window && window.count < trigger.threshold && window.end <= at ? window : null
}

const isUncounted = (
  trigger: CompiledTrigger,
  bucket: Bucket | null,
  key: string,
  event: Event,
): boolean =>
  isEvaluated(event) &&
  isInterested(trigger, event) &&
  expects(trigger, event.event) &&
  bucketKeyOf(trigger, bucketName(bucketKey(trigger, event).values)) === key &&
  !hasTaken(bucket?.taken ?? '', event.id)
