// A webhook as its form has it: every setting a text, as it was typed. What is wrong with one the API says.
import type { CataloguePreset } from '../core/webhook-catalogue.ts'
import { DEFAULT_TEMPLATE, EXTRAS_BY_DEFAULT, type Webhook } from '../core/webhook-definition.ts'

/** A preset's name; '' is none, and `KEPT` a scheme that this form cannot say, which stays as it is. */
export const KEPT = 'kept'

/** Settings that are texts, one field of the form each. */
export interface Draft {
  name: string
  description: string
  template: string
  signature: string
  handshake: string
  allowed_events: string
  allowed_resource_prefixes: string
  rate_per_second: string
  rate_burst: string
  dedup_key: string
  dedup_days: string
  /** 'true' or ''. */
  tell_received: string
  keep_failed: string
}

/** The request that a template is tried on, as typed. */
export interface TriedRequest {
  method: string
  query: string
  headers: string
  body: string
}

const FIRST_REQUEST: TriedRequest = {
  method: 'POST',
  query: '',
  headers: 'Content-Type: application/json',
  body: `{
  "event": "baked",
  "name": "rye",
  "loaves": 12
}`,
}

/** A webhook's settings; those of a new one without it. */
export function draftOf(webhook: Webhook | null): Draft {
  const { signature, rate_limit, dedup, ...rest } = webhook ?? { ...EXTRAS_BY_DEFAULT }
  return {
    name: webhook?.name ?? '',
    description: webhook?.description ?? '',
    template: webhook?.template ?? DEFAULT_TEMPLATE,
    signature: signature?.scheme === 'preset' ? signature.preset : signature ? KEPT : '',
    handshake: rest.handshake ?? '',
    allowed_events: rest.allowed_events.join(', '),
    allowed_resource_prefixes: rest.allowed_resource_prefixes.join(', '),
    rate_per_second: String(rate_limit?.per_second ?? ''),
    rate_burst: String(rate_limit?.burst ?? ''),
    dedup_key: dedup?.key ?? '',
    dedup_days: String(dedup?.window_days ?? ''),
    tell_received: rest.tell_received ? 'true' : '',
    keep_failed: rest.keep_failed ? 'true' : '',
  }
}

/** A new webhook as a sender of the catalogue needs it, called by the sender's name. */
export const draftOfPreset = (name: string, preset: CataloguePreset): Draft => ({
  ...draftOf(null),
  name,
  template: preset.template,
  signature: preset.signature ?? '',
  handshake: preset.handshake ?? '',
  allowed_events: preset.events.join(', '),
  allowed_resource_prefixes: preset.resources.join(', '),
})

const typed = (text: string | undefined): string => (text ?? '').replaceAll('\r\n', '\n')

/** What was typed into the form. */
export const draftTyped = (form: Record<string, string>): Draft =>
  Object.fromEntries(
    Object.keys(draftOf(null)).map((name) => [name, typed(form[name])]),
  ) as unknown as Draft

/** The request that was typed; a first one, where there was none. */
export const requestTyped = (form: Record<string, string>): TriedRequest =>
  form.request_body === undefined
    ? FIRST_REQUEST
    : {
        method: form.request_method ?? 'POST',
        query: form.request_query ?? '',
        headers: typed(form.request_headers),
        body: typed(form.request_body),
      }

const listed = (text: string): string[] =>
  text
    .split(/[,\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')

/** What the API is told; `secret` where one was typed. */
export function bodyOf(draft: Draft, secret: string | undefined) {
  const { name, description, template, signature, handshake } = draft
  const { rate_per_second: rate, rate_burst: burst, dedup_key: key, dedup_days: days } = draft
  return {
    name,
    description,
    template,
    handshake: handshake || null,
    allowed_events: listed(draft.allowed_events),
    allowed_resource_prefixes: listed(draft.allowed_resource_prefixes),
    rate_limit: rate || burst ? { per_second: rate || '1', burst: burst || '1' } : null,
    dedup: key || days ? { key: key || null, window_days: days || null } : null,
    tell_received: draft.tell_received !== '',
    keep_failed: draft.keep_failed !== '',
    ...(signature !== KEPT && {
      signature: signature === '' ? null : { preset: signature, ...(secret && { secret }) },
    }),
  }
}

/** The request as POST /webhooks/render takes it. Lines of headers without a colon say nothing. */
export function requestOf({ method, query, headers, body }: TriedRequest) {
  const named = headers.split('\n').flatMap((line) => {
    const at = line.indexOf(':')
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const] : []
  })
  return {
    method,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: Object.fromEntries(named),
    body,
  }
}

/** Headers of a request that was kept, a line each. */
export const headerLines = (headers: Iterable<readonly [string, string]>): string =>
  [...headers].map(([name, value]) => `${name}: ${value}`).join('\n')
