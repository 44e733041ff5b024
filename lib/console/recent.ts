// What happened lately to a resource, asked of the feed: rows for its page, and counts for a small histogram beside its name.
import type { Event } from '../core/event.ts'
import { type EventFilter, eventFilterSchema } from '../core/filter.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import type { Visit } from './visit.ts'

const HOUR: Micros = 3_600 * MICROS_PER_SECOND
const HOURS = 24
const DAYS_KEPT = 7

type Asked = Pick<Visit, 'readFeed' | 'workspace' | 'now'>

function filterFor(id: string, since: Micros, until: Micros): EventFilter {
  const filter = eventFilterSchema.parse({ any_resource: { id: [id] } })
  return { ...filter, occurred: { since: formatInstant(since), until: formatInstant(until) } }
}

/** Events that a resource had a part in, newest first. */
export async function recentOf(
  { readFeed, workspace, now }: Asked,
  id: string,
  limit: number,
  event: EventFilter['event'] = null,
): Promise<Event[]> {
  const index = await readFeed(workspace)
  const filter = { ...filterFor(id, now - DAYS_KEPT * HOURS * HOUR, now), event }
  return index.query({ filter, limit }).events
}

/** For each resource, its events in each of the last 24 hours. */
export async function hourly(
  { readFeed, workspace, now }: Asked,
  ids: string[],
  event: EventFilter['event'] = null,
): Promise<number[][]> {
  const index = await readFeed(workspace)
  const since = now - HOURS * HOUR
  return ids.map((id) => {
    const filter = { ...filterFor(id, since, now), event }
    const bars = index.count({ filter, time_unit: 'hour', time_interval: 1 }, 'time', now)
    const inside = bars.filter(({ end_time }) => (parseInstant(end_time) ?? 0) > since)
    return inside.slice(-HOURS).map(({ count }) => count)
  })
}
