// Counting the feed: histograms over time, and totals by event name or resource (Prefect: server/events/counting.py).
import { Refusal } from './errors.ts'
import { type Columns, nameAt, primaryJsonAt } from './feed-columns.ts'
import type { Countable, EventCountQuery, TimeUnit } from './filter.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'

/** One bar of a histogram, or one name or resource. Times are instants in the form of `formatInstant`, both inclusive. */
export interface EventCount {
  value: string
  label: string
  count: number
  start_time: string
  end_time: string
}

/** Bars of one histogram. */
const COUNT_BUCKETS_MAX = 1000
/** Names or resources of one answer, those with most events. Prefect sends all; ours must fit into an answer. */
const COUNT_GROUPS_MAX = 10_000

/** A Monday before all events, from which all time is divided. */
const PIVOT = parseInstant('2024-04-01T00:00:00Z') ?? 0

const UNIT: Readonly<Record<TimeUnit, Micros>> = {
  week: 604_800 * MICROS_PER_SECOND,
  day: 86_400 * MICROS_PER_SECOND,
  hour: 3600 * MICROS_PER_SECOND,
  minute: 60 * MICROS_PER_SECOND,
  second: MICROS_PER_SECOND,
}

/** Calls with each row that passes, oldest first. */
type EachRow = (visit: (row: number) => void) => void

/**
 * Events by equal lengths of time, from the one that holds `since` to the one that holds `until` (or the end of the unit that
 * holds now, if that is earlier), those without events included.
 * @throws Refusal 422 for more than 1,000 of them
 */
export function countBuckets(
  columns: Columns,
  { filter, time_unit, time_interval }: EventCountQuery,
  countable: Countable,
  now: Micros,
  eachRow: EachRow,
): EventCount[] {
  const unit = UNIT[countable === 'day' ? 'day' : time_unit]
  const length = Math.round(unit * (countable === 'day' ? 1 : time_interval))
  const since = parseInstant(filter.occurred.since) ?? 0
  const until = parseInstant(filter.occurred.until) ?? 0
  refuseTooMany(Math.ceil((until - since) / length))
  const end = until > now ? PIVOT + (Math.floor((now - PIVOT) / unit) + 1) * unit - 1 : until
  const first = Math.floor((since - PIVOT) / length)
  const counts: EventCount[] = []
  for (let start = PIVOT + first * length; start < end; start += length) {
    counts.push({
      value: String(counts.length),
      label: isoformat(start),
      count: 0,
      start_time: formatInstant(start),
      end_time: formatInstant(start + length - 1),
    })
  }
  eachRow((row) => {
    const occurred = columns.occurred[row] ?? 0
    const bucket = counts[Math.floor((occurred - PIVOT) / length) - first]
    if (bucket) bucket.count += 1
  })
  return counts
}

function refuseTooMany(buckets: number): void {
  if (buckets <= COUNT_BUCKETS_MAX) return
  throw new Refusal(
    422,
    `The given interval would create ${buckets} buckets, which is too many. Please increase the interval or reduce ` +
      `the time range to produce ${COUNT_BUCKETS_MAX} buckets or fewer.`,
  )
}

/** Python's form of a time: a zone instead of `Z`, no decimals when there are none. */
const isoformat = (at: Micros): string =>
  formatInstant(at)
    .replace(/\.000000Z$/, 'Z')
    .replace(/Z$/, '+00:00')

interface Group {
  count: number
  oldest: number
  latest: number
}

/** Events by name or by resource, most first; a resource is called as its latest event calls it. */
export function countGroups(
  columns: Columns,
  countable: 'event' | 'resource',
  eachRow: EachRow,
): EventCount[] {
  const groups = new Map<number, Group>()
  const { name, primary, primaries } = columns
  eachRow((row) => {
    const number =
      countable === 'event' ? (name[row] ?? 0) : (primaries.ids[primary[row] ?? 0] ?? 0)
    const group = groups.get(number)
    if (group) {
      group.count += 1
      group.latest = row
    } else groups.set(number, { count: 1, oldest: row, latest: row })
  })
  const texts = countable === 'event' ? columns.names.texts : columns.resourceIds.texts
  const counts = [...groups].map(([number, { count, oldest, latest }]) => ({
    value: texts[number] ?? '',
    label: countable === 'event' ? nameAt(columns, latest) : resourceLabel(columns, latest),
    count,
    start_time: formatInstant(columns.occurred[oldest] ?? 0),
    end_time: formatInstant(columns.occurred[latest] ?? 0),
  }))
  return counts
    .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1))
    .slice(0, COUNT_GROUPS_MAX)
}

function resourceLabel(columns: Columns, row: number): string {
  const resource: Record<string, string> = JSON.parse(primaryJsonAt(columns, row))
  return (
    resource['prefect.resource.name'] ??
    resource['prefect.name'] ??
    resource['prefect.resource.id'] ??
    ''
  )
}
