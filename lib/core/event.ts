// Events, and their limits: what happened, to which resource, in whose company. Keys are Prefect's, from wire to table.

/** Labels of a resource; `prefect.resource.id` is always there and never empty. */
export type Resource = Record<string, string>

/** A resource in a part: `prefect.resource.role` is always there and never empty. */
export type RelatedResource = Record<string, string>

/**
 * A stored event, in the shape of Prefect's `ReceivedEvent` (server/events/schemas/events.py).
 * `occurred` and `received` are instants in the form of `formatInstant`; `id` and `follows` are lower-case UUIDs.
 */
export interface Event {
  occurred: string
  event: string
  resource: Resource
  related: RelatedResource[]
  payload: Record<string, unknown>
  id: string
  follows: string | null
  received: string
}

/** Characters of an event's name (Prefect: PREFECT_SERVER_EVENTS_MAXIMUM_EVENT_NAME_LENGTH). */
export const EVENT_NAME_LENGTH_MAX = 1024
/** Labels of one resource, its id among them. */
export const RESOURCE_LABELS_MAX = 500
/** Related resources of one event. */
export const RELATED_RESOURCES_MAX = 100
/** Bytes of one event as JSON. */
export const EVENT_BYTES_MAX = 1_500_000

export const resourceId = (event: Event): string => event.resource['prefect.resource.id'] ?? ''
