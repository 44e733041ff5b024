// Senders by name: how each signs, how it names a delivery, and what it asks of a new address. Data only; signature.ts reads the
// schemes, delivery-name.ts the names of deliveries, handshake.ts the handshakes. Each cites the sender's own documentation.
import type { HandshakeName } from './handshake.ts'
import {
  type Ed25519Scheme,
  type HmacScheme,
  type ProofPlaces,
  proofPlaces,
  type SignatureScheme,
} from './signature.ts'

/** What is known of a sender. */
export interface SignaturePreset {
  scheme: SignatureScheme
  /** A template for what names a delivery, where the usual headers do not, or are not to be trusted because they are not signed. */
  delivery?: string
  handshake?: HandshakeName
}

/** Seconds a timestamp may be off (Standard Webhooks, Stripe and Slack: five minutes). */
export const TOLERANCE_SECONDS = 300

/** A keyed hash of the body alone, in hexadecimal, one to a header. */
export const PLAIN_HMAC: HmacScheme = {
  scheme: 'hmac',
  algorithm: 'sha256',
  header: 'x-signature',
  encoding: 'hex',
  prefix: '',
  separator: '',
  signs: '{body}',
  tolerance_seconds: TOLERANCE_SECONDS,
  secret_encoding: 'utf8',
}

/** What Standard Webhooks signs, and where it stands; the prefix of a signature says by which kind of key. */
const STANDARD_WEBHOOKS: Omit<Ed25519Scheme, 'scheme' | 'prefix'> = {
  header: ['webhook-signature', 'svix-signature'],
  encoding: 'base64',
  separator: ' ',
  signs: '{id}.{timestamp}.{body}',
  timestamp_header: ['webhook-timestamp', 'svix-timestamp'],
  id_header: ['webhook-id', 'svix-id'],
  tolerance_seconds: TOLERANCE_SECONDS,
  secret_encoding: 'base64',
}

/** The senders known; a webhook names one of them, or spells its scheme out. */
export const PRESETS = {
  /** standardwebhooks.com, spec 1.0; Svix is the same under its older header names. */
  'standard-webhooks': {
    scheme: { ...PLAIN_HMAC, ...STANDARD_WEBHOOKS, secret_encoding: 'base64', prefix: 'v1,' },
    delivery: "{{ headers['webhook-id'] or headers['svix-id'] }}",
  },
  /** The same with a key pair: the secret is the sender's public key, `whpk_…`. */
  'standard-webhooks-ed25519': {
    scheme: {
      ...STANDARD_WEBHOOKS,
      scheme: 'ed25519',
      prefix: 'v1a,',
    },
    delivery: "{{ headers['webhook-id'] }}",
  },
  /** discord.com/developers: interactions, security and authorization. The secret is the application's public key. */
  discord: {
    scheme: {
      scheme: 'ed25519',
      header: 'x-signature-ed25519',
      encoding: 'hex',
      prefix: '',
      separator: '',
      timestamp_header: 'x-signature-timestamp',
      signs: '{timestamp}{body}',
      tolerance_seconds: TOLERANCE_SECONDS,
      secret_encoding: 'hex',
    },
    delivery: '{{ body.id }}',
    handshake: 'discord',
  },
  /** docs.github.com: validating webhook deliveries. The id of a delivery is not signed; see docs/WEBHOOKS.md. */
  github: {
    scheme: { ...PLAIN_HMAC, header: 'x-hub-signature-256', prefix: 'sha256=' },
    delivery: "{{ headers['x-github-delivery'] }}",
  },
  /** docs.stripe.com: verify webhook signatures manually. A retry has a new timestamp and the same event id. */
  stripe: {
    scheme: {
      ...PLAIN_HMAC,
      header: 'stripe-signature',
      prefix: 'v1=',
      separator: ',',
      timestamp_prefix: 't=',
      signs: '{timestamp}.{body}',
    },
    delivery: '{{ body.id }}',
  },
  /** api.slack.com: verifying requests from Slack. Slash commands have no event id. */
  slack: {
    scheme: {
      ...PLAIN_HMAC,
      header: 'x-slack-signature',
      prefix: 'v0=',
      timestamp_header: 'x-slack-request-timestamp',
      signs: 'v0:{timestamp}:{body}',
    },
    delivery: '{{ body.event_id or body.trigger_id }}',
    handshake: 'slack',
  },
  /** shopify.dev: deliver webhooks through HTTPS. */
  shopify: {
    scheme: { ...PLAIN_HMAC, header: 'x-shopify-hmac-sha256', encoding: 'base64' },
    delivery: "{{ headers['x-shopify-webhook-id'] }}",
  },
  /** docs.gitlab.com: webhooks, secret token. */
  gitlab: {
    scheme: { scheme: 'token', header: 'x-gitlab-token', prefix: '' },
    delivery: "{{ headers['idempotency-key'] or headers['x-gitlab-event-uuid'] }}",
  },
  /** developer.pagerduty.com: verifying signatures. */
  pagerduty: {
    scheme: { ...PLAIN_HMAC, header: 'x-pagerduty-signature', prefix: 'v1=', separator: ',' },
    delivery: '{{ body.event.id }}',
  },
  /** developers.facebook.com: webhooks, getting started. */
  meta: {
    scheme: { ...PLAIN_HMAC, header: 'x-hub-signature-256', prefix: 'sha256=' },
    handshake: 'meta',
  },
  /** docs.aws.amazon.com/sns: verifying the signatures of messages. The secret is the topic's ARN; its deliveries are tried for an hour. */
  sns: {
    scheme: { scheme: 'sns', tolerance_seconds: 3_600 },
    delivery: '{{ body.MessageId }}',
    handshake: 'sns',
  },
  /** RFC 7617: the secret is `user:password`. */
  basic: { scheme: { scheme: 'basic' } },
  /** RFC 6750: `Authorization: Bearer <secret>`. */
  bearer: { scheme: { scheme: 'token', header: 'authorization', prefix: 'Bearer ' } },
  /** A key in `X-API-Key`. */
  'api-key': { scheme: { scheme: 'token', header: 'x-api-key', prefix: '' } },
} as const satisfies Record<string, SignaturePreset>

export type PresetName = keyof typeof PRESETS
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[]

export const presetOf = (name: PresetName): SignaturePreset => PRESETS[name] as SignaturePreset

/** The scheme of a webhook's signature, by the preset's name or spelt out. */
export const schemeOf = (
  signature: { scheme: 'preset'; preset: PresetName } | SignatureScheme,
): SignatureScheme =>
  signature.scheme === 'preset' ? presetOf(signature.preset).scheme : signature

/** Where a webhook's callers prove themselves: what must not be kept of a call. */
export const placesOf = (signature: Parameters<typeof schemeOf>[0] | null): ProofPlaces =>
  signature ? proofPlaces(schemeOf(signature)) : { headers: [], query: [] }
