// Signing what we send, as Standard Webhooks 1.0.0 says (standardwebhooks.com): a receiver knows that it came from us, that nobody
// changed it, and, by its id, whether it came before.
import { createHmac } from 'node:crypto'
import { MICROS_PER_SECOND, type Micros } from './time.ts'

const SECRET_PREFIX = 'whsec_'

/** The key of a secret: base64 behind `whsec_`, any other text as it is. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8')

/** What is signed of a message. */
export interface Message {
  /** The same for every attempt at one delivery. */
  id: string
  body: string
  sentAt: Micros
}

/** The headers of a message. Without a secret it is not signed, and only has its id and time. */
export function webhookHeaders(
  { id, body, sentAt }: Message,
  secret: string | null,
): Record<string, string> {
  const timestamp = String(Math.floor(sentAt / MICROS_PER_SECOND))
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp }
  if (secret === null) return headers
  const signature = createHmac('sha256', keyOf(secret))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64')
  return { ...headers, 'webhook-signature': `v1,${signature}` }
}
