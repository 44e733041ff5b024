// The gate: who is calling, and what they may do. One gate serves REST, sockets and console of a process. A caller costs one consistent
// read, and then none for KEY_TRUSTED_SECONDS: that long a revoked key may still be taken.
import { hashOf, judge, keyIdOf, permits, type Scope } from '../core/api-key.ts'
import { Refusal } from '../core/errors.ts'
import type { Services } from '../core/ports.ts'
import { MICROS_PER_SECOND, type Micros } from '../core/time.ts'
import { type TokenBucket, takeToken } from '../core/token-bucket.ts'
import { DEFAULT_WORKSPACE, type Workspace } from '../core/workspace.ts'
import { keyAudit } from '../steps/key-audit.ts'

/** Somebody at the gate: all that they showed, in the order in which it is looked at. */
export interface Visitor {
  credentials: readonly (string | null)[]
  /** Where they come from, to count failures by. */
  address: string
}

/** Somebody who was let in. */
export interface Caller {
  /** The one workspace that the key opens; null where no keys are asked for, and every one is open. */
  workspace: Workspace | null
  scopes: readonly Scope[]
  /** Null: no key was asked for, or it is the one that the deployment made. */
  keyId: string | null
}

export interface Gate {
  /** @throws Refusal 401, the same whatever is wrong; 429 after too many failures from one address */
  enter(visitor: Visitor): Promise<Caller>
}

/** For loopback alone: whoever is on this machine may do everything (see local/guard.ts). */
export const openGate: Gate = {
  enter: async () => ({ workspace: null, scopes: ['admin'], keyId: null }),
}

/** How long a key that was good is taken without another look. */
export const KEY_TRUSTED_SECONDS = 5
/** Keys remembered at once; beyond it the one seen first is looked up again. */
const TRUSTED_MAX = 10_000

/** Failures of one address: twenty at once, then one a second. A key has 192 bits: this spares us reads, not the key. */
export const FAILURES = { per_second: 1, burst: 20 } as const
/** Addresses counted at once. Beyond it the one counted first begins anew. */
const ADDRESSES_MAX = 10_000

export interface GateOptions {
  /** The key that the deployment made, which is of no store: admin of the default workspace. */
  adminKey?: KeyInHand
}

/** A secret text that may be rotated elsewhere: `isRight` looks again, but not often, before it says no. */
export interface KeyInHand {
  isRight(text: string): Promise<boolean>
}

type Uses = Pick<Services, 'apiKeys' | 'events' | 'clock' | 'log'>

/** The gate of a server that demands keys. */
export function keyGate(services: Uses, { adminKey }: GateOptions = {}): Gate {
  const { apiKeys, clock } = services
  const trusted = bounded<{ caller: Caller; until: Micros }>(TRUSTED_MAX)
  const failures = bounded<TokenBucket>(ADDRESSES_MAX)
  const audit = keyAudit(services)

  async function callerWith(text: string): Promise<Caller | null> {
    const id = keyIdOf(text)
    if (id === null) return (await adminKey?.isRight(text)) ? ADMIN : null
    const found = await apiKeys.find(id)
    if (!found) return null
    const now = clock.now()
    const judgement = judge(found.value, text, now)
    if (judgement === 'good') {
      await audit.used(found, now)
      return { workspace: found.value.workspace_id, scopes: found.value.scopes, keyId: id }
    }
    if (judgement !== 'wrong') await audit.refused(found.value, judgement, now)
    return null
  }

  function trust(hash: string, caller: Caller): Caller {
    const until = clock.now() + KEY_TRUSTED_SECONDS * MICROS_PER_SECOND
    trusted.set(hash, { caller, until })
    return caller
  }

  /** Takes a token before anything is looked up, so that attempts at once are counted too; who was right gets it back. */
  function requirePatience(place: string): void {
    const { bucket, retryAfterSeconds } = takeToken(FAILURES, failures.get(place), clock.now())
    if (retryAfterSeconds !== null) {
      throw new Refusal(429, 'Too many attempts.', { retryAfterSeconds })
    }
    failures.set(place, bucket)
  }

  function giveBack(place: string): void {
    const { tokens, at } = failures.get(place) ?? { tokens: FAILURES.burst, at: clock.now() }
    failures.set(place, { tokens: Math.min(FAILURES.burst, tokens + 1), at })
  }

  return {
    async enter({ credentials, address }) {
      const shown = credentials.filter((text) => text !== null && text !== '') as string[]
      for (const text of shown) {
        const known = trusted.get(hashOf(text))
        if (known && known.until > clock.now()) return known.caller
      }
      if (shown.length === 0) throw unauthorized() // costs nothing, so it is not counted
      const place = networkOf(address)
      requirePatience(place)
      for (const text of shown) {
        const caller = await callerWith(text)
        if (!caller) continue
        giveBack(place)
        return trust(hashOf(text), caller)
      }
      throw unauthorized()
    },
  }
}

const ADMIN: Caller = { workspace: DEFAULT_WORKSPACE, scopes: ['admin'], keyId: null }

const unauthorized = () => new Refusal(401, 'Unauthorized', { key: 'exception_message' })

/**
 * The workspace of a call: the one its path names, else the key's. Administrators of the default workspace, which is the stack's own,
 * may administer the others: make keys there, but read nothing.
 * @throws Refusal 403 when the key lacks the scope; 404 for a workspace that it does not open, as for one that is not there
 */
export function workspaceFor(
  caller: Caller,
  asked: Workspace | null,
  needed: Scope | null,
): Workspace {
  const own = caller.workspace ?? asked ?? DEFAULT_WORKSPACE
  const isForeign = asked !== null && asked !== own
  if (isForeign && !(needed === 'admin' && isStackAdmin(caller))) {
    throw new Refusal(404, 'Not Found')
  }
  if (needed !== null) requireScope(caller, needed)
  return asked ?? own
}

/** @throws Refusal 403 when the caller's key lacks it */
export function requireScope({ scopes }: Caller, needed: Scope): void {
  if (permits(scopes, needed)) return
  throw new Refusal(
    403,
    `This needs a key with the scope ${needed}; yours has ${scopes.join(', ')}`,
  )
}

/** Whether the caller administers the stack itself: accounts, and keys of any workspace. */
export const isStackAdmin = ({ workspace, scopes }: Caller): boolean =>
  (workspace === null || workspace === DEFAULT_WORKSPACE) && permits(scopes, 'admin')

/** A provider gives a customer at least a /64 of IPv6: addresses in it are one visitor. */
const networkOf = (address: string): string =>
  address.includes(':') && !address.includes('.')
    ? address.split(':').slice(0, 4).join(':')
    : address

/** A map that holds so many, and forgets what it was told first. */
function bounded<T>(max: number) {
  const map = new Map<string, T>()
  return {
    get: (key: string): T | undefined => map.get(key),
    set(key: string, value: T): void {
      map.set(key, value)
      if (map.size > max) map.delete(map.keys().next().value as string)
    },
  }
}
