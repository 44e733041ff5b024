// The feed's index: stored events in memory, in the order in which they occurred, answering filters by tests on dictionaries and
// one loop over columns. It is filled with segments that others load, any number of times and in any order.
import type { Event } from './event.ts'
import {
  addRow,
  type Columns,
  charactersAt,
  compareRows,
  compareToPlace,
  copyRow,
  createColumns,
  eventAt,
} from './feed-columns.ts'
import { countBuckets, countGroups, type EventCount } from './feed-count.ts'
import { idAt } from './feed-ids.ts'
import { type RowTest, rowTest } from './feed-match.ts'
import type { Countable, EventCountQuery, EventFilter } from './filter.ts'
import { type FeedQuery, formatPageToken, type Place } from './page-token.ts'
import { compileFilter, type StoredFilter } from './stored-filter.ts'
import { formatInstant, type Micros, parseInstant } from './time.ts'

/** What an index may hold; beyond it the oldest events go, an eighth at a time. */
export interface FeedLimits {
  /** About 100 bytes each, beyond their texts. @default 250,000 */
  eventsMax: number
  /** Characters of payloads, names and resources. @default 192 Mi */
  charactersMax: number
}

/** What fits beside everything else into a function of 1,024 MB. */
export const FEED_LIMITS: FeedLimits = { eventsMax: 250_000, charactersMax: 192 * 1024 * 1024 }

/** One page of an answer. */
export interface FeedPage {
  events: Event[]
  /** Events that pass the filter; with `distinct`, their resources. */
  total: number
  /** False when events in the asked time were already forgotten: then the total is a lower bound. */
  isTotalExact: boolean
  /** The next page's token, or null when there is none. A page of no events leads to itself, as with Prefect. */
  nextPage: string | null
}

/** Stored events of one workspace, in memory. Everything is answered at once; nothing is written anywhere. */
export interface FeedIndex {
  /** Events whose ids are there already change nothing. */
  add(events: Event[]): void
  query(query: FeedQuery): FeedPage
  /** POST /events/count-by/{countable}. Throws a Refusal 422 for more than 1,000 buckets. */
  count(query: EventCountQuery, countable: Countable, now: Micros): EventCount[]
  /** The newest events that pass, at most `max`, oldest first, for a live subscription to begin with. */
  backfill(filter: EventFilter, max: number): Event[]
  readonly size: number
}

/** An empty index. Events it had to forget come back by no other way than a new index. */
export function createFeedIndex(limits: FeedLimits = FEED_LIMITS): FeedIndex {
  let columns = createColumns()
  let order: Uint32Array = new Uint32Array(columns.occurred.length)
  /** Events older than this may have been forgotten. */
  let completeSince = Number.NEGATIVE_INFINITY

  function add(events: Event[]): void {
    const rows = events.map((event) => addRow(columns, event)).filter((row) => row >= 0)
    order = mergeRows(columns, order, rows)
    if (columns.rows > limits.eventsMax || columns.characters > limits.charactersMax) evict()
  }

  /** Builds everything anew from the newest seven eighths: rare, and leaves no holes in columns and dictionaries. */
  function evict(): void {
    const old = columns
    const kept = newestWithin(old, order, limits)
    columns = createColumns()
    for (const row of kept) copyRow(columns, old, row)
    order = mergeRows(columns, new Uint32Array(columns.occurred.length), Array.from(kept.keys()))
    completeSince = columns.occurred[0] ?? completeSince
  }

  /** The part of the order, [from, to), that lies in the filter's time and, in the filter's direction, after a place. */
  function span({ since, until, descending }: StoredFilter, after: Place | null) {
    const at = (position: number) => columns.occurred[order[position] ?? 0] ?? 0
    const from = firstWhere(columns.rows, (position) => at(position) >= since)
    const to = firstWhere(columns.rows, (position) => at(position) > until)
    if (!after) return { from, to }
    const isBeyond = beyond(after, descending)
    const here = (position: number) => isBeyond(order[position] ?? 0)
    return descending
      ? {
          from,
          to: Math.min(
            to,
            firstWhere(columns.rows, (position) => !here(position)),
          ),
        }
      : { from: Math.max(from, firstWhere(columns.rows, here)), to }
  }

  /** Visits rows that pass, in the filter's order, until told to stop. */
  function walk(
    filter: StoredFilter,
    after: Place | null,
    visit: (row: number) => 'stop' | undefined,
  ): void {
    // Which event of a resource is its first is only known from the beginning, so `distinct` walks from there.
    const { from, to } = span(filter, filter.distinct ? null : after)
    const passes = rowTest(columns, filter)
    const isFirst = filter.distinct ? firstOfResource() : null
    const isBeyond = filter.distinct && after ? beyond(after, filter.descending) : null
    for (let i = from; i < to; i++) {
      const row = order[filter.descending ? to - 1 - (i - from) : i] ?? 0
      if (passes && !passes(row)) continue
      if (isFirst && !isFirst(row)) continue
      if (isBeyond && !isBeyond(row)) continue
      if (visit(row) === 'stop') return
    }
  }

  function firstOfResource(): RowTest {
    const seen = new Uint8Array(columns.resourceIds.texts.length)
    return (row) => {
      const id = columns.primaries.ids[columns.primary[row] ?? 0] ?? 0
      if (seen[id] === 1) return false
      seen[id] = 1
      return true
    }
  }

  function beyond({ occurred, id }: Place, descending: boolean): RowTest {
    const at = parseInstant(occurred) ?? 0
    const sign = descending ? -1 : 1
    return (row) => sign * compareToPlace(columns, row, at, id) > 0
  }

  function query({ filter, limit, after = null, ...known }: FeedQuery): FeedPage {
    const stored = compileFilter(filter)
    const rows: number[] = []
    let passed = 0
    walk(stored, after, (row) => {
      if (rows.length < limit) rows.push(row)
      passed += 1
      return known.total !== undefined && passed > limit ? 'stop' : undefined
    })
    const total = known.total ?? passed
    const isTotalExact = known.isTotalExact ?? stored.since >= completeSince
    const last = rows.at(-1)
    const place = last === undefined ? after : placeOf(last)
    const next = { filter, limit, after: place, total, isTotalExact }
    return {
      events: rows.map((row) => eventAt(columns, row)),
      total,
      isTotalExact,
      nextPage: passed > limit ? formatPageToken(next) : null,
    }
  }

  const placeOf = (row: number): Place => ({
    occurred: formatInstant(columns.occurred[row] ?? 0),
    id: idAt(columns.ids, row),
  })

  return {
    add,
    query,
    count(query, countable, now) {
      const filter = compileFilter(query.filter)
      const each = (visit: (row: number) => void) =>
        walk({ ...filter, distinct: false, descending: false }, null, (row) => {
          visit(row)
          return undefined
        })
      return countable === 'event' || countable === 'resource'
        ? countGroups(columns, countable, each)
        : countBuckets(columns, query, countable, now, each)
    },
    backfill(filter, max) {
      const rows: number[] = []
      walk({ ...compileFilter(filter), distinct: false, descending: true }, null, (row) =>
        rows.push(row) >= max ? 'stop' : undefined,
      )
      return rows.reverse().map((row) => eventAt(columns, row))
    },
    get size() {
      return columns.rows
    },
  }
}

/** The order with new rows in their places. Costs what lies behind the earliest of them: nothing when they are the newest. */
function mergeRows(columns: Columns, order: Uint32Array, rows: number[]): Uint32Array {
  const merged = order.length < columns.occurred.length ? enlarged(order, columns) : order
  const sorted = rows.sort((a, b) => compareRows(columns, a, b))
  let old = columns.rows - rows.length - 1
  for (let to = columns.rows - 1; sorted.length > 0; to--) {
    const row = sorted[sorted.length - 1] ?? 0
    const before = merged[old] ?? 0
    const isOldLater = old >= 0 && compareRows(columns, before, row) > 0
    merged[to] = isOldLater ? before : row
    if (isOldLater) old -= 1
    else sorted.pop()
  }
  return merged
}

function enlarged(order: Uint32Array, columns: Columns): Uint32Array {
  const larger = new Uint32Array(columns.occurred.length)
  larger.set(order)
  return larger
}

/** The newest rows, oldest first, that fit into seven eighths of the limits. */
function newestWithin(columns: Columns, order: Uint32Array, limits: FeedLimits): Uint32Array {
  const share = 7 / 8
  const from = Math.max(0, columns.rows - Math.floor(limits.eventsMax * share))
  let room = limits.charactersMax * share
  let position = columns.rows - 1
  for (; position >= from; position--) {
    room -= charactersAt(columns, order[position] ?? 0)
    if (room < 0 && position < columns.rows - 1) break
  }
  return order.slice(position + 1, columns.rows)
}

/** The first position for which a claim holds that, once true, stays true; `length` when there is none. */
function firstWhere(length: number, holds: (position: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
