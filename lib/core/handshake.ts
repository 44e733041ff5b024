// Handshakes: what senders ask of an address before they use it. Answered only by webhooks that expect the sender, so that to
// everybody else they answer like all the rest. A handshake makes no event.
import { isSameText } from './signature.ts'

export const HANDSHAKE_NAMES = [
  'slack',
  'azure-event-grid',
  'cloudevents',
  'sns',
  'meta',
  'discord',
] as const
export type HandshakeName = (typeof HANDSHAKE_NAMES)[number]

/** Senders that sign their handshakes too: where the webhook has a signature, they are answered only when it is right. */
export const isSignedHandshake = (name: HandshakeName | null): boolean =>
  name === 'slack' || name === 'sns' || name === 'discord'

export interface HandshakeCall {
  method: string
  headers: { get(name: string): string | null }
  query: { get(name: string): string | null }
  body: Uint8Array
}

/** How a handshake is answered. `visit` is an address to be called, once, by which the sender knows that we agree. */
export interface HandshakeAnswer {
  status: 200 | 204
  headers: Record<string, string>
  body: string
  visit?: string
}

/** Bytes of a body that may be a handshake: all of them are short. */
const HANDSHAKE_BYTES_MAX = 16_384

/**
 * The answer to a call that is the named sender's handshake; null for any other call. `slug` is what Meta's verify token must be:
 * the secret that caller and owner share already.
 */
export function handshakeAnswer(
  name: HandshakeName,
  call: HandshakeCall,
  slug: string,
): HandshakeAnswer | null {
  switch (name) {
    case 'slack':
      return slack(call)
    case 'azure-event-grid':
      return azureEventGrid(call) ?? cloudEvents(call)
    case 'cloudevents':
      return cloudEvents(call)
    case 'sns':
      return sns(call)
    case 'meta':
      return meta(call, slug)
    case 'discord':
      return discord(call)
  }
}

const answer = (type: string, body: string): HandshakeAnswer => ({
  status: 200,
  headers: { 'Content-Type': type },
  body,
})

/** api.slack.com/events/url_verification: the challenge comes back as it was sent. */
function slack(call: HandshakeCall): HandshakeAnswer | null {
  if (call.method !== 'POST') return null
  const body = jsonObject(call)
  if (body?.type !== 'url_verification' || typeof body.challenge !== 'string') return null
  return answer('text/plain; charset=utf-8', body.challenge)
}

/** discord.com/developers: interactions. A ping is answered by its like; its signature is checked first. */
function discord(call: HandshakeCall): HandshakeAnswer | null {
  if (call.method !== 'POST' || jsonObject(call)?.type !== 1) return null
  return answer('application/json', '{"type":1}')
}

/** learn.microsoft.com: endpoint validation with Event Grid event schema. The body is a list of the one event. */
function azureEventGrid(call: HandshakeCall): HandshakeAnswer | null {
  if (call.headers.get('aeg-event-type')?.toLowerCase() !== 'subscriptionvalidation') return null
  const [event] = jsonList(call)
  const code = isObject(event) && isObject(event.data) ? event.data.validationCode : undefined
  if (typeof code !== 'string') return null
  return answer('application/json', JSON.stringify({ validationResponse: code }))
}

/** CloudEvents "HTTP 1.1 Web Hooks for Event Delivery", section 4: the origin is allowed, at the rate it asks for. */
function cloudEvents(call: HandshakeCall): HandshakeAnswer | null {
  const origin = call.headers.get('webhook-request-origin')
  if (call.method !== 'OPTIONS' || origin === null || !/^[\x21-\x7e]{1,255}$/.test(origin)) {
    return null
  }
  const rate = call.headers.get('webhook-request-rate') ?? ''
  return {
    status: 200,
    headers: {
      Allow: 'POST, OPTIONS',
      'WebHook-Allowed-Origin': origin,
      ...(/^\d{1,9}$/.test(rate) ? { 'WebHook-Allowed-Rate': rate } : {}),
    },
    body: '',
  }
}

/** docs.aws.amazon.com/sns: the subscription is confirmed by visiting its address, which must be SNS's own. */
function sns(call: HandshakeCall): HandshakeAnswer | null {
  if (call.method !== 'POST') return null
  const { Type: type, SubscribeURL: url } = jsonObject(call) ?? {} // headers are not signed
  const done: HandshakeAnswer = { status: 204, headers: {}, body: '' }
  if (type === 'UnsubscribeConfirmation') return done
  if (type !== 'SubscriptionConfirmation') return null
  return isSnsConfirmation(url) ? { ...done, visit: url } : null
}

/** `sns.<region>.amazonaws.com`, over TLS, at no other port, as nobody in particular, and to confirm. */
export function isSnsConfirmation(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  const url = new URL(text)
  return (
    url.protocol === 'https:' &&
    /^sns\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?$/.test(url.hostname) &&
    url.port === '' &&
    url.username === '' &&
    url.password === '' &&
    url.pathname === '/' &&
    url.searchParams.get('Action') === 'ConfirmSubscription'
  )
}

/** developers.facebook.com/docs/graph-api/webhooks/getting-started: verification requests. */
function meta({ method, query }: HandshakeCall, slug: string): HandshakeAnswer | null {
  const challenge = query.get('hub.challenge')
  if (method !== 'GET' || query.get('hub.mode') !== 'subscribe' || challenge === null) return null
  if (!isSameText(query.get('hub.verify_token') ?? '', slug)) return null
  return answer('text/plain; charset=utf-8', challenge.slice(0, HANDSHAKE_BYTES_MAX))
}

function jsonOf({ body }: HandshakeCall): unknown {
  if (body.byteLength > HANDSHAKE_BYTES_MAX) return undefined
  try {
    return JSON.parse(Buffer.from(body).toString())
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // no JSON, so no handshake
    throw error
  }
}

function jsonObject(call: HandshakeCall): Record<string, unknown> | null {
  const value = jsonOf(call)
  return isObject(value) ? value : null
}

function jsonList(call: HandshakeCall): unknown[] {
  const value = jsonOf(call)
  return Array.isArray(value) ? value : []
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
