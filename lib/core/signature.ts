// Signatures of webhook calls, as data: where a scheme puts its proof, what it signs, and how. One verifier reads all of them, so
// a new sender is a new row of signature-presets.ts. Checked once, when the call arrives: a delivery that is looked at again later
// has its verdict already, and its timestamp is of no more use.
import {
  createHash,
  createHmac,
  createPublicKey,
  timingSafeEqual,
  verify as verifySignature,
} from 'node:crypto'
import { MICROS_PER_SECOND, type Micros } from './time.ts'

/** A keyed hash over the body and what else is named. */
export interface HmacScheme {
  scheme: 'hmac'
  algorithm: 'sha1' | 'sha256' | 'sha384' | 'sha512'
  /** The header that holds the signature, or several that may. */
  header: string | string[]
  encoding: 'hex' | 'base64'
  /** What stands before each signature in the header: `sha256=`, `v1,`, or nothing. */
  prefix: string
  /** What parts several signatures in one header: `,` or ` `; '' when there is only one. */
  separator: string
  /** What is signed, with `{body}`, `{timestamp}` and `{id}` in their places. */
  signs: string
  /** The header that holds the seconds since 1970, or several that may. Its age is checked when it is signed. */
  timestamp_header?: string | string[]
  /** What stands before the timestamp where it is a part of the signature's own header: `t=`. */
  timestamp_prefix?: string
  id_header?: string | string[]
  /** Seconds that a timestamp may be off, to either side. */
  tolerance_seconds: number
  /** How a secret's text becomes key bytes. A prefix of `whsec_` is taken off before base64 is read. */
  secret_encoding: 'utf8' | 'base64'
}

/** A signature over the same, made with a private key; what we hold is the public one, 32 bytes, and no secret. */
export interface Ed25519Scheme
  extends Omit<HmacScheme, 'scheme' | 'algorithm' | 'secret_encoding'> {
  scheme: 'ed25519'
  /** How the public key is written; a prefix of `whpk_` is taken off before base64 is read. */
  secret_encoding: 'hex' | 'base64'
}

/** The secret itself, in a header or a query parameter. */
export interface TokenScheme {
  scheme: 'token'
  header?: string
  query?: string
  /** What stands before it, such as `Bearer `. Read in any case. */
  prefix: string
}

/** RFC 7617. The secret is `user:password`. */
export interface BasicScheme {
  scheme: 'basic'
}

/** A message of Amazon SNS, checked with a certificate that it names (sns.ts). The secrets are the topics that may send. */
export interface SnsScheme {
  scheme: 'sns'
  tolerance_seconds: number
}

/** Schemes whose proof is all in the call. */
export type CallScheme = HmacScheme | Ed25519Scheme | TokenScheme | BasicScheme
export type SignatureScheme = CallScheme | SnsScheme

/** What a call proves itself by. */
export interface Proof {
  headers: { get(name: string): string | null }
  query: { get(name: string): string | null }
  body: Uint8Array
}

/** `reason` is for the webhook's owner; the caller is told nothing. */
export type Verdict = { ok: true } | { ok: false; reason: VerdictReason }
/** Told to the webhook's owner, never to the caller. */
export type VerdictReason =
  | 'no secret is set'
  | 'the signature is missing'
  | 'the timestamp is missing'
  | 'the timestamp is too old'
  | 'the timestamp is in the future'
  | 'the signature is wrong'
  | 'the topic is none of the secrets'
  | 'the certificate is not of SNS'
  | 'the certificate is out of date'

/** Signatures looked at in one header. A sender in the middle of a rotation sends two. */
const SIGNATURES_MAX = 8

const no = (reason: VerdictReason): Verdict => ({ ok: false, reason })

/** Whether one of the secrets made the call's proof. Takes the same time whichever of them did, and however wrong it is. */
export function verify(
  scheme: CallScheme,
  secrets: readonly string[],
  proof: Proof,
  now: Micros,
): Verdict {
  if (secrets.length === 0) return no('no secret is set')
  switch (scheme.scheme) {
    case 'hmac':
    case 'ed25519':
      return verifySigned(scheme, secrets, proof, now)
    case 'token':
      return verifyText(tokenOf(scheme, proof), secrets)
    case 'basic':
      return verifyText(basicOf(proof), secrets)
  }
}

function verifySigned(
  scheme: HmacScheme | Ed25519Scheme,
  secrets: readonly string[],
  proof: Proof,
  now: Micros,
): Verdict {
  const header = firstHeader(proof, scheme.header)
  if (header === null) return no('the signature is missing')
  const parts = scheme.separator === '' ? [header] : header.split(scheme.separator)
  const after = (prefix: string): string[] =>
    parts
      .map((part) => part.trim())
      .filter((part) => part.startsWith(prefix))
      .map((part) => part.slice(prefix.length))
  const given = after(scheme.prefix).slice(0, SIGNATURES_MAX)
  if (given.length === 0) return no('the signature is missing')

  const timestamp =
    scheme.timestamp_prefix === undefined
      ? firstHeader(proof, scheme.timestamp_header ?? [])
      : (after(scheme.timestamp_prefix)[0] ?? null)
  if (scheme.signs.includes('{timestamp}')) {
    const fault = timestampFault(timestamp, scheme.tolerance_seconds, now)
    if (fault) return no(fault)
  }

  const id = firstHeader(proof, scheme.id_header ?? [])
  if (id === null && scheme.signs.includes('{id}')) return no('the signature is missing')
  const signed = signedParts(scheme.signs, { timestamp: timestamp ?? '', id: id ?? '' })
  const sent = given.map((one) => decoded(one, scheme.encoding))
  const isRight = secrets
    .map((secret) => keyBytes(secret, scheme.secret_encoding))
    .filter((key) => key.length > 0)
    .flatMap((key) =>
      scheme.scheme === 'hmac'
        ? isSameAsAny(sent, hmacOf(scheme.algorithm, key, signed, proof.body))
        : isSignedWith(key, sent, bytesSigned(signed, proof.body)),
    )
    .some((same) => same)
  return isRight ? { ok: true } : no('the signature is wrong')
}

const isSameAsAny = (sent: Buffer[], right: Buffer): boolean[] =>
  sent.map((one) => isSame(one, right))

/** What precedes the 32 bytes in a public key's DER form (RFC 8410). */
const ED25519_DER = Buffer.from('302a300506032b6570032100', 'hex')
/** Bytes of a public key. */
export const ED25519_KEY_BYTES = 32

function isSignedWith(key: Buffer, sent: Buffer[], signed: Buffer): boolean[] {
  if (key.length !== ED25519_KEY_BYTES) return []
  const der = Buffer.concat([ED25519_DER, key])
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
  return sent.map((one) => verifySignature(null, signed, publicKey, one))
}

const bytesSigned = (signed: string[], body: Uint8Array): Buffer =>
  Buffer.concat(
    signed.flatMap((part, i) => (i > 0 ? [body, Buffer.from(part)] : [Buffer.from(part)])),
  )

function timestampFault(
  timestamp: string | null,
  toleranceSeconds: number,
  now: Micros,
): VerdictReason | null {
  if (timestamp === null || !/^\d{1,12}$/.test(timestamp)) return 'the timestamp is missing'
  return ageFault(Number(timestamp) * MICROS_PER_SECOND, toleranceSeconds, now)
}

/** What is wrong with the time at which a call says it was sent, or null. */
export function ageFault(
  sent: Micros,
  toleranceSeconds: number,
  now: Micros,
): VerdictReason | null {
  const ageSeconds = (now - sent) / MICROS_PER_SECOND
  if (ageSeconds > toleranceSeconds) return 'the timestamp is too old'
  return ageSeconds < -toleranceSeconds ? 'the timestamp is in the future' : null
}

/** What is signed before and after each place of the body. Filled in one go: an id that reads `{body}` stays text. */
function signedParts(signs: string, values: { timestamp: string; id: string }): string[] {
  return signs
    .split('{body}')
    .map((part) =>
      part.replace(/\{(timestamp|id)\}/g, (_, name: 'timestamp' | 'id') => values[name]),
    )
}

function hmacOf(algorithm: string, key: Buffer, signed: string[], body: Uint8Array): Buffer {
  const hmac = createHmac(algorithm, key)
  signed.forEach((part, i) => {
    if (i > 0) hmac.update(body)
    hmac.update(part)
  })
  return hmac.digest()
}

/** A secret's text as a key, as its scheme writes it. */
export const keyBytes = (secret: string, encoding: 'utf8' | 'base64' | 'hex'): Buffer =>
  Buffer.from(encoding === 'base64' ? secret.replace(/^wh(?:sec|pk)_/, '') : secret, encoding)

/** Node skips what is no digit of the encoding; then the bytes would be right and the text was not. */
export function decoded(text: string, encoding: HmacScheme['encoding']): Buffer {
  if (encoding === 'hex') return Buffer.from(/^[0-9a-f]*$/i.test(text) ? text : '', 'hex')
  return Buffer.from(/^[0-9a-z+/]*=*$/i.test(text) ? text : '', 'base64')
}

/** In constant time; the length of a digest is no secret. */
const isSame = (given: Buffer, right: Buffer): boolean =>
  given.length === right.length && timingSafeEqual(given, right)

/** Texts are compared by their hashes, so that not even a secret's length shows. */
function verifyText(given: string | null, secrets: readonly string[]): Verdict {
  if (given === null) return no('the signature is missing')
  const isRight = secrets
    .map((secret) => timingSafeEqual(sha256(given), sha256(secret)))
    .some((same) => same)
  return isRight ? { ok: true } : no('the signature is wrong')
}

/** Whether two texts are the same, without telling by the time it takes where they differ. */
export const isSameText = (given: string, right: string): boolean =>
  timingSafeEqual(sha256(given), sha256(right))

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

function tokenOf({ header, query, prefix }: TokenScheme, proof: Proof): string | null {
  const value =
    (header === undefined ? null : proof.headers.get(header)) ??
    (query === undefined ? null : proof.query.get(query))
  if (value === null) return null
  if (value.slice(0, prefix.length).toLowerCase() !== prefix.toLowerCase()) return null
  return value.slice(prefix.length)
}

function basicOf(proof: Proof): string | null {
  const encoded = /^basic +([0-9a-z+/]+=*)$/i.exec(proof.headers.get('authorization') ?? '')?.[1]
  return encoded === undefined ? null : Buffer.from(encoded, 'base64').toString()
}

function firstHeader(proof: Proof, names: string | string[]): string | null {
  for (const name of typeof names === 'string' ? [names] : names) {
    const value = proof.headers.get(name)
    if (value !== null && value !== '') return value
  }
  return null
}

/** The headers and query parameters that prove who calls: they are not to be kept or shown. */
export interface ProofPlaces {
  headers: string[]
  query: string[]
}

/** Where a scheme's proof is in a call. */
export function proofPlaces(scheme: SignatureScheme): ProofPlaces {
  switch (scheme.scheme) {
    case 'hmac':
    case 'ed25519':
      return { headers: [scheme.header].flat(), query: [] }
    case 'token':
      return {
        headers: scheme.header ? [scheme.header] : [],
        query: scheme.query ? [scheme.query] : [],
      }
    case 'basic':
      return { headers: ['authorization'], query: [] }
    case 'sns':
      return { headers: [], query: [] }
  }
}
