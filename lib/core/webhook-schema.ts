// Requests about webhooks: what REST takes. Not for the ingest bundle, which trusts what is stored.
import { z } from 'zod'
import { HANDSHAKE_NAMES } from './handshake.ts'
import { boolean, durationWithin, float, instant, integer, lax, uuid } from './schema.ts'
import { PLAIN_HMAC, PRESET_NAMES, TOLERANCE_SECONDS } from './signature-presets.ts'
import {
  checkWebhookTemplate,
  DEFAULT_TEMPLATE,
  SECRET_LENGTH_MAX,
  WINDOW_DAYS_MAX,
} from './webhook-definition.ts'
import { DELIVERY_CAUSES } from './webhook-failure.ts'

/** Characters of a webhook's name, and of a pattern, a prefix or a header's name. */
const NAME_LENGTH_MAX = 255
/** Entries of an allow-list. */
const ALLOWED_MAX = 100
/** The longest a timestamp may be off: beyond a day it protects from nothing. */
const TOLERANCE_SECONDS_MAX = 86_400
const RATE_MAX = 10_000

/** Bytes that a webhook's own limit can be set to: what the door takes at most (http/body.ts). */
const WEBHOOK_BODY_BYTES_MAX = 5 * 1024 * 1024

const name = z.string().min(1).max(NAME_LENGTH_MAX)
const template = z.string().superRefine((text, context) => {
  const fault = checkWebhookTemplate(text)
  if (fault) context.addIssue({ code: 'custom', message: fault, params: { type: 'value_error' } })
})

/** Prefect's own fields. */
const prefectFields = {
  name,
  description: z.string().nullish(),
  enabled: boolean.optional().default(true),
  template: template.optional().default(DEFAULT_TEMPLATE),
  service_account_id: uuid.nullish(),
}

const secretText = z.string().min(1).max(SECRET_LENGTH_MAX)
const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,255}$/, 'Value error, not a header name')
const headerNames = z.union([headerName, z.array(headerName).min(1).max(4)])
const shortText = z.string().max(NAME_LENGTH_MAX)

const signs = z
  .string()
  .max(NAME_LENGTH_MAX)
  .refine((text) => text.includes('{body}'), {
    message: 'Value error, the body must be signed: "{body}" is missing',
  })

const encoding = z.enum(['hex', 'base64'])

/** What every signature over a call's parts says of itself. */
const signed = {
  header: headerNames,
  encoding: encoding.default(PLAIN_HMAC.encoding),
  prefix: shortText.default(''),
  separator: z.string().max(1).default(''),
  signs: signs.default(PLAIN_HMAC.signs),
  timestamp_header: headerNames.exactOptional(),
  timestamp_prefix: shortText.exactOptional(),
  id_header: headerNames.exactOptional(),
  tolerance_seconds: durationWithin(z.number().min(1).max(TOLERANCE_SECONDS_MAX))
    .optional()
    .default(TOLERANCE_SECONDS),
  secret: secretText.nullish(),
}

function checkPlaces(
  given: {
    signs: string
    timestamp_header?: unknown
    timestamp_prefix?: unknown
    id_header?: unknown
  },
  context: z.RefinementCtx,
): void {
  const refuse = (message: string) =>
    context.addIssue({ code: 'custom', message: `Value error, ${message}`, path: ['signs'] })
  const hasTimestamp = (given.timestamp_header ?? given.timestamp_prefix) !== undefined
  if (given.signs.includes('{timestamp}') !== hasTimestamp) {
    refuse('a timestamp needs both a place, timestamp_header or timestamp_prefix, and {timestamp}')
  }
  if (given.signs.includes('{id}') && given.id_header === undefined) {
    refuse('{id} needs id_header')
  }
}

const hmac = z
  .object({
    scheme: z.literal('hmac'),
    algorithm: z.enum(['sha1', 'sha256', 'sha384', 'sha512']).default(PLAIN_HMAC.algorithm),
    ...signed,
    secret_encoding: z.enum(['utf8', 'base64']).default(PLAIN_HMAC.secret_encoding),
  })
  .superRefine(checkPlaces)

/** The same with a key pair; the secret is the sender's public key. */
const ed25519 = z
  .object({
    scheme: z.literal('ed25519'),
    ...signed,
    secret_encoding: encoding.default('base64'),
  })
  .superRefine(checkPlaces)

const tokenFields = {
  header: headerName.exactOptional(),
  query: shortText.min(1).exactOptional(),
  prefix: shortText.default(''),
}

/** A signature's settings, with a secret that replaces all others at once. A preset's name alone will do. */
const signature = lax(
  z.discriminatedUnion('scheme', [
    z.object({
      scheme: z.literal('preset'),
      preset: z.enum(PRESET_NAMES),
      secret: secretText.nullish(),
    }),
    hmac,
    ed25519,
    z
      .object({ scheme: z.literal('token'), ...tokenFields, secret: secretText.nullish() })
      .refine(({ header, query }) => header !== undefined || query !== undefined, {
        message: 'Value error, a token needs its place: header or query',
      }),
    z.object({ scheme: z.literal('basic'), secret: secretText.nullish() }),
  ]),
  (value) => {
    if (typeof value === 'string') return { scheme: 'preset', preset: value }
    const isNamed = typeof value === 'object' && value !== null && 'preset' in value
    return isNamed ? { ...value, scheme: 'preset' } : value
  },
)

/** Fields of ours. None has a default: a client that does not know them must not reset them. */
const extraFields = {
  allow_reserved: boolean.exactOptional(),
  allowed_events: z.array(shortText.min(1)).max(ALLOWED_MAX).exactOptional(),
  allowed_resource_prefixes: z.array(shortText.min(1)).max(ALLOWED_MAX).exactOptional(),
  signature: signature.nullable().exactOptional(),
  handshake: z.enum(HANDSHAKE_NAMES).nullable().exactOptional(),
  keep_failed: boolean.exactOptional(),
  capture_until: instant.nullable().exactOptional(),
  tell_received: boolean.exactOptional(),
  rate_limit: z
    .object({
      per_second: float.pipe(z.number().min(0.001).max(RATE_MAX)),
      burst: integer.pipe(z.int().min(1).max(RATE_MAX)),
    })
    .nullable()
    .exactOptional(),
  body_bytes_max: integer
    .pipe(z.int().min(0).max(WEBHOOK_BODY_BYTES_MAX))
    .nullable()
    .exactOptional(),
  dedup: z
    .object({
      key: template.nullish().transform((text) => text ?? null),
      window_days: integer
        .pipe(z.int().min(1).max(WINDOW_DAYS_MAX))
        .nullish()
        .transform((days) => days ?? null),
    })
    .nullable()
    .exactOptional(),
}

/** POST /webhooks and PUT /webhooks/{id}. */
export const webhookSchema = z.object({ ...prefectFields, ...extraFields })

/** PATCH /webhooks/{id}. */
export const webhookChangeSchema = webhookSchema.partial()

export type SentSignature = NonNullable<z.infer<typeof webhookSchema>['signature']>

/** The most that an old secret may outlive its successor. */
const OVERLAP_SECONDS_MAX = 30 * 86_400
/** As Standard Webhooks' other senders have it: a day to bring the new secret to the other side. */
const OVERLAP_SECONDS = 86_400

/** POST /webhooks/{id}/secrets. */
export const newSecretSchema = z.object({
  /** Theirs; when it is left out we make one. */
  secret: secretText.nullish(),
  expire_others_after: durationWithin(z.number().min(0).max(OVERLAP_SECONDS_MAX))
    .optional()
    .default(OVERLAP_SECONDS),
})

/** Deliveries in Prefect's manner of filters: what is left out, or null, asks for nothing. */
const deliveryFilter = z.object({
  id: z.object({ any_: z.array(uuid).nullish() }).nullish(),
  cause: z.object({ any_: z.array(z.enum(DELIVERY_CAUSES)).nullish() }).nullish(),
  released: boolean.nullish(),
  received: z.object({ after_: instant.nullish(), before_: instant.nullish() }).nullish(),
})

/** Deliveries of one answer. */
const DELIVERIES_PAGE_MAX = 200

/** POST /webhooks/{id}/deliveries/filter, and …/release: newest first, those that came before the delivery `before`. */
export const deliveryListSchema = z.object({
  deliveries: deliveryFilter.nullish(),
  before: uuid.nullish(),
  limit: integer
    .pipe(z.int().min(0).max(DELIVERIES_PAGE_MAX))
    .optional()
    .default(DELIVERIES_PAGE_MAX),
})

/** POST /webhooks/{id}/deliveries/{delivery_id}/render. */
export const deliveryRenderSchema = z.object({ template: z.string().nullish() })

const texts = z.record(z.string(), z.string())

/** POST /webhooks/render: a template, and a request as it would come. A body that is no text is sent as JSON. */
export const renderSchema = z.object({
  template: z.string(),
  request: z
    .object({
      method: z.string().min(1).max(16).optional().default('POST'),
      headers: texts.optional().default({}),
      query: texts.optional().default({}),
      body: z.unknown().optional(),
    })
    .optional()
    .default({ method: 'POST', headers: {}, query: {}, body: '' }),
  /** The webhook whose settings hold; without it the defaults do. */
  webhook_id: uuid.nullish(),
})

/** POST /webhooks/{id}/replay. */
export const replaySchema = z.object({
  event_id: uuid,
  actions: boolean.optional().default(false),
})
