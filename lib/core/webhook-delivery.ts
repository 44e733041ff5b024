// A call that is kept: it made no event, with what was wrong with it, to be looked at, tried with another template, and released;
// or it did, while its webhook captured. What the caller proved itself by is not kept, so its verdict is.
import type { EventDraft } from './event.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import { TemplateError } from './template/errors.ts'
import type { HookCall } from './webhook-context.ts'
import type { Webhook } from './webhook-definition.ts'
import type { CallRefusal, DeliveryCause } from './webhook-failure.ts'

/** A kept call, and what became of it. */
export interface WebhookDelivery {
  /** In order of arrival. */
  id: string
  webhook_id: string
  /** When it came in: what `now` is to templates, and when its events occurred. */
  received: string
  cause: DeliveryCause
  message: string
  /** Where in the template, when it was the template. */
  line: number | null
  column: number | null
  verified: { scheme: string; ok: boolean } | null
  /** What the template made, where it made something. Left out by deliveries that are older than this field. */
  rendered?: string | null
  request: KeptRequest
  /** Null until it has become events. */
  released: { at: string; events: string[] } | null
}

/** A request without secrets. Its path is left out too: it holds the webhook's slug. */
export interface KeptRequest {
  method: string
  query: [string, string][]
  headers: [string, string][]
  /** UTF-8 as text, anything else as base64; null when it was longer than KEPT_BODY_BYTES_MAX. */
  body: string | null
  body_encoding: 'utf-8' | 'base64'
  body_bytes: number
}

/** Bytes of a body that is kept. Of a longer one, only that it came is known. */
const KEPT_BODY_BYTES_MAX = 1024 * 1024
/** Characters of a body in the event that tells of a failure. */
const TOLD_BODY_LENGTH_MAX = 16_384

/** The delivery of a call that was refused; `call` without its secrets. */
export function failedDelivery(
  id: string,
  webhook: Webhook,
  { call, refusal, received }: { call: HookCall; refusal: CallRefusal; received: string },
): WebhookDelivery {
  const fault = refusal.cause instanceof TemplateError ? refusal.cause : null
  return {
    id,
    webhook_id: webhook.id,
    received,
    cause: refusal.failure,
    message: refusal.message,
    line: fault?.line || null,
    column: fault?.column || null,
    verified: call.verified ?? null,
    rendered: refusal.rendered,
    request: keptRequest(call),
    released: null,
  }
}

/** Whether good calls of a webhook are kept at a moment (an instant's text). */
export const isCapturing = ({ capture_until: until }: Webhook, now: string): boolean =>
  typeof until === 'string' && now < until

/** A good call, kept: its events are there already, so releasing it changes nothing. */
export function capturedDelivery(
  id: string,
  webhook: Webhook,
  { call, events, received }: { call: HookCall; events: string[]; received: string },
): WebhookDelivery {
  return {
    id,
    webhook_id: webhook.id,
    received,
    cause: 'CAPTURED',
    message: '',
    line: null,
    column: null,
    verified: call.verified ?? null,
    rendered: null,
    request: keptRequest(call),
    released: { at: received, events },
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function keptRequest(call: HookCall): KeptRequest {
  const { byteLength } = call.body
  return {
    method: call.method,
    query: [...call.query],
    headers: [...call.headers],
    ...(byteLength > KEPT_BODY_BYTES_MAX
      ? { body: null, body_encoding: 'utf-8' as const }
      : bodyText(call.body)),
    body_bytes: byteLength,
  }
}

function bodyText(bytes: Uint8Array): Pick<KeptRequest, 'body' | 'body_encoding'> {
  try {
    return { body: utf8.decode(bytes), body_encoding: 'utf-8' }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error // what a fatal TextDecoder throws
    return { body: Buffer.from(bytes).toString('base64'), body_encoding: 'base64' }
  }
}

/** The call once more, as it came to the webhook's present URL. Null when its body was not kept. */
export function callOf({ request, verified }: WebhookDelivery, webhook: Webhook): HookCall | null {
  if (request.body === null) return null
  return {
    method: request.method,
    path: `/hooks/${webhook.slug}`,
    query: request.query,
    headers: request.headers,
    body: Buffer.from(request.body, request.body_encoding === 'base64' ? 'base64' : 'utf8'),
    ...(verified ? { verified } : {}),
  }
}

/** `prefect-cloud.webhook.failed`, as Prefect Cloud tells of it; its payload names the delivery. */
export function failedEvent(webhook: Webhook, delivery: WebhookDelivery): EventDraft {
  const { id, request, cause, message, received, rendered = null } = delivery
  return {
    id: uuidv5(`${id}/prefect-cloud.webhook.failed`, NAMESPACE.announcement),
    occurred: received,
    event: 'prefect-cloud.webhook.failed',
    resource: resourceOf(webhook),
    related: [],
    payload: { cause, message, delivery_id: id, ...told(request), ...(rendered && { rendered }) },
    follows: null,
  }
}

/** `prefect-cloud.webhook.received`: a good call and the ids of its events, for webhooks that ask for it. */
export function receivedEvent(
  id: string,
  webhook: Webhook,
  { call, events, received }: { call: HookCall; events: string[]; received: string },
): EventDraft {
  return {
    id,
    occurred: received,
    event: 'prefect-cloud.webhook.received',
    resource: resourceOf(webhook),
    related: [],
    payload: { events, ...told(keptRequest(call)) },
    follows: null,
  }
}

const resourceOf = ({ id, name }: Webhook) => ({
  'prefect.resource.id': `prefect-cloud.webhook.${id}`,
  'prefect.resource.name': name,
})

/** As much of a request as an event tells. */
function told(request: KeptRequest) {
  const body = request.body_encoding === 'utf-8' ? (request.body ?? '') : ''
  return {
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body: body.slice(0, TOLD_BODY_LENGTH_MAX),
    body_bytes: request.body_bytes,
  }
}

/** Which deliveries are meant; what is left out, or null, asks for nothing. */
export interface DeliveryFilter {
  id?: { any_?: string[] | null | undefined } | null | undefined
  cause?: { any_?: DeliveryCause[] | null | undefined } | null | undefined
  released?: boolean | null | undefined
  received?:
    | { after_?: string | null | undefined; before_?: string | null | undefined }
    | null
    | undefined
}

export function isMeant(
  delivery: WebhookDelivery,
  { id, cause, released, received }: DeliveryFilter,
): boolean {
  const { received: at } = delivery
  return (
    (!id?.any_ || id.any_.includes(delivery.id)) &&
    (!cause?.any_ || cause.any_.includes(delivery.cause)) &&
    (released === undefined || released === null || released === (delivery.released !== null)) &&
    (!received?.after_ || at >= received.after_) &&
    (!received?.before_ || at <= received.before_)
  )
}
