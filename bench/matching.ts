// node --expose-gc --import tsx bench/matching.ts [counts=1,100,10000,100000]   CPU time per event to find the interested triggers
// among so many, JSON.parse of the event included, for several mixes of triggers; beside it the cost of asking every trigger.
import type { Event } from '../lib/core/event.ts'
import { isInterested } from '../lib/core/match.ts'
import { type CompiledTrigger, compileAutomation, type EventTrigger } from '../lib/core/trigger.ts'
import { createTriggerIndex, type TriggerIndex } from '../lib/core/trigger-index.ts'

const COUNTS = (process.argv[2]?.replace('counts=', '') ?? '1,100,10000,100000')
  .split(',')
  .map(Number)
const EVENTS = 2000
const MEASURED_MS = 2000
/** Asking every trigger takes too long beyond this. */
const NAIVE_MAX = 10_000

const ID = 'prefect.resource.id'
const TIERS = ['gold', 'silver', 'bronze']

/** One mix: its k-th trigger, and an event that this one is interested in. */
interface Mix {
  trigger: (k: number) => Partial<EventTrigger>
  event: (k: number, i: number) => { event: string; resource: object; related?: object[] }
}

const tierOf = (k: number) => TIERS[k % 3 === 0 ? 2 : k % 2] ?? ''
const nameOf = (k: number) => `acme.order.${k % 200}.`
const thing = { name: 'thing', region: 'eu' }

/** Chains of five, each a prefix of the next. */
const nested = (k: number) => `acme.${Math.floor(k / 5)}.${'sub.'.repeat(k % 5)}`

const orders: Mix = {
  trigger: (k) => ({
    expect: [k % 3 ? `${nameOf(k)}closed` : `${nameOf(k)}*`],
    match: { [ID]: k % 2 ? `acme.res.${k}` : `acme.res.${k}.*`, tier: tierOf(k) },
  }),
  event: (k, i) => ({
    event: k % 3 ? `${nameOf(k)}closed` : `${nameOf(k)}changed`,
    resource: { [ID]: k % 2 ? `acme.res.${k}` : `acme.res.${k}.x${i}`, tier: tierOf(k), ...thing },
  }),
}

const MIXES: Record<string, Mix> = {
  'orders: names, ids exact or prefix, tiers': orders,
  'one name, a custom label differs': {
    trigger: (k) => ({
      expect: ['acme.order.closed'],
      match: { [ID]: 'acme.*', customer: `c-${k}` },
    }),
    event: (k) => ({
      event: 'acme.order.closed',
      resource: { [ID]: 'acme.shop.1', customer: `c-${k}`, ...thing },
    }),
  },
  'match_related alone differs': {
    trigger: (k) => ({
      expect: ['prefect.flow-run.Failed'],
      match: { [ID]: 'prefect.flow-run.*' },
      match_related: { [ID]: `prefect.flow.${k}`, 'prefect.resource.role': 'flow' },
    }),
    event: (k, i) => ({
      event: 'prefect.flow-run.Failed',
      resource: { [ID]: `prefect.flow-run.${i}`, ...thing },
      related: [
        { [ID]: `prefect.flow.${k}`, 'prefect.resource.role': 'flow' },
        { [ID]: 'prefect.tag.nightly', 'prefect.resource.role': 'tag' },
      ],
    }),
  },
  'nested prefixes': {
    trigger: (k) => ({ expect: ['acme.moved'], match: { [ID]: `${nested(k)}*` } }),
    event: (k, i) => ({
      event: 'acme.moved',
      resource: { [ID]: `${nested(k - (k % 5) + 4)}x${i}`, ...thing },
    }),
  },
  'orders, 1 % catch-all': {
    trigger: (k) => (k % 100 === 7 ? {} : orders.trigger(k)),
    event: (k, i) => orders.event(k % 100 === 7 ? k + 1 : k, i),
  },
}

const compiled = (mix: Mix, k: number) =>
  compileAutomation({
    id: `${k}`,
    trigger: {
      type: 'event',
      id: '',
      match: {},
      match_related: {},
      after: [],
      expect: [],
      for_each: [],
      posture: 'Reactive',
      threshold: 1,
      within: 0,
      ...mix.trigger(k),
    },
  })

function eventsOf(mix: Mix, count: number): string[] {
  let seed = 42
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % below
  }
  return Array.from({ length: EVENTS }, (_, i) =>
    JSON.stringify({
      id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      occurred: '2026-11-21T07:00:00.000000Z',
      received: '2026-11-21T07:00:00.000000Z',
      related: [],
      follows: null,
      payload: { a: 1, text: 'lorem ipsum dolor', nested: { x: true } },
      ...mix.event(random(count), i),
    }),
  )
}

/** CPU time, so that neighbours on the machine do not count; microseconds per event, and triggers found per event. */
function measure(events: string[], interested: (event: Event) => CompiledTrigger[]) {
  const take = (n: number) => interested(JSON.parse(events[n % events.length] ?? '')).length
  for (let n = 0; n < 500; n++) take(n)
  const started = process.cpuUsage()
  const end = performance.now() + MEASURED_MS
  let count = 0
  let found = 0
  while (performance.now() < end) for (let i = 0; i < 10; i++) found += take(count++)
  const { user, system } = process.cpuUsage(started)
  return { micros: (user + system) / count, found: found / count }
}

const round = (value: number) => Number(value.toPrecision(3))
const heapMegabytes = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

for (const [name, mix] of Object.entries(MIXES)) {
  for (const count of COUNTS) {
    const before = heapMegabytes()
    const started = performance.now()
    const index: TriggerIndex = createTriggerIndex()
    const automations = Array.from({ length: count }, (_, k) => compiled(mix, k))
    for (const automation of automations) index.add(automation)
    const buildMs = performance.now() - started
    const megabytes = heapMegabytes() - before

    const events = eventsOf(mix, count)
    const { micros, found } = measure(events, (event) => index.interested(event))
    const triggers = automations.flatMap((automation) => automation.triggers)
    const asking = (event: Event) => triggers.filter((one) => isInterested(one, event))
    const naive = count <= NAIVE_MAX ? measure(events, asking).micros : null
    console.log(
      JSON.stringify({
        mix: name,
        triggers: count,
        us_per_event: round(micros),
        found_per_event: round(found),
        asking_all_us: naive && round(naive),
        build_ms: Math.round(buildMs),
        heap_mb: round(megabytes),
      }),
    )
  }
}
