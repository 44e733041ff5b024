// A webhook's call as it came in, and what its template sees of it: headers in any case, a body that was read as what it says it is.
import { JsonError, losesInJsonParse, parseJson } from './json.ts'
import { decodeUtf8, isDeeperThan, NESTING_MAX } from './json-body.ts'
import { dictGet, Float, FoldedDict, int } from './template/values.ts'
import type { Webhook } from './webhook-definition.ts'
import { CallRefusal } from './webhook-failure.ts'

/** A call as it came in. */
export interface HookCall {
  method: string
  path: string
  query: Iterable<[string, string]>
  headers: Iterable<[string, string]>
  body: Uint8Array
  /** What a signature check found, when one was made. */
  verified?: { scheme: string; ok: boolean }
}

/** The context of a webhook's template (Prefect Cloud: method, headers, body; ours: the rest). */
export interface WebhookContext {
  method: string
  /** Found in any case; without Authorization, which a template has no business with. */
  headers: FoldedDict
  body: unknown
  query: Map<string, string>
  path: string
  /** The body as text. */
  raw: string
  webhook: { id: string; name: string }
  verified: { scheme: string; ok: boolean } | null
  now: string
}

const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The context of one call. Throws a CallRefusal for a JSON body that is none. */
export function webhookContext(
  webhook: Pick<Webhook, 'id' | 'name'>,
  call: HookCall,
  now: string,
): WebhookContext {
  const headers = new FoldedDict()
  for (const [name, value] of call.headers) {
    if (name.toLowerCase() !== 'authorization') headers.set(name, value)
  }
  const header = (name: string): string => String(dictGet(headers, name) ?? '')
  const raw = textDecoder.decode(call.body)
  return {
    method: call.method.toUpperCase(),
    headers,
    body: bodyOf(call.body, raw, header('content-type'), header('content-encoding')),
    query: new Map(call.query),
    path: call.path,
    raw,
    webhook: { id: webhook.id, name: webhook.name },
    verified: call.verified ?? null,
    now,
  }
}

/** What is declared as JSON must be; anything else is JSON if it can be, or else text. */
function bodyOf(bytes: Uint8Array, raw: string, contentType: string, encoding: string): unknown {
  const type = contentType.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return new Map(new URLSearchParams(raw))
  if (raw === '') return ''
  const isDeclared = type === 'application/json'
  try {
    if (isDeclared && decodeUtf8(bytes) === null) throw new JsonError('Invalid UTF-8', raw, 0)
    if (isDeeperThan(raw, NESTING_MAX)) throw new JsonError('Nested too deep', raw, 0)
    return readJson(isDeclared ? raw.replace(/^\ufeff/, '') : raw)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    if (!isDeclared) return raw
    const encoded = encoding === '' ? '' : `; it is encoded as ${encoding}, which is left as it is`
    throw new CallRefusal('UNPARSABLE_JSON', `the body is no JSON: ${error.message}${encoded}`)
  }
}

/** JSON for templates: integers of any size, floats as they were sent, keys in their order. Throws JsonError. */
export function readJson(text: string): unknown {
  if (!losesInJsonParse(text)) {
    try {
      return JSON.parse(text)
    } catch {
      // Python's reader accepts a little more, and says better what is wrong: ours decides.
    }
  }
  return parseJson(text, { number: templateNumber, objects: 'map', constants: true })
}

function templateNumber(text: string): unknown {
  if (/^-?\d+$/.test(text)) return int(BigInt(text))
  const special = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity }[text]
  return new Float(special ?? Number(text), text)
}

/** The payload of an event whose template gives none: the request, for finding out what it holds. */
export function requestPayload(call: HookCall): Record<string, unknown> {
  const headers = [...call.headers].filter(([name]) => name.toLowerCase() !== 'authorization')
  const raw = textDecoder.decode(call.body)
  let body: unknown = raw
  try {
    body = parseJson(raw)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
  }
  return { method: call.method, headers: Object.fromEntries(headers), body }
}
