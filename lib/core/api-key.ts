// API keys: how one is written, what it may do, and whether one that was shown is good. A key is 192 bits of chance, so one SHA-256 is
// hash enough: a slow hash protects what people can guess, and nobody guesses these. Everything here is pure; http/gate.ts asks it.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Resource } from './event.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'
import type { Workspace } from './workspace.ts'

/** What a key may be for; `permits` says which implies which. */
export const SCOPES = ['ingest', 'read', 'write', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/**
 * What each scope may do besides itself. `ingest` is for senders of events and can read nothing; `write` is what a worker, a flow
 * or Terraform needs; `admin` makes keys and workspaces.
 */
const IMPLIED: Readonly<Record<Scope, readonly Scope[]>> = {
  ingest: [],
  read: [],
  write: ['ingest', 'read'],
  admin: ['ingest', 'read', 'write'],
}

/** Whether these scopes, or what they imply, include the one that is needed. */
export const permits = (scopes: readonly Scope[], needed: Scope): boolean =>
  scopes.some((scope) => scope === needed || IMPLIED[scope].includes(needed))

/** One text that a key goes by. A rotated key has two for as long as they overlap. */
export interface KeySecret {
  /** SHA-256 of the key's text, in hex. */
  hash: string
  /** The last characters of the text, by which its owner knows it again. */
  hint: string
  created: string
  /** From when on it is no longer taken; null: as long as the key. */
  expires_at: string | null
}

/** A key as it is stored: with what texts are compared with, and never with a text. */
export interface ApiKey {
  id: string
  created: string
  updated: string
  workspace_id: Workspace
  name: string
  scopes: Scope[]
  /** Null: never. */
  expires_at: string | null
  revoked_at: string | null
  /** When it was last seen, to the hour. */
  last_used_at: string | null
  /** The newest last. */
  secrets: KeySecret[]
}

/** What is shown of a key: all but what it is compared with. */
export function keyAnswer({ secrets, ...shown }: ApiKey, now: Micros) {
  const newest = secrets.at(-1)
  return {
    ...shown,
    status: statusOf({ ...shown, secrets }, now),
    hint: newest?.hint ?? '',
    rotated_at:
      newest && (secrets.length > 1 || newest.created !== shown.created) ? newest.created : null,
  }
}

/** A key as the resource of events about it. */
export const keyResource = ({ id, name }: Pick<ApiKey, 'id' | 'name'>): Resource => ({
  'prefect.resource.id': `tripline.api-key.${id}`,
  'prefect.resource.name': name,
})

export type KeyStatus = 'active' | 'expired' | 'revoked'

/** Whether a key opens anything at a moment. Revoked is said before expired. */
export function statusOf({ revoked_at, expires_at }: ApiKey, now: Micros): KeyStatus {
  if (revoked_at !== null) return 'revoked'
  return hasPassed(expires_at, now) ? 'expired' : 'active'
}

const hasPassed = (instant: string | null, now: Micros): boolean =>
  instant !== null && (parseInstant(instant) ?? 0) <= now

/** `tl_`, the key's id without dashes, 192 random bits, and eight digits by which a typo is seen without looking anywhere. */
const KEY_TEXT =
  /^tl_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([\w-]{32})([0-9a-f]{8})$/
const CHECKSUM_LENGTH = 8
/** Characters of a hint. */
const HINT_LENGTH = 4

/** The text of a key. `chance` is 192 random bits as 32 base64url characters. */
export function keyText(id: string, chance: string): string {
  const text = `tl_${id.replaceAll('-', '')}_${chance}`
  return text + checksum(text)
}

/** The id in a key's text; null when it is no key. The text may be anybody's. */
export function keyIdOf(text: string): string | null {
  const parts = KEY_TEXT.exec(text)
  if (!parts || !isSame(checksum(text.slice(0, -CHECKSUM_LENGTH)), text.slice(-CHECKSUM_LENGTH)))
    return null
  return parts.slice(1, 6).join('-')
}

const checksum = (text: string): string =>
  createHash('sha256').update(`checksum ${text}`).digest('hex').slice(0, CHECKSUM_LENGTH)

/** What is kept of a text in its place. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Compares in a time that does not tell where two texts differ. */
export const isSame = (given: string, right: string): boolean =>
  timingSafeEqual(
    createHash('sha256').update(given).digest(),
    createHash('sha256').update(right).digest(),
  )

/** A text as a key keeps it: its hash, and its last characters for people to know it by. It has no end yet. */
export const secretOf = (text: string, created: string): KeySecret => ({
  hash: hashOf(text),
  hint: text.slice(-HINT_LENGTH),
  created,
  expires_at: null,
})

/** What is thought of a text that was shown: only `good` opens anything; the others are told apart for the audit alone. */
export type Judgement = 'good' | 'wrong' | 'expired' | 'revoked'

/** Whether a text is a key's, now. */
export function judge(key: ApiKey, text: string, now: Micros): Judgement {
  const hash = hashOf(text)
  const shown = key.secrets.find((secret) => isSame(hash, secret.hash))
  if (!shown) return 'wrong'
  const status = statusOf(key, now)
  if (status !== 'active') return status
  return hasPassed(shown.expires_at, now) ? 'expired' : 'good'
}

/** Texts that one key may go by at once: rotated again and again within one overlap, it refuses. */
export const KEY_SECRETS_MAX = 5
/** How long the old text of a rotated key is taken, unless said otherwise: a day, to bring the new one everywhere. */
export const OVERLAP_SECONDS = 86_400
export const OVERLAP_SECONDS_MAX = 30 * 86_400

/** A key with a new text; the others end after the overlap, or sooner if they were to. Null when it goes by too many. */
export function rotated(
  key: ApiKey,
  { text, now, at, until }: { text: string; now: string; at: Micros; until: string },
): ApiKey | null {
  const kept = key.secrets
    .filter(({ expires_at }) => !hasPassed(expires_at, at))
    .map((secret) =>
      secret.expires_at !== null && secret.expires_at < until
        ? secret
        : { ...secret, expires_at: until },
    )
    .filter(({ expires_at }) => !hasPassed(expires_at, at))
  if (kept.length >= KEY_SECRETS_MAX) return null
  return { ...key, updated: now, secrets: [...kept, secretOf(text, now)] }
}

/** A key that opens nothing from now on. Revoked again, it stays as it was. */
export const revoked = (key: ApiKey, now: string): ApiKey =>
  key.revoked_at === null ? { ...key, revoked_at: now, updated: now } : key

/** How often it is written down that a key was used. */
const USE_NOTED_MICROS = 3_600 * MICROS_PER_SECOND

/** Whether the use of a key is to be written down: at most once an hour. */
export const isUseNews = ({ last_used_at }: ApiKey, now: Micros): boolean =>
  last_used_at === null || now - (parseInstant(last_used_at) ?? 0) >= USE_NOTED_MICROS

/**
 * The credential of an Authorization header: of `Bearer KEY`, or of Basic the password, whatever the user is called (Prefect's
 * PREFECT_API_AUTH_STRING is `tripline:KEY`), and the user where there is no password. Null when there is none.
 */
export function credentialOf(authorization: string | null | undefined): string | null {
  const [, scheme, sent] = /^(bearer|basic) +(\S+) *$/i.exec(authorization ?? '') ?? []
  if (scheme === undefined || sent === undefined) return null
  if (scheme.toLowerCase() === 'bearer') return sent
  return credentialOfToken(Buffer.from(sent, 'base64').toString())
}

/** The credential of a socket's auth frame: a key, or `user:KEY` as Prefect's client sends its AUTH_STRING. */
export function credentialOfToken(token: unknown): string | null {
  if (typeof token !== 'string' || token === '') return null
  const colon = token.indexOf(':')
  if (colon < 0) return token
  return token.slice(colon + 1) || token.slice(0, colon) || null
}
