// A webhook as its owner defines it: Prefect Cloud's Webhook, and what ours has beyond it: who may call, what calls may say, how
// often and how much. What a call of it becomes is webhook.ts.
import type { HandshakeName } from './handshake.ts'
import type { SignatureScheme } from './signature.ts'
import type { PresetName } from './signature-presets.ts'
import { TemplateError } from './template/errors.ts'
import { parseTemplate } from './template/template.ts'
import type { RateLimit } from './token-bucket.ts'

/** What a webhook does that was given no template: it tells that it was called, and with what (its payload is the request). */
export const DEFAULT_TEMPLATE = `{
  "event": "webhook.called",
  "resource": {
    "prefect.resource.id": "prefect-cloud.webhook.{{ webhook.id }}",
    "prefect.resource.name": "{{ webhook.name }}"
  }
}`

/** What is wrong with a text as a webhook's template, or null. Whether it makes events of requests, only requests can tell. */
export function checkWebhookTemplate(text: string): string | null {
  try {
    parseTemplate(text)
    return null
  } catch (error) {
    if (error instanceof TemplateError) return `Invalid template: ${error.message}`
    throw error
  }
}

/** A secret that signatures are checked with. Its text is sealed in the context of the webhook's id, and never shown again. */
export interface KeptSecret {
  id: string
  created: string
  /** When it stops being good; null: never. */
  expires: string | null
  sealed: string
}

/** How calls prove who sent them: as a sender known by name does, or by a scheme that is spelt out. */
export type Signature = SignatureSettings & { secrets: KeptSecret[] }

/** How calls prove who makes them: as a known sender does, or as spelt out. */
export type SignatureSettings = { scheme: 'preset'; preset: PresetName } | SignatureScheme

/** What ours has beyond Prefect's. Every key may be left out, and then stays as it was. */
export interface WebhookExtras {
  /** Requests may name events and resources `prefect.*` and `prefect-cloud.*`. */
  allow_reserved: boolean
  /** Patterns, as in a trigger's `expect`: an event's name must match one of them. None: any name. */
  allowed_events: string[]
  /** Each resource of an event must begin with one of them. None: any resource. */
  allowed_resource_prefixes: string[]
  /** Null: whoever knows the URL may call. */
  signature: Signature | null
  /** The sender whose handshake is answered. The signature's preset may bring one along. */
  handshake: HandshakeName | null
  /** Calls whose signature is wrong are kept too, to be released when it was our secret that was. */
  keep_failed: boolean
  /** Until when good calls are kept too, as fixtures for templates; null: only those that make no event. */
  capture_until: string | null
  /** Tell of good calls by `prefect-cloud.webhook.received`, which doubles what a call writes. */
  tell_received: boolean
  rate_limit: RateLimit | null
  /** Null: as many as the door takes. */
  body_bytes_max: number | null
  dedup: Dedup | null
}

/** How a delivery's second arrival is known, where its sender's way is not enough. */
export interface Dedup {
  /** A template for what names a delivery; null: as its sender does. */
  key: string | null
  /** Days for which a delivery's second arrival is the first one; null: as long as its events are kept. */
  window_days: number | null
}

/** A webhook as Prefect Cloud's is: whoever knows the URL may call, and may say what the template lets through. */
export const EXTRAS_BY_DEFAULT: Readonly<WebhookExtras> = {
  allow_reserved: false,
  allowed_events: [],
  allowed_resource_prefixes: [],
  signature: null,
  handshake: null,
  keep_failed: false,
  capture_until: null,
  tell_received: false,
  rate_limit: null,
  body_bytes_max: null,
  dedup: null,
}

export interface Webhook extends WebhookExtras {
  id: string
  created: string
  updated: string
  account: string
  workspace: string
  name: string
  description: string
  enabled: boolean
  /** A Jinja template whose output is a JSON object with at least `event` and `resource["prefect.resource.id"]`. */
  template: string
  service_account_id: string | null
  /** 22 base64url characters, 128 random bits: who knows it may call. Renewed by rotate. */
  slug: string
}

/** Secrets of one webhook, those that run out included. */
const SECRETS_MAX = 5
/** Characters of a secret. Standard Webhooks asks for 24 to 64 bytes, others have shorter ones. */
export const SECRET_LENGTH_MAX = 512
/** Days that a delivery can be remembered, as an event that is kept so long. */
export const WINDOW_DAYS_MAX = 30

/** Secrets that are good at a moment (an instant's text). */
export const liveSecrets = ({ secrets }: Signature, now: string): KeptSecret[] =>
  secrets.filter(({ expires }) => expires === null || expires > now)

/**
 * A webhook's secrets with one more. Those that were there stay good until `othersExpire`, if they were to last longer. What has
 * run out is dropped, and the oldest beyond SECRETS_MAX.
 */
export function withSecret(
  signature: Signature,
  secret: KeptSecret,
  othersExpire: string | null,
): Signature {
  const others = liveSecrets(signature, secret.created).map((one) => ({
    ...one,
    expires: earlier(one.expires, othersExpire),
  }))
  const kept = others.filter(({ expires }) => expires === null || expires > secret.created)
  return { ...signature, secrets: [...kept.slice(1 - SECRETS_MAX), secret] }
}

const earlier = (a: string | null, b: string | null): string | null =>
  a === null || b === null ? (a ?? b) : a < b ? a : b

/** A webhook as it is shown: everything but its secrets. */
export function shownWebhook(webhook: Webhook) {
  const { signature, ...rest } = webhook
  if (!signature) return { ...rest, signature: null }
  const secrets = signature.secrets.map(({ sealed, ...shown }) => shown)
  return { ...rest, signature: { ...signature, secrets } }
}
