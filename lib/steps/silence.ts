// Silence: the end of a proactive window. A wake alone must not end one: events that break the silence may be stored and not
// yet counted. So the wake puts a mark into the events table, and the window is looked at when the mark comes out of the stream,
// behind everything stored before it. Where the table has several shards the mark passes through one of them; events that are still
// uncounted in the others are known from the feed, which another reader of the stream fills, and are counted here and now: an event
// counts once, whoever counts it.
import { type Bucket, nextDeadline } from '../core/bucket.ts'
import type { Event } from '../core/event.ts'
import { parseEventFilter } from '../core/filter.ts'
import { bucketKey, bucketName, expects, isInterested } from '../core/match.ts'
import type { Mark, Services } from '../core/ports.ts'
import { hasTaken } from '../core/taken.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import type { CompiledTrigger } from '../core/trigger.ts'
import type { FeedReader } from './feed.ts'
import { type Arrival, bucketKeyOf, foldIn, triggerOfKey } from './fold.ts'
import type { Registry } from './registry.ts'

/** Events of a window that are compared with what was counted. A silence is about few of them: more means it is none. */
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
    const uncounted = isAboutToFire(trigger, bucket, at)
      ? (await eventsOf(bucket, workspace)).filter(
          (event) =>
            event.received >= active.automation.created && isUncounted(trigger, bucket, key, event),
        )
      : []
    const arrivals: Arrival[] = uncounted.map((event) => ({ trigger, key, event }))
    await foldIn(services, workspace, {
      active,
      arrivals: [...arrivals, { trigger, key, dueAt: at }],
    })
  }

  async function eventsOf(bucket: Bucket | null, workspace: string): Promise<Event[]> {
    if (!bucket?.window) return []
    const { start, end } = bucket.window
    const occurred = { since: formatInstant(start), until: formatInstant(end - 1) }
    const index = await readFeed(workspace)
    return index.backfill(parseEventFilter({ occurred }, end), WINDOW_EVENTS_MAX)
  }
}

function isAboutToFire(trigger: CompiledTrigger, bucket: Bucket | null, at: Micros): boolean {
  const window = bucket?.window
  if (!window || window.count >= trigger.threshold) return false
  const deadline = nextDeadline(trigger, bucket)
  return window.end <= at && deadline !== null && deadline <= at
}

const isUncounted = (
  trigger: CompiledTrigger,
  bucket: Bucket | null,
  key: string,
  event: Event,
): boolean =>
  isInterested(trigger, event) &&
  expects(trigger, event.event) &&
  bucketKeyOf(trigger, bucketName(bucketKey(trigger, event).values)) === key &&
  !hasTaken(bucket?.taken ?? '', event.id)
