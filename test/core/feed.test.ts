import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../lib/core/event.ts'
import { createFeedIndex, FEED_LIMITS, type FeedIndex } from '../../lib/core/feed.ts'
import { parseEventCount, parseEventQuery } from '../../lib/core/filter.ts'
import { parsePageToken } from '../../lib/core/page-token.ts'
import { compileFilter, matchesStored } from '../../lib/core/stored-filter.ts'
import { formatInstant, parseInstant } from '../../lib/core/time.ts'

const NOW = parseInstant('2025-03-02T12:30:00Z') ?? 0
const MINUTE = 60_000_000

/** What happened in the bakery, `minutes` before now. */
const happened = (n: number, minutes: number, parts: Partial<Event> = {}): Event => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  occurred: formatInstant(NOW - minutes * MINUTE),
  received: formatInstant(NOW),
  event: `dough.${n % 3 === 0 ? 'proofed' : 'mixed'}`,
  resource: { 'prefect.resource.id': `dough.${n % 4}` },
  related: [],
  payload: {},
  follows: null,
  ...parts,
})

const filled = (...segments: Event[][]) => {
  const index = createFeedIndex()
  for (const segment of segments) index.add(segment)
  return index
}
const ask = (index: FeedIndex, filter: object = {}, limit = 50) =>
  index.query(parseEventQuery({ filter, limit }, NOW))
const numbers = (events: Event[]) => events.map(({ id }) => Number(id.slice(-12)))

function allPages(index: FeedIndex, filter: object, limit: number, between = () => {}) {
  const pages = [ask(index, filter, limit)]
  for (;;) {
    const token = pages.at(-1)?.nextPage
    if (!token) return pages
    between()
    pages.push(index.query(parsePageToken(token)))
  }
}

describe('what the feed gives back', () => {
  it('is the event that was added', () => {
    const event = happened(7, 5, {
      id: 'fedcba98-7654-7321-8fed-cba987654321',
      occurred: '2025-03-02T06:00:00.000001Z',
      follows: '00000000-0000-4000-8000-000000000001',
      resource: { 'prefect.resource.id': 'oven', 'prefect.resource.name': 'Öfen "1"' },
      related: [
        { 'prefect.resource.role': 'baker', 'prefect.resource.id': 'ann' },
        { 'prefect.resource.role': 'owner', 'prefect.resource.id': 'ann' },
      ],
      payload: { degrees: [20, null, { deep: '\u2028' }] },
    })

    expect(ask(filled([event])).events).toEqual([event])
  })

  it('is the first of two events with one id', () => {
    const index = filled([happened(1, 5)], [happened(1, 3, { event: 'forged' })])

    expect(ask(index).events).toEqual([happened(1, 5)])
  })

  it('is in order of time, however it was added', () => {
    const index = filled(
      [happened(1, 9), happened(2, 1)],
      [happened(3, 5)],
      [happened(4, 20), happened(5, 0)],
    )

    expect(numbers(ask(index).events)).toEqual([5, 2, 3, 1, 4])
    expect(numbers(ask(index, { order: 'ASC' }).events)).toEqual([4, 1, 3, 2, 5])
  })

  it('events of one moment are in order of their ids', () => {
    const index = filled([happened(3, 5), happened(1, 5)], [happened(2, 5)])

    expect(numbers(ask(index, { order: 'ASC' }).events)).toEqual([1, 2, 3])
    expect(allPages(index, {}, 1).map(({ events }) => numbers(events))).toEqual([[3], [2], [1]])
  })
})

describe('paging', () => {
  it('repeats and hides nothing while new events arrive', () => {
    const index = filled(Array.from({ length: 10 }, (_, i) => happened(i, 10 + i)))
    let n = 100

    const pages = allPages(index, {}, 3, () => {
      index.add([happened(n++, 0), happened(n++, 1)])
    })

    expect(pages.map(({ events }) => numbers(events))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
      [9],
    ])
    expect(pages.map(({ total }) => total)).toEqual([10, 10, 10, 10])
  })

  it('of no events leads to itself', () => {
    const pages = ask(filled([happened(1, 1)]), {}, 0)

    expect(pages).toMatchObject({ events: [], total: 1 })
    expect(filled([happened(1, 1)]).query(parsePageToken(pages.nextPage ?? ''))).toEqual(pages)
    expect(ask(filled([]), {}, 0).nextPage).toBeNull()
  })

  it.each(['', '%%', 'Zm9v', 'eyJhIjoxfQ', 'e30'])('refuses %j as a token', (token) => {
    expect(() => parsePageToken(token)).toThrow('Forbidden')
  })

  it('any other text is refused as a token too, or asks what its sender could ask for', () => {
    const index = filled([happened(1, 1)])
    const own = JSON.parse(Buffer.from(ask(index, {}, 0).nextPage ?? '', 'base64url').toString())
    const forged = fc.oneof(
      fc.string(),
      fc
        .dictionary(fc.constantFrom(...Object.keys(own)), fc.jsonValue())
        .map((parts) => Buffer.from(JSON.stringify({ ...own, ...parts })).toString('base64url')),
    )
    fc.assert(
      fc.property(forged, (token) => {
        try {
          expect(index.query(parsePageToken(token)).events.length).toBeLessThanOrEqual(50)
        } catch (error) {
          expect(error).toMatchObject({ name: 'Refusal', status: 403 })
        }
      }),
    )
  })
})

describe('the bounded feed', () => {
  it('forgets the oldest events, and says that totals may be too low', () => {
    const index = createFeedIndex({ ...FEED_LIMITS, eventsMax: 80 })
    index.add(Array.from({ length: 81 }, (_, i) => happened(i, i)))

    expect(index.size).toBe(70)
    expect(numbers(ask(index, {}, 3).events)).toEqual([0, 1, 2])
    expect(ask(index)).toMatchObject({ total: 70, isTotalExact: false })
    const recent = { occurred: { since: formatInstant(NOW - 60 * MINUTE) } }
    expect(ask(index, recent)).toMatchObject({ total: 61, isTotalExact: true })
  })

  it('is bounded by its texts too, but keeps the newest event', () => {
    const index = createFeedIndex({ ...FEED_LIMITS, charactersMax: 1000 })
    index.add([happened(1, 2, { payload: { a: 'x'.repeat(600) } })])
    index.add([happened(2, 1, { payload: { a: 'x'.repeat(2000) } })])

    expect(numbers(ask(index).events)).toEqual([2])
  })
})

describe('counting', () => {
  const index = filled([
    happened(1, 0),
    happened(2, 25),
    happened(3, 95, {
      resource: { 'prefect.resource.id': 'dough.1', 'prefect.resource.name': 'old' },
    }),
    happened(5, 10, {
      resource: { 'prefect.resource.id': 'dough.1', 'prefect.resource.name': 'rye' },
    }),
  ])
  const filter = {
    occurred: { since: formatInstant(NOW - 100 * MINUTE), until: formatInstant(NOW + 9 * MINUTE) },
  }
  const count = (body: object, countable: 'day' | 'time' | 'event' | 'resource') =>
    index.count(parseEventCount({ filter, ...body }, NOW), countable, NOW)

  it('by time: every bucket from the one of `since` to the end of the current unit', () => {
    expect(count({ time_unit: 'hour' }, 'time')).toEqual([
      hour(0, '10:00:00', '10:59:59', 1),
      hour(1, '11:00:00', '11:59:59', 0),
      hour(2, '12:00:00', '12:59:59', 3),
    ])
  })

  const hour = (value: number, from: string, to: string, events: number) => ({
    value: String(value),
    label: `2025-03-02T${from}+00:00`,
    count: events,
    start_time: `2025-03-02T${from}.000000Z`,
    end_time: `2025-03-02T${to}.999999Z`,
  })

  it('by day: whatever the unit', () => {
    expect(count({ time_unit: 'second', time_interval: 5 }, 'day')).toMatchObject([{ count: 4 }])
  })

  it('by event: most first', () => {
    expect(count({}, 'event')).toMatchObject([
      { value: 'dough.mixed', label: 'dough.mixed', count: 3 },
      { value: 'dough.proofed', count: 1 },
    ])
  })

  it('by resource: called as its latest event calls it', () => {
    expect(count({}, 'resource')).toMatchObject([
      {
        value: 'dough.1',
        label: 'dough.1',
        count: 3,
        start_time: formatInstant(NOW - 95 * MINUTE),
        end_time: formatInstant(NOW),
      },
      { value: 'dough.2', count: 1 },
    ])
  })

  it('refuses more than a thousand buckets', () => {
    expect(() => count({ time_unit: 'second' }, 'time')).toThrow('6540 buckets')
  })
})

it('a live subscription begins with the newest events that pass, oldest first', () => {
  const index = filled(Array.from({ length: 9 }, (_, i) => happened(i, i)))
  const { filter } = parseEventQuery({ filter: { event: { name: ['dough.mixed'] } } }, NOW)

  expect(numbers(index.backfill(filter, 3))).toEqual([4, 2, 1])
})

describe('the index and the test of single events', () => {
  const words = ['a', 'b', 'ab', 'a b', 'A', '"', ', ', ': ', 'x.y']
  const word = fc.constantFrom(...words)
  const sought = fc.constantFrom(...words, '[', ']', '{', '}')
  const ids = fc.constantFrom('r.1', 'r.2', 'q.1')
  const resource = fc.record(
    { 'prefect.resource.id': ids, a: word, b: word },
    { requiredKeys: ['prefect.resource.id'] },
  )
  const events = fc
    .array(
      fc.record({
        minutes: fc.nat(9),
        event: word,
        resource,
        related: fc.array(
          resource.map((labels) => ({ ...labels, 'prefect.resource.role': 'baker' })),
          { maxLength: 2 },
        ),
        payload: fc.dictionary(word, fc.oneof(word, fc.integer(), fc.array(word))),
      }),
      { maxLength: 30 },
    )
    .map((list) => list.map(({ minutes, ...parts }, n) => happened(n, minutes, parts)))
  const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { maxLength: 2 })
  const labels = fc.dictionary(
    fc.constantFrom('a', 'b', 'prefect.resource.id', 'prefect.resource.role'),
    fc.oneof(fc.constantFrom('a*', '!a', 'r.?', 'baker', '*'), some(word)),
    { maxKeys: 2 },
  )
  const involved = fc.record({ id: some(ids), labels }, { requiredKeys: [] })
  const filters = fc.record(
    {
      event: fc.record({ prefix: some(word), exclude_name: some(word) }, { requiredKeys: [] }),
      resource: fc.record(
        { id_prefix: some(fc.constantFrom('r', 'q', '_')), labels },
        { requiredKeys: [] },
      ),
      related: fc.oneof(involved, some(involved)),
      any_resource: involved,
      text: fc.record({
        query: fc
          .array(
            fc.tuple(
              fc.constantFrom('', '-', '+'),
              fc.array(sought, { minLength: 1, maxLength: 3 }),
            ),
          )
          .map((terms) =>
            terms
              .map(([sign, parts]) => `${sign}"${parts.join('').replaceAll('"', '\\"')}"`)
              .join(' '),
          ),
      }),
      order: fc.constantFrom('ASC', 'DESC'),
    },
    { requiredKeys: [] },
  )

  it('agree on any events and any filter, on any number of pages', () => {
    fc.assert(
      fc.property(events, filters, fc.integer({ min: 1, max: 7 }), (all, filter, limit) => {
        const stored = compileFilter(parseEventQuery({ filter }, NOW).filter)
        const wanted = all
          .filter((event) => matchesStored(stored, event))
          .sort((a, b) => (a.occurred + a.id < b.occurred + b.id ? -1 : 1))
        if (stored.descending) wanted.reverse()

        const pages = allPages(filled(all.slice(0, 9), all.slice(9)), filter, limit)

        expect(pages.flatMap((page) => page.events)).toEqual(wanted)
        expect(pages.map(({ total }) => total)).toEqual(pages.map(() => wanted.length))
      }),
      { numRuns: 500 },
    )
  })
})
