// What is written down about keys when they are shown: that one was used, to the hour, and that one was shown which is good no more.
// Neither stands in the way of whoever is at the gate when it fails.
import { type ApiKey, isUseNews, keyResource } from '../core/api-key.ts'
import { NAMESPACE, uuidv5 } from '../core/ids.ts'
import type { Services, Stored } from '../core/ports.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import { accept } from './accept.ts'

/** Events remembered as told, so that they are not put again and again. */
const TOLD_MAX = 10_000

export function keyAudit({
  apiKeys,
  events,
  clock,
  log,
}: Pick<Services, 'apiKeys' | 'events' | 'clock' | 'log'>) {
  const told = new Set<string>()

  return {
    /** At most one write an hour and key. Who loses the race for it needs not win: another has written it. */
    async used(key: Stored<ApiKey>, now: Micros): Promise<void> {
      if (!isUseNews(key.value, now)) return
      try {
        await apiKeys.replace({ ...key.value, last_used_at: formatInstant(now) }, key)
      } catch (error) {
        log.warn('the use of a key was not noted', { key: key.value.id, error: String(error) })
      }
    },

    /** Told at most once an hour and key: the hour is in the event's id. */
    async refused(key: ApiKey, why: 'expired' | 'revoked', now: Micros): Promise<void> {
      const event = `tripline.api-key.used-after-${why === 'revoked' ? 'revoke' : 'expiry'}`
      const occurred = formatInstant(now)
      const id = uuidv5(`${key.id}/${event}/${occurred.slice(0, 13)}`, NAMESPACE.announcement)
      if (told.has(id)) return
      const resource = keyResource(key)
      try {
        await accept({ events, clock })(key.workspace_id, [
          { id, event, occurred, resource, related: [], payload: {}, follows: null },
        ])
        if (told.size >= TOLD_MAX) told.clear()
        told.add(id)
      } catch (error) {
        log.warn('a refused key was not told of', { key: key.id, error: String(error) })
      }
    },
  }
}
