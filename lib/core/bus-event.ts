// An entry of the EventBridge bus as an event of ours: any AWS event can be a trigger's.
import { Refusal } from './errors.ts'
import type { EventDraft } from './event.ts'

/** What EventBridge delivers, in its own words (AWS: "Event structure"). */
export interface BusEvent {
  id: string
  source: string
  detailType: string
  time: string
  resources: string[]
  detail: unknown
}

/** Names that only we give. */
const RESERVED = 'prefect.'

/**
 * Named `<source>.<detail type>` in lower case with hyphens for blanks, as `aws.s3.object-created`; about the first of the
 * entry's resources, or its source; the others are related. `id` is a UUID that derives from the entry's.
 * @throws Refusal 422 when it would be one of Prefect's own
 */
export function eventOfBus(entry: BusEvent): EventDraft {
  const [primary = entry.source, ...others] = entry.resources
  const name = entry.detailType.toLowerCase().replaceAll(/\s+/g, '-')
  const event = `${entry.source}.${name}`
  if (event.startsWith(RESERVED)) {
    throw new Refusal(422, `the bus may not bring ${RESERVED}* events: ${event}`)
  }
  return {
    id: entry.id,
    occurred: entry.time,
    event,
    resource: { 'prefect.resource.id': primary, 'aws.source': entry.source },
    related: others.map((resource) => ({
      'prefect.resource.id': resource,
      'prefect.resource.role': 'resource',
    })),
    payload: { detail: entry.detail },
    follows: null,
  }
}
