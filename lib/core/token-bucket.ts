// A token bucket: so many calls at once, and so many a second from then on.
import { MICROS_PER_SECOND, type Micros } from './time.ts'

/** A webhook's limit, as its owner set it. */
export interface RateLimit {
  per_second: number
  /** Calls that may come at once after a pause. */
  burst: number
}

/** What is left, as of a moment. */
export interface TokenBucket {
  tokens: number
  at: Micros
}

/**
 * Takes one token. Answers the bucket as it is then, and the whole seconds until there is another one when there was none. A bucket
 * that nobody has seen is full.
 */
export function takeToken(
  { per_second, burst }: RateLimit,
  bucket: TokenBucket | undefined,
  now: Micros,
): { bucket: TokenBucket; retryAfterSeconds: number | null } {
  const elapsed = bucket ? Math.max(0, now - bucket.at) / MICROS_PER_SECOND : 0
  const tokens = bucket ? Math.min(burst, bucket.tokens + elapsed * per_second) : burst
  if (tokens >= 1) return { bucket: { tokens: tokens - 1, at: now }, retryAfterSeconds: null }
  const wait = Math.ceil((1 - tokens) / per_second)
  return { bucket: { tokens, at: now }, retryAfterSeconds: Math.max(1, wait) }
}
