// Events, and their limits: what happened, to which resource, in whose company. Keys are Prefect's, from wire to table.
import { type Fault, invalid } from './errors.ts'
import { parseUuid } from './ids.ts'
import { isTooDeep, TOO_DEEP } from './json-body.ts'
import { formatInstant, parseInstant, readInstant } from './time.ts'

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
const RESOURCE_LABELS_MAX = 500
/** Related resources of one event. */
export const RELATED_RESOURCES_MAX = 100
/** Bytes of one event as JSON. */
export const EVENT_BYTES_MAX = 1_500_000

/** The id of what it happened to; every stored event has one. */
export const resourceId = (event: Event): string => event.resource['prefect.resource.id'] ?? ''

/** An event as its sender means it; `received` is ours to add. */
export type EventDraft = Omit<Event, 'received'>

/**
 * The events of POST /events: a list, checked by hand because thousands arrive per second and the ingest bundle carries no
 * schema library. Unknown fields are dropped, `received` among them; labels and payloads are kept as the objects they came
 * in, never copied key by key, so that a `__proto__` key stays plain data.
 *
 * `bodyBytes`, the length of the request, spares measuring events that cannot be too large.
 * @throws Refusal 422 with every fault found, as Prefect's server reports them
 */
export function parseEvents(body: unknown, bodyBytes = Number.POSITIVE_INFINITY): EventDraft[] {
  if (body === undefined || body === null) throw invalid([missing(['body'])])
  if (!Array.isArray(body)) throw invalid([wrong(['body'], 'list_type', 'a valid list')])
  const faults: Fault[] = []
  const drafts = body.map((item, i) => draftOf(item, ['body', i], bodyBytes, faults))
  if (faults.length > 0) throw invalid(faults)
  return drafts as EventDraft[]
}

/**
 * The one event of a frame of WS /events/in, or of any other place that has one.
 * @throws Refusal 422 with every fault found
 */
export function parseEvent(value: unknown, bytes = Number.POSITIVE_INFINITY): EventDraft {
  const faults: Fault[] = []
  const draft = draftOf(value, ['body'], bytes, faults)
  if (!draft) throw invalid(faults)
  return draft
}

type Loc = Fault['loc']

function draftOf(value: unknown, loc: Loc, bytes: number, faults: Fault[]): EventDraft | null {
  if (!isObject(value)) {
    const expected = 'a valid dictionary or object to extract fields from'
    faults.push(wrong(loc, 'model_attributes_type', expected))
    return null
  }
  const before = faults.length
  const draft = {
    occurred: occurredOf(value.occurred, loc, faults),
    event: nameOf(value.event, loc, faults),
    resource: value.resource as Resource,
    related: (value.related === undefined ? [] : value.related) as RelatedResource[],
    payload: (value.payload === undefined ? {} : value.payload) as Record<string, unknown>,
    id: idOf(value.id, [...loc, 'id'], faults),
    follows:
      value.follows === undefined || value.follows === null
        ? null
        : idOf(value.follows, [...loc, 'follows'], faults),
  }
  checkResource(draft.resource, [...loc, 'resource'], faults)
  checkRelated(draft.related, [...loc, 'related'], faults)
  checkPayload(draft.payload, [...loc, 'payload'], faults)
  if (faults.length === before && bytes > EVENT_BYTES_MAX) checkSize(draft, loc, faults)
  return faults.length === before ? draft : null
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function occurredOf(value: unknown, loc: Loc, faults: Fault[]): string {
  if (typeof value === 'string' && CANONICAL.test(value) && parseInstant(value) !== null) {
    return value
  }
  if (value === undefined) return refuse(faults, missing([...loc, 'occurred']))
  const at = readInstant(value)
  if (at !== null) return formatInstant(at)
  const shown = typeof value === 'string' ? `string [${value.slice(0, 50)}]` : 'it as a date-time'
  return refuse(faults, valueError([...loc, 'occurred'], `Unable to parse ${shown}`))
}

/** The form of `formatInstant`: such text need not be written anew. */
const CANONICAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/

function nameOf(value: unknown, loc: Loc, faults: Fault[]): string {
  if (value === undefined) return refuse(faults, missing([...loc, 'event']))
  if (typeof value !== 'string') {
    return refuse(faults, wrong([...loc, 'event'], 'string_type', 'a valid string'))
  }
  if (value.length <= EVENT_NAME_LENGTH_MAX || [...value].length <= EVENT_NAME_LENGTH_MAX) {
    return value
  }
  const message = `Event name must be at most ${EVENT_NAME_LENGTH_MAX} characters`
  return refuse(faults, valueError([...loc, 'event'], message))
}

function idOf(value: unknown, loc: Loc, faults: Fault[]): string {
  if (value === undefined) return refuse(faults, missing(loc))
  if (typeof value !== 'string') return refuse(faults, wrong(loc, 'uuid_type', 'a UUID in text'))
  const id = parseUuid(value)
  if (id !== null) return id
  const expected = `a valid UUID, got ${JSON.stringify(value.slice(0, 50))}`
  return refuse(faults, wrong(loc, 'uuid_parsing', expected))
}

/** Pushes what is wrong with a resource's labels; answers whether nothing is. */
function checkResource(value: unknown, loc: Loc, faults: Fault[]): value is Resource {
  const before = faults.length
  if (value === undefined) faults.push(missing(loc))
  else if (!isObject(value)) faults.push(wrong(loc, 'dict_type', 'a valid dictionary'))
  else {
    let labels = 0
    for (const label in value) {
      labels += 1
      if (typeof value[label] !== 'string') {
        faults.push(wrong([...loc, label], 'string_type', 'a valid string'))
      }
    }
    if (faults.length > before) return false
    if (labels > RESOURCE_LABELS_MAX) {
      const message = `The maximum number of labels per resource is ${RESOURCE_LABELS_MAX}`
      faults.push(valueError(loc, message))
    } else requireLabel(value, 'prefect.resource.id', 'Resources', loc, faults)
  }
  return faults.length === before
}

function checkRelated(value: unknown, loc: Loc, faults: Fault[]): void {
  if (!Array.isArray(value)) {
    faults.push(wrong(loc, 'list_type', 'a valid list'))
    return
  }
  const before = faults.length
  for (const [i, resource] of value.entries()) {
    const at = [...loc, i]
    if (checkResource(resource, at, faults)) {
      requireLabel(resource, 'prefect.resource.role', 'Related Resources', at, faults)
    }
  }
  if (faults.length === before && value.length > RELATED_RESOURCES_MAX) {
    const message = `The maximum number of related resources is ${RELATED_RESOURCES_MAX}`
    faults.push(valueError(loc, message))
  }
}

function requireLabel(
  resource: Record<string, unknown>,
  label: string,
  whose: string,
  loc: Loc,
  faults: Fault[],
) {
  if (!Object.hasOwn(resource, label)) {
    faults.push(valueError(loc, `${whose} must include the ${label} label`))
  } else if (resource[label] === '') {
    faults.push(valueError(loc, `The ${label} label must be non-empty`))
  }
}

function checkPayload(value: unknown, loc: Loc, faults: Fault[]): void {
  if (!isObject(value)) faults.push(wrong(loc, 'dict_type', 'a valid dictionary'))
  else if (isTooDeep(value)) faults.push({ loc, type: 'value_error', msg: TOO_DEEP })
}

function checkSize(draft: EventDraft, loc: Loc, faults: Fault[]): void {
  const bytes = Buffer.byteLength(JSON.stringify(draft))
  if (bytes <= EVENT_BYTES_MAX) return
  faults.push(valueError(loc, `The event has ${bytes} bytes as JSON, at most ${EVENT_BYTES_MAX}`))
}

function refuse(faults: Fault[], fault: Fault): string {
  faults.push(fault)
  return ''
}

const missing = (loc: Loc): Fault => ({ loc, type: 'missing', msg: 'Field required' })

const wrong = (loc: Loc, type: string, expected: string): Fault => ({
  loc,
  type,
  msg: `Input should be ${expected}`,
})

const valueError = (loc: Loc, message: string): Fault => ({
  loc,
  type: 'value_error',
  msg: `Value error, ${message}`,
})
