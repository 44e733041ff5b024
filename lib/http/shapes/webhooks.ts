// Shapes of webhooks, of the calls of them that are kept, and of templates that are tried.
import { z } from 'zod'
import { HANDSHAKE_NAMES } from '../../core/handshake.ts'
import { PRESET_NAMES } from '../../core/signature-presets.ts'
import { DELIVERY_CAUSES, FAILURE_CAUSES } from '../../core/webhook-failure.ts'
import { eventDraft } from './events.ts'
import { count, id, instant, named, seconds, stored, text, words } from './fields.ts'

const shownSecret = { id, created: instant, expires: instant.nullable() }

/** A secret of our making, or theirs, as it is shown once. */
export const newSecret = named('NewWebhookSecret', { ...shownSecret, secret: text })

const secrets = z.array(named('WebhookSecret', shownSecret))
const headers = z.union([text, z.array(text)])

/** What every signature over a call's parts says of itself. */
const signed = {
  header: headers,
  encoding: z.enum(['hex', 'base64']),
  prefix: text,
  separator: text,
  signs: text,
  timestamp_header: headers.exactOptional(),
  timestamp_prefix: text.exactOptional(),
  id_header: headers.exactOptional(),
  tolerance_seconds: seconds,
}

const signature = z
  .discriminatedUnion('scheme', [
    z.strictObject({ scheme: z.literal('preset'), preset: z.enum(PRESET_NAMES), secrets }),
    z.strictObject({
      scheme: z.literal('hmac'),
      algorithm: z.enum(['sha1', 'sha256', 'sha384', 'sha512']),
      ...signed,
      secret_encoding: z.enum(['utf8', 'base64']),
      secrets,
    }),
    z.strictObject({
      scheme: z.literal('ed25519'),
      ...signed,
      secret_encoding: z.enum(['hex', 'base64']),
      secrets,
    }),
    z.strictObject({
      scheme: z.literal('token'),
      header: text.exactOptional(),
      query: text.exactOptional(),
      prefix: text,
      secrets,
    }),
    z.strictObject({ scheme: z.literal('basic'), secrets }),
    z.strictObject({ scheme: z.literal('sns'), tolerance_seconds: seconds, secrets }),
  ])
  .meta({ id: 'WebhookSignature' })

export const webhook = named('Webhook', {
  ...stored,
  account: id,
  workspace: id,
  name: text,
  description: text,
  enabled: z.boolean(),
  template: text,
  slug: text,
  service_account_id: id.nullable(),
  allow_reserved: z.boolean(),
  allowed_events: z.array(text),
  allowed_resource_prefixes: z.array(text),
  signature: signature.nullable(),
  handshake: z.enum(HANDSHAKE_NAMES).nullable(),
  keep_failed: z.boolean(),
  capture_until: instant.nullable(),
  tell_received: z.boolean(),
  rate_limit: z.strictObject({ per_second: z.number(), burst: count }).nullable(),
  body_bytes_max: count.nullable(),
  dedup: z.strictObject({ key: words, window_days: count.nullable() }).nullable(),
})

/** Described as lists of two texts: not every reader of OpenAPI knows `prefixItems`. */
const pair = z.tuple([text, text]).meta({ prefixItems: undefined, items: { type: 'string' } })
const pairs = z.array(pair)

const keptRequest = {
  method: text,
  query: pairs,
  headers: pairs,
  body_encoding: z.enum(['utf-8', 'base64']),
  body_bytes: count,
}

const deliveryFields = {
  id,
  webhook_id: id,
  received: instant,
  cause: z.enum(DELIVERY_CAUSES),
  message: text,
  line: count.nullable(),
  column: count.nullable(),
  verified: z.strictObject({ scheme: text, ok: z.boolean() }).nullable(),
  rendered: words.exactOptional(),
  released: z.strictObject({ at: instant, events: z.array(id) }).nullable(),
}

export const delivery = named('WebhookDelivery', {
  ...deliveryFields,
  request: z.strictObject({ ...keptRequest, body: words }),
})

/** As lists have it: without its body. */
export const listedDelivery = named('ListedWebhookDelivery', {
  ...deliveryFields,
  request: z.strictObject(keptRequest),
})

const errors = z.array(
  named('TrialError', {
    cause: z.enum(FAILURE_CAUSES),
    message: text,
    line: count.nullable(),
    column: count.nullable(),
    construct: words,
  }),
)
const tried = { events: z.array(eventDraft), errors }

export const trial = named('WebhookTrial', {
  ...tried,
  automations: z.array(
    named('Concerned', {
      id,
      name: text,
      event: count,
      trigger: text,
      effect: z.enum(['fires', 'counts', 'begins']),
    }),
  ),
})

export const rendered = named('RenderedDelivery', {
  ...tried,
  diff: z.array(
    named('Change', {
      path: text,
      before: z.unknown().exactOptional(),
      after: z.unknown().exactOptional(),
    }),
  ),
})

export const released = named('ReleasedDelivery', { delivery_id: id, events: z.array(id) })
const unreleased = named('UnreleasedDelivery', { delivery_id: id, errors })

export const releases = named('Releases', {
  released: z.array(released),
  failed: z.array(unreleased),
})

export const replayed = named('ReplayedEvent', { id, actions: z.boolean() })

/** What a caller is answered who asks what became of the call, and the senders whose handshake is JSON: Discord, Azure Event Grid. */
export const called = z
  .union([
    z.strictObject({ id }),
    z.strictObject({ ids: z.array(id) }),
    z.strictObject({ type: z.literal(1) }),
    z.strictObject({ validationResponse: text }),
  ])
  .meta({ id: 'CalledWebhook' })
