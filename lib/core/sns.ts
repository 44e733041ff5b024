// Messages of Amazon SNS: chosen fields signed with RSA, by a certificate that SNS publishes beside its API. A right signature says
// only that some topic sent the message, whoever owns it: what a webhook keeps as its secrets are the topics that may. Two halves,
// because the certificate has to be fetched in between: what a message claims, and whether the certificate bears it out.
import { verify, X509Certificate } from 'node:crypto'
import { ageFault, decoded, type SnsScheme, type Verdict, type VerdictReason } from './signature.ts'
import { MICROS_PER_MS, type Micros, parseInstant } from './time.ts'

/** What a message says of itself, as far as it can be judged without its certificate. */
export interface SnsClaim {
  certificateUrl: string
  algorithm: 'RSA-SHA1' | 'RSA-SHA256'
  signed: string
  signature: Buffer
}

/** Bits of an RSA key below which a certificate proves nothing. */
const KEY_BITS_MIN = 2048

const CONFIRMATION = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
]

/** What is signed, in this order, each as its name and its value on lines of their own (docs.aws.amazon.com/sns: verify signatures). */
const SIGNED_FIELDS = new Map([
  ['Notification', ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']],
  ['SubscriptionConfirmation', CONFIRMATION],
  ['UnsubscribeConfirmation', CONFIRMATION],
])

const ALGORITHMS = new Map<unknown, SnsClaim['algorithm']>([
  ['1', 'RSA-SHA1'],
  ['2', 'RSA-SHA256'],
])

/** A topic, or all of an account in a region: `arn:aws:sns:eu-west-1:123456789012:*`. */
const TOPIC =
  /^arn:aws(?:-cn|-us-gov)?:sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:(?:[\w-]{1,256}(?:\.fifo)?|\*)$/

/** Whether a text can be a webhook's secret under this scheme: a topic's ARN, or one that ends in `:*`. */
export const isTopic = (text: string): boolean => TOPIC.test(text)

const isOf = (topic: string, allowed: string): boolean =>
  allowed.endsWith(':*') ? topic.startsWith(allowed.slice(0, -1)) : topic === allowed

/**
 * What a message claims, or why it needs no certificate to be refused: it is none, it is of a topic that is not in `topics`, it is
 * older than the tolerance, or its certificate is not at its own region's SNS.
 */
export function snsClaim(
  topics: readonly string[],
  body: Uint8Array,
  { tolerance_seconds: toleranceSeconds }: SnsScheme,
  now: Micros,
): SnsClaim | VerdictReason {
  if (topics.length === 0) return 'no secret is set'
  const message = messageOf(body)
  const signed = message && signedText(message)
  const algorithm = ALGORITHMS.get(message?.SignatureVersion)
  const { TopicArn, Timestamp, Signature, SigningCertURL } = message ?? {}
  if (!signed || !algorithm || typeof Signature !== 'string') return 'the signature is missing'

  const topic = String(TopicArn)
  const region = TOPIC.exec(topic)?.[1]
  if (region === undefined || !topics.some((allowed) => isOf(topic, allowed))) {
    return 'the topic is none of the secrets'
  }
  const sent = parseInstant(String(Timestamp))
  const fault = sent === null ? 'the timestamp is missing' : ageFault(sent, toleranceSeconds, now)
  if (fault) return fault
  const place = new RegExp(`^https://sns\\.${region}\\.amazonaws\\.com(?:\\.cn)?/[\\w-]+\\.pem$`)
  const certificateUrl = String(SigningCertURL)
  if (!place.test(certificateUrl)) return 'the certificate is not of SNS'
  return { certificateUrl, algorithm, signed, signature: decoded(Signature, 'base64') }
}

/**
 * Whether the certificate, a PEM text, bears a claim out: an RSA key of 2048 bits or more, within its dates, that made the signature.
 * Its own chain is not looked at: SNS publishes the leaf alone, and what vouches for it is the TLS of SNS's host.
 */
export function verifySns(claim: SnsClaim, pem: string | null, now: Micros): Verdict {
  const certificate = pem === null ? null : certificateOf(pem)
  if (!certificate) return { ok: false, reason: 'the certificate is not of SNS' }
  const ms = now / MICROS_PER_MS
  if (ms < Date.parse(certificate.validFrom) || ms > Date.parse(certificate.validTo)) {
    return { ok: false, reason: 'the certificate is out of date' }
  }
  const isRight = verify(
    claim.algorithm,
    Buffer.from(claim.signed),
    certificate.publicKey,
    claim.signature,
  )
  return isRight ? { ok: true } : { ok: false, reason: 'the signature is wrong' }
}

function certificateOf(pem: string): X509Certificate | null {
  try {
    const certificate = new X509Certificate(pem)
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey
    return type === 'rsa' && (details?.modulusLength ?? 0) >= KEY_BITS_MIN ? certificate : null
  } catch {
    return null // OpenSSL says in many ways that it is none
  }
}

function messageOf(body: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString())
    return isObject(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Null where a field is missing. All but Message are one line, or the same bytes could be read as another message. */
function signedText(message: Record<string, unknown>): string | null {
  const fields = SIGNED_FIELDS.get(String(message.Type)) ?? []
  const lines: string[] = []
  for (const name of fields) {
    const value = message[name]
    if (name === 'Subject' && (value === undefined || value === null)) continue
    if (typeof value !== 'string' || (name !== 'Message' && value.includes('\n'))) return null
    lines.push(`${name}\n${value}\n`)
  }
  return lines.length === 0 ? null : lines.join('')
}
