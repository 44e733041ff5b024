// npx tsx bench/feed.ts [events=100000]   Medians of the feed's queries over stored events: 20 names, 1,000 resources, one day.
import { randomUUID } from 'node:crypto'
import type { Event } from '../lib/core/event.ts'
import { createFeedIndex, type FeedIndex } from '../lib/core/feed.ts'
import { EVENTS_PAGE_MAX, parseEventCount, parseEventQuery } from '../lib/core/filter.ts'
import { parsePageToken } from '../lib/core/page-token.ts'
import { formatInstant } from '../lib/core/time.ts'

const COUNT = Number(process.argv[2]?.replace('events=', '') ?? 100_000)
const REPEATS = 41
const SEGMENT = 200
const HOUR = 3600e6
const NOW = Date.UTC(2026, 10, 21) * 1000

const event = (k: number): Event => ({
  id: randomUUID(),
  occurred: formatInstant(NOW - Math.round(24 * HOUR * (1 - k / COUNT))),
  received: formatInstant(NOW),
  event: `bench.${k % 20}.x`,
  resource: {
    'prefect.resource.id': `bench.res.${k % 1000}`,
    'prefect.resource.name': 'bench',
    tier: 'gold',
  },
  related: [{ 'prefect.resource.id': 'bench.owner.1', 'prefect.resource.role': 'owner' }],
  payload: { n: k, text: `${k}`.padEnd(100, 'x') },
  follows: null,
})

const between = (from: number, to: number) => ({
  since: formatInstant(NOW - from * HOUR),
  until: formatInstant(NOW - to * HOUR),
})
const day = between(25, -0.1)

const QUERIES: Record<string, (i: number) => object> = {
  'newest 50, no filter': () => ({ occurred: day }),
  'window of 1 h': (i) => ({ occurred: between(2 + (i % 20), 1 + (i % 20)) }),
  'event prefix (1/20)': (i) => ({ occurred: day, event: { prefix: [`bench.${i % 20}.`] } }),
  'event exact (1/20)': (i) => ({ occurred: day, event: { name: [`bench.${i % 20}.x`] } }),
  'resource id exact': (i) => ({
    occurred: day,
    resource: { id: [`bench.res.${(i * 37) % 1000}`] },
  }),
  'resource id prefix (1/10)': (i) => ({
    occurred: day,
    resource: { id_prefix: [`bench.res.${i % 10}`] },
  }),
  'any_resource exact': (i) => ({
    occurred: day,
    any_resource: { id: [`bench.res.${(i * 37) % 1000}`] },
  }),
  'window 1 h + prefix + resource': (i) => ({
    occurred: between(2 + (i % 20), 1 + (i % 20)),
    event: { prefix: ['bench'] },
    resource: { id_prefix: [`bench.res.${i % 10}`] },
  }),
  'related by role': () => ({ occurred: day, related: { role: ['owner'] } }),
  labels: () => ({ occurred: day, resource: { labels: { tier: 'g*' } } }),
  'distinct resources': () => ({ occurred: day, resource: { distinct: true } }),
  'text, one word': (i) => ({ occurred: day, text: { query: `${i}xx` } }),
  'text, across JSON': (i) => ({ occurred: day, text: { query: `"\\"n\\": ${i}00"` } }),
}

function median(times: number[]): number {
  const sorted = times.sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function timed(repeats: number, run: (i: number) => void): number {
  const times: number[] = []
  for (let i = 0; i < repeats; i++) {
    const start = performance.now()
    run(i)
    times.push(performance.now() - start)
  }
  return median(times)
}

const print = (what: string, figure: string) => console.log(`${what.padEnd(34)} ${figure}`)
const memory = () => {
  globalThis.gc?.()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + Math.max(external, arrayBuffers)
}

/** Segments are made first and let go one by one, so that only the index is measured. */
function fill(index: FeedIndex): { seconds: number; jsonBytes: number } {
  let seconds = 0
  let jsonBytes = 0
  for (let k = 0; k < COUNT; k += SEGMENT) {
    const segment = Array.from({ length: Math.min(SEGMENT, COUNT - k) }, (_, i) => event(k + i))
    for (const one of segment) jsonBytes += JSON.stringify(one).length
    const start = performance.now()
    index.add(segment)
    seconds += (performance.now() - start) / 1000
  }
  return { seconds, jsonBytes }
}

const before = memory()
const index = createFeedIndex({ eventsMax: 2 * COUNT, charactersMax: Number.POSITIVE_INFINITY })
const { seconds, jsonBytes } = fill(index)
print('add', `${Math.round(COUNT / seconds)} events/s`)
if (globalThis.gc) {
  print(
    'memory',
    `${Math.round((memory() - before) / COUNT)} bytes/event (JSON: ${Math.round(jsonBytes / COUNT)})`,
  )
}
for (const [name, filter] of Object.entries(QUERIES)) {
  let total = 0
  const ms = timed(REPEATS, (i) => {
    const query = parseEventQuery({ filter: filter(i), limit: EVENTS_PAGE_MAX }, NOW)
    total = index.query(query).total
  })
  print(name, `${ms.toFixed(2)} ms   (total ${total})`)
}
let page = index.query(parseEventQuery({ filter: { occurred: day } }, NOW))
print(
  'following pages',
  `${timed(REPEATS, () => {
    page = index.query(parsePageToken(page.nextPage ?? ''))
  }).toFixed(2)} ms`,
)
for (const countable of ['time', 'event', 'resource'] as const) {
  const query = parseEventCount({ filter: { occurred: day }, time_unit: 'hour' }, NOW)
  print(
    `count by ${countable}`,
    `${timed(REPEATS, () => {
      index.count(query, countable, NOW)
    }).toFixed(2)} ms`,
  )
}
const late = Array.from({ length: SEGMENT }, (_, i) => event((i * COUNT) / SEGMENT))
print(
  'late segment of 200',
  `${timed(1, () => {
    index.add(late)
  }).toFixed(2)} ms`,
)
