// A firing: the fact that a trigger's condition was met. Its id derives from what fired it, so the same fact stored twice is one.
import type { Event } from './event.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import type { MetricQuery } from './trigger.ts'

/** Prefect's Firing, as actions and templates see it, with what ours adds. */
export interface Firing {
  id: string
  automation_id: string
  /** The automation's name when it fired, for events about it. */
  automation_name: string
  /** Dotted child indexes from the automation's root trigger; '' for the root. */
  path: string
  trigger_states: ('Triggered' | 'Resolved')[]
  /** When it fired: the moment delays count from. */
  triggered: string
  triggering_labels: Record<string, string>
  triggering_event: Event | null
  /** The events that its window counted, in that order, where the threshold is above one: read when a template asks for `events`. */
  counted_event_ids?: string[]
  /** A composite's child firings, root's children first. */
  triggering_firings: Firing[]
  /** The metric of a metric trigger as it was then: `{{ firing.metric.value }}`. */
  metric?: MetricReading
}

/** `value` is null when nothing was measured in the range. */
export interface MetricReading extends Pick<MetricQuery, 'name' | 'operator' | 'threshold'> {
  value: number | null
}

/** What a metric trigger's firing says beyond others: that the value now breaches, or that it no longer does. */
export interface Turn {
  state: Firing['trigger_states'][number]
  metric: MetricReading
}

/** A firing to be stored together with the bucket. Its id comes from `firingId(trigger, bucketName(bucket.key), cause)`. */
export interface FiringDecision {
  /** The event's id; for a silence the end of the window that stayed silent; for a metric what began its turn, and to what. */
  cause: string
  labels: Record<string, string>
  /** The triggering event; null for a silence in which nothing at all was seen. */
  eventId: string | null
  /** All that the window counted, where that may be several. */
  eventIds?: string[] | undefined
  /** There for metric triggers only. */
  turn?: Turn
}

/**
 * The id of a firing, from what fired which trigger's bucket: decided twice, it is stored once. `hash` is the trigger's,
 * `bucket` a `bucketName`, and `cause` the event's id, a child firing's id, or the end of the bucket in which nothing happened.
 */
export const firingId = (
  trigger: { automationId: string; path: string; hash: string },
  bucket: string,
  cause: string,
): string =>
  uuidv5(
    `${trigger.automationId}/${trigger.path}/${trigger.hash}/${bucket}/${cause}`,
    NAMESPACE.firing,
  )
