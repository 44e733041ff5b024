// Silence: the end of a proactive window, or a metric that has said otherwise for long enough. A wake alone must not end it: events that
// break the silence may be stored and not yet counted. So the wake puts a mark into the events table, and the window is looked at when the mark comes out of the stream,
// behind everything stored before it. Where the table has several shards the mark passes through one of them; events that are still
// uncounted in the others are known from the feed, which another reader of the stream fills, and are counted here and now: an event
// counts once, whoever counts it.
import type { Bucket } from '../core/bucket.ts'
import type { CompiledTrigger } from '../core/compiled-trigger.ts'
import { nextDeadline } from '../core/deadline.ts'
import type { Mark, Services } from '../core/ports.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import { foldIn, triggerOfKey } from './fold.ts'
import { inTurn } from './hold.ts'
import { arrivalOf, measuring } from './measure.ts'
import type { Registry } from './registry.ts'
import type { Span, Uncounted } from './uncounted.ts'

type Uses = Pick<Services, 'triggers' | 'events' | 'scheduler' | 'clock'>

/** Ends the window of a mark, if it is still due, and arms what comes next. A mark that comes twice finds it ended. */
export function silence(services: Uses, uncounted: Uncounted) {
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
    const stored = span
      ? await uncounted.find(workspace, { active, trigger, key, bucket, span })
      : []
    const missed = await inTurn(services, workspace, stored, formatInstant(at))
    const measure = measuring(services, workspace, missed)
    const arrivals = await Promise.all(
      missed.map((event) => arrivalOf(measure, { trigger, key, event })),
    )
    const fold = { active, arrivals: [...arrivals, { trigger, key, dueAt: at }] }
    await foldIn(services, workspace, fold, uncounted)
  }
}

/**
 * Where the events lie that could keep a bucket from firing now; null if it is not about to. Of a metric's those are looked for
 * that occurred after all that was measured: of earlier ones only the last are remembered to have been.
 */
function spanOfSilence(trigger: CompiledTrigger, bucket: Bucket | null, at: Micros): Span | null {
  const deadline = nextDeadline(trigger, bucket)
  if (deadline === null || deadline > at) return null
  if (bucket?.metric) return { start: bucket.metric.asOf + 1, end: at + 1 }
  const window = bucket?.window
  if (!window || window.count >= trigger.threshold || window.end > at) return null
  // Time opens a window behind the events of its moment: with `after`, they found none, and are not of it.
  const isBehind = trigger.hasAfter && window.openedBy === undefined
  return isBehind ? { start: window.start + 1, end: window.end } : window
}
