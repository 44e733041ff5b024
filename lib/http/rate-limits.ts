// How often a webhook may be called, counted in this process: no write is spent on it. On AWS every instance of the function has
// counts of its own, so all together may take as many times as much as there are instances.
import { Refusal } from '../core/errors.ts'
import type { Services } from '../core/ports.ts'
import { type TokenBucket, takeToken } from '../core/token-bucket.ts'
import type { Webhook } from '../core/webhook-definition.ts'

/** Webhooks counted at once. Beyond it the one counted first begins anew, with a full bucket. */
const COUNTED_MAX = 10_000

/** Throws a Refusal 429 with the time after which another call will be taken. */
export function rateLimits({ now }: Services['clock']): (webhook: Webhook) => void {
  const buckets = new Map<string, TokenBucket>()

  return ({ id, rate_limit: limit }) => {
    if (!limit) return
    const { bucket, retryAfterSeconds } = takeToken(limit, buckets.get(id), now())
    buckets.set(id, bucket)
    if (buckets.size > COUNTED_MAX) {
      for (const oldest of buckets.keys()) {
        buckets.delete(oldest)
        break
      }
    }
    if (retryAfterSeconds === null) return
    throw new Refusal(429, 'Too many calls.', { retryAfterSeconds })
  }
}
