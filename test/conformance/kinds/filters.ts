// Event filters over stored events: the feed's index answers page by page, the plain predicate and the check for live
// subscriptions must agree with it where Prefect's do.
import { isDeepStrictEqual } from 'node:util'
import { type Event, parseEvent } from '../../../lib/core/event.ts'
import { createFeedIndex, type FeedIndex } from '../../../lib/core/feed.ts'
import { parseEventFilter, parseEventQuery } from '../../../lib/core/filter.ts'
import { compileLive } from '../../../lib/core/live-filter.ts'
import { parsePageToken } from '../../../lib/core/page-token.ts'
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
  const index = createFeedIndex()
  index.add(events)
  const numbers = new Map(events.map((event, i) => [event.id, i]))
  return file.cases.map((expected) => {
    const wrong =
      differenceInPages(expected, index, numbers, now) ?? differenceInTests(expected, events, now)
    return wrong === null
      ? { name: expected.name, verdict: 'passed' }
      : { name: expected.name, verdict: 'failed', detail: wrong }
  })
}

function differenceInPages(
  { filter, limit, total, pages, more = false }: Case,
  index: FeedIndex,
  numbers: Map<string, number>,
  now: number,
): string | null {
  const answer = index.query(parseEventQuery({ filter, limit }, now))
  const got = [answer]
  for (let { nextPage } = answer; nextPage !== null && got.length < pages.length; ) {
    const page = index.query(parsePageToken(nextPage))
    got.push(page)
    nextPage = page.nextPage
  }
  const shown = got.map(({ events }) => events.map(({ id }) => numbers.get(id)))
  const hasMore = got.at(-1)?.nextPage !== null
  if (got.some((page) => page.total !== total)) return `total ${answer.total}, not ${total}`
  if (hasMore !== more) return hasMore ? 'too many pages' : 'too few pages'
  return isDeepStrictEqual(shown, pages)
    ? null
    : `pages ${JSON.stringify(shown)}, not ${JSON.stringify(pages)}`
}

/** The tests of single events; a page size of 0 or `distinct` hides which events pass. */
function differenceInTests(
  { filter, pages, more, stream }: Case,
  events: Event[],
  now: number,
): string | null {
  if (more) return null
  const inOrder = (numbers: number[]) => [...numbers].sort((a, b) => a - b)
  const passing = (test: (event: Event) => boolean) =>
    events.flatMap((event, i) => (test(event) ? [i] : []))
  const stored = compileFilter(parseEventQuery({ filter }, now).filter)
  const wanted = inOrder(pages.flat())
  const got = passing((event) => matchesStored(stored, event))
  if (!stored.distinct && !isDeepStrictEqual(got, wanted)) return `stored ${got}, not ${wanted}`
  const wantedLive = inOrder(stream ?? pages.flat())
  const live = passing(compileLive(parseEventFilter(filter ?? {}, now)))
  return isDeepStrictEqual(live, wantedLive) ? null : `live ${live}, not ${wantedLive}`
}
