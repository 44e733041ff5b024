// A webhook call becomes events: its template is rendered over the request (webhook-context.ts), and the document's parts are event
// drafts. What a request sends lands as data (template/document.ts); which of it may name events is decided here.
import { deliveryNames } from './delivery-name.ts'
import { Refusal } from './errors.ts'
import { type EventDraft, parseEvent } from './event.ts'
import { matchesPattern, parsePattern } from './glob.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import { type Document, renderDocument } from './template/document.ts'
import { TemplateError } from './template/errors.ts'
import { parseTemplate, type RenderOptions } from './template/template.ts'
import { type HookCall, requestPayload, webhookContext } from './webhook-context.ts'
import type { Webhook } from './webhook-definition.ts'
import { CallRefusal } from './webhook-failure.ts'

/** A document's event before the server adds `id`, `occurred`, the webhook itself, and a payload where there is none. */
export type DocumentEvent = {
  event: string
  resource: Record<string, unknown>
  id?: unknown
  related?: unknown
  payload?: unknown
} & Record<string, unknown>

/** How a template is rendered, and who wrote what it may name. */
export interface HookOptions extends RenderOptions {
  /** Let requests name events and resources `prefect.*` and `prefect-cloud.*`. @default false */
  allowReserved?: boolean
}

/** Events of one call: they are stored in one transaction, and DynamoDB takes so many. */
const EVENTS_PER_CALL_MAX = 100

/** Labels that say how an event came to be. No call and no template may write them: triggers rely on them. */
const OUR_LABELS = 'tripline.'

/** Labels of the related webhook. */
export const PROVENANCE = {
  /** The scheme by which the call was verified. */
  verified: 'tripline.webhook.verified',
  /** The kept delivery that the event was released from. */
  delivery: 'tripline.webhook.delivery',
  /** The event that was sent again. */
  replayOf: 'tripline.webhook.replay-of',
} as const

/** What a call's events get that neither template nor request says. */
export interface CallOptions extends RenderOptions {
  occurred: string
  newId: () => string
  /** More labels of the related webhook. */
  provenance?: Record<string, string>
}

/**
 * The events of one call. Ids derive from the delivery where the sender, the template or the owner names it, so that a redelivery
 * is the same event; otherwise each is new. An event of a list that has no payload has an empty one: the request in each of them
 * would be a hundred copies.
 * @throws CallRefusal when the body is not what its type says, the template makes no valid event of it, or the webhook does not
 * allow what it says
 */
export function eventsOfCall(
  webhook: Webhook,
  call: HookCall,
  { occurred, newId, provenance = {}, ...options }: CallOptions,
): EventDraft[] {
  const context = webhookContext(webhook, call, occurred)
  const { allow_reserved: allowReserved } = webhook
  const { events, isBatch, rendered } = eventsOf(webhook.template, context, {
    ...options,
    allowReserved,
  })
  const names = rendering(() => deliveryNames(webhook, context, events, options))
  const self = {
    'prefect.resource.id': `prefect-cloud.webhook.${webhook.id}`,
    'prefect.resource.name': webhook.name,
    'prefect.resource.role': 'webhook',
    ...(call.verified?.ok ? { [PROVENANCE.verified]: call.verified.scheme } : {}),
    ...provenance,
  }
  const drafted = (event: DocumentEvent, index: number): EventDraft => {
    refuseDisallowed(event, webhook)
    const name = names[index] ?? null
    const related = Array.isArray(event.related) ? event.related : []
    return checked({
      occurred,
      follows: null,
      ...event,
      id: name === null ? newId() : uuidv5(`${webhook.id}/${name}`, NAMESPACE.delivery),
      related: [...related, self],
      payload: event.payload ?? (isBatch ? {} : requestPayload(call)),
    })
  }
  return judging(rendered, () => events.map(drafted))
}

/** What a template's error means to the call it happened in. */
function rendering<T>(renderIt: () => T): T {
  try {
    return renderIt()
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const refusal = new CallRefusal('TEMPLATE_FAILED', error.message, { cause: error })
    throw error.rendered === null ? refusal : refusal.with(error.rendered)
  }
}

/** Whatever is wrong with what a template made is kept together with it. */
function judging<T>(rendered: string, judge: () => T): T {
  try {
    return judge()
  } catch (error) {
    throw error instanceof CallRefusal ? error.with(rendered) : error
  }
}

function checked(draft: unknown): EventDraft {
  try {
    return parseEvent(draft)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new CallRefusal('INVALID_EVENT', error.message, { cause: error })
  }
}

/** Names and ids of Prefect's own events; who sends one could start any automation that trusts them. */
const RESERVED = /^prefect(?:-cloud)?\./

/**
 * The events of a template's document: one object, or a list of them. Each has a non-empty string `event` and a `resource` with
 * a non-empty `prefect.resource.id`; reserved ones only where the template's author wrote them. `eventsOfCall` goes on from here; apart from
 * it, a template can be judged without a webhook.
 * @throws CallRefusal
 */
export const documentEvents = (
  template: string,
  context: object,
  options: HookOptions = {},
): DocumentEvent[] => eventsOf(template, context, options).events

function eventsOf(
  template: string,
  context: object,
  { allowReserved = false, ...options }: HookOptions,
): { events: DocumentEvent[]; isBatch: boolean; rendered: string } {
  const document = rendering(() => renderDocument(parseTemplate(template), context, options))
  const { text: rendered } = document
  const isBatch = Array.isArray(document.value)
  const items: unknown[] = isBatch ? (document.value as unknown[]) : [document.value]
  const events = judging(rendered, () => {
    if (items.length > EVENTS_PER_CALL_MAX) {
      const message = `one call makes at most ${EVENTS_PER_CALL_MAX} events, not ${items.length}`
      throw new CallRefusal('INVALID_EVENT', message)
    }
    return items.map((item, index) => {
      const event = shaped(item)
      if (!allowReserved) refuseReserved(event, document, isBatch ? [index] : [])
      return event
    })
  })
  return { events, isBatch, rendered }
}

const shapeless = (message: string) => new CallRefusal('INVALID_EVENT', message)

function shaped(item: unknown): DocumentEvent {
  if (!isObject(item)) throw shapeless('the template must make a JSON object')
  const { event, resource } = item
  if (typeof event !== 'string' || event === '') {
    throw shapeless('event: must be a non-empty string')
  }
  if (!isObject(resource)) throw shapeless('resource: must be an object')
  const id = resource['prefect.resource.id']
  if (typeof id !== 'string' || id === '') {
    throw shapeless('resource: prefect.resource.id must be a non-empty string')
  }
  return item as DocumentEvent
}

const isOurs = (label: string): boolean => label.startsWith(OUR_LABELS)

/** Labels of ours, and names and resources that the webhook's owner did not list, whoever wrote them. */
function refuseDisallowed(
  event: DocumentEvent,
  { allowed_events: names, allowed_resource_prefixes: prefixes }: Webhook,
): void {
  const resources = [event.resource, ...(Array.isArray(event.related) ? event.related : [])]
  const ours = resources.filter(isObject).flatMap(Object.keys).find(isOurs)
  if (ours !== undefined) throw new CallRefusal('RESERVED_NAME', `the label "${ours}" is reserved`)
  const isAllowed = (pattern: string) => matchesPattern(parsePattern(pattern), event.event)
  if (names.length > 0 && !names.some(isAllowed)) {
    throw new CallRefusal('NAME_NOT_ALLOWED', `event: "${event.event}" is not in allowed_events`)
  }
  if (prefixes.length === 0) return
  for (const resource of resources) {
    const id = isObject(resource) ? resource['prefect.resource.id'] : undefined
    if (typeof id !== 'string' || prefixes.some((prefix) => id.startsWith(prefix))) continue
    const message = `prefect.resource.id: "${id}" begins with none of allowed_resource_prefixes`
    throw new CallRefusal('NAME_NOT_ALLOWED', message)
  }
}

function refuseReserved(event: DocumentEvent, document: Document, at: (string | number)[]): void {
  const named: [unknown, (string | number)[]][] = [
    [event.event, [...at, 'event']],
    [event.resource['prefect.resource.id'], [...at, 'resource', 'prefect.resource.id']],
  ]
  if (Array.isArray(event.related)) {
    event.related.forEach((one, index) => {
      const id = isObject(one) ? one['prefect.resource.id'] : undefined
      named.push([id, [...at, 'related', index, 'prefect.resource.id']])
    })
  }
  for (const [name, path] of named) {
    const reserved = typeof name === 'string' ? RESERVED.exec(name)?.[0] : undefined
    const sentFrom = document.sentFrom.get(path.join('\0'))
    if (reserved !== undefined && sentFrom !== undefined && sentFrom < reserved.length) {
      throw new CallRefusal('RESERVED_NAME', `${path.join('.')}: "${name}" is reserved`)
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
