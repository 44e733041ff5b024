// Event filters over stored events: the feed's index answers page by page, the plain predicate and the check for live
// subscriptions must agree with it where Prefect's do.
import { isDeepStrictEqual } from 'node:util'
import { type Event, parseEvent } from '../../../lib/core/event.ts'
import { compileLive, parseEventFilter, parseEventQuery } from '../../../lib/core/filter.ts'
import { compileFilter, matchesStored } from '../../../lib/core/stored-filter.ts'
import { parseInstant } from '../../../lib/core/time.ts'
import type { Outcome } from '../run.ts'

interface File {
  now: string
  events: Omit<Event, 'received'>[]
  cases: Case[]
}

interface Case {
  name: string
  filter: unknown
  limit: number
  total: number
  pages: number[][]
  more?: boolean
  stream?: number[]
}

export function run(file: File): Outcome[] {
  const now = parseInstant(file.now) ?? 0
  const events = file.events.map((event): Event => ({ ...parseEvent(event), received: file.now }))
  return file.cases.map((expected) => judge(expected, events, now))
}

function judge(expected: Case, events: Event[], now: number): Outcome {
  const { name } = expected
  const { filter } = parseEventQuery({ filter: expected.filter, limit: expected.limit }, now)
  const stored = compileFilter(filter)
  const indexes = events.map((_, i) => i).filter((i) => matchesStored(stored, events[i] as Event))
  const live = compileLive(parseEventFilter(expected.filter ?? {}, now))
  const streamed = events.map((_, i) => i).filter((i) => live(events[i] as Event))
  const wantedStream = [...(expected.stream ?? expected.pages.flat())].sort((a, b) => a - b)
  const wanted = expected.pages.flat().sort((a, b) => a - b)
  if (!expected.more && !stored.distinct && !isDeepStrictEqual(indexes, wanted)) {
    return { name, verdict: 'failed', detail: `stored ${indexes} not ${wanted}` }
  }
  if (!expected.more && !isDeepStrictEqual(streamed, wantedStream)) {
    return { name, verdict: 'failed', detail: `stream ${streamed} not ${wantedStream}` }
  }
  return { name, verdict: 'passed' }
}
