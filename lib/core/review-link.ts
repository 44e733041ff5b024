// Links that let whoever holds them decide on one waiting run, without a login. Nothing of a link is stored: it says itself what it is
// for, under a key of ours (HMAC-SHA-256), and it works once because it names the state that the run is in: deciding ends that state.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { parseUuid } from './ids.ts'
import type { Micros } from './time.ts'
import type { Workspace } from './workspace.ts'

export const REVIEW_VERBS = ['approve', 'postpone', 'cancel'] as const
export type ReviewVerb = (typeof REVIEW_VERBS)[number]

/** What a link may do, to which run, while that is in which state. */
export interface ReviewLink {
  verb: ReviewVerb
  workspace: Workspace
  runId: string
  stateId: string
  /** When the run begins: from then on the link is nothing. */
  expiresAt: Micros
  /** By how much its run is postponed; whole seconds. */
  postponeSeconds: number
}

/** Which waiting a notice asks about. */
export interface ReviewWindow {
  run_id: string
  /** The state in which the run waits: another one is another waiting. */
  state_id: string
  /** When the run begins, if nobody decides. */
  until: Micros
  postpone_seconds: number
}

const VERSION = 1
/** Version and verb, three UUIDs, expiry, postponement. */
const BODY_BYTES = 2 + 3 * 16 + 8 + 4
/** Half of what SHA-256 gives (RFC 2104, 5): a link is not longer than it must be, for mail breaks long lines. */
const SEAL_BYTES = 16

/** The link as 104 characters that any address can hold. */
export function signLink(link: ReviewLink, key: string): string {
  const body = Buffer.alloc(BODY_BYTES)
  body.writeUInt8(VERSION, 0)
  body.writeUInt8(REVIEW_VERBS.indexOf(link.verb), 1)
  ;[link.workspace, link.runId, link.stateId].forEach((id, i) => {
    body.write(id.replaceAll('-', ''), 2 + 16 * i, 'hex')
  })
  body.writeBigInt64BE(BigInt(link.expiresAt), 50)
  body.writeUInt32BE(link.postponeSeconds, 58)
  return Buffer.concat([body, sealOf(body, key)]).toString('base64url')
}

/** What a link says, if it was signed with the key, as it stands, and its run's time has not come; else null, whatever is wrong. */
export function readLink(token: string, key: string, now: Micros): ReviewLink | null {
  const bytes = Buffer.from(token, 'base64url')
  // Decoding is lenient: only the one spelling that we write is a link.
  if (bytes.length !== BODY_BYTES + SEAL_BYTES || bytes.toString('base64url') !== token) return null
  const body = bytes.subarray(0, BODY_BYTES)
  if (!timingSafeEqual(bytes.subarray(BODY_BYTES), sealOf(body, key))) return null
  const verb = REVIEW_VERBS[body.readUInt8(1)]
  if (body.readUInt8(0) !== VERSION || verb === undefined) return null
  const expiresAt = Number(body.readBigInt64BE(50))
  if (expiresAt <= now) return null
  return {
    verb,
    workspace: idAt(body, 2),
    runId: idAt(body, 18),
    stateId: idAt(body, 34),
    expiresAt,
    postponeSeconds: body.readUInt32BE(58),
  }
}

const sealOf = (body: Uint8Array, key: string): Buffer =>
  createHmac('sha256', key).update('review-link').update(body).digest().subarray(0, SEAL_BYTES)

const idAt = (body: Buffer, at: number): string =>
  parseUuid(body.toString('hex', at, at + 16)) ?? ''
