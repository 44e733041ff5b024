// node --expose-gc --import tsx bench/matching.ts [counts=1,100,10000,100000] [mix=orders]   CPU time per event to find the
// interested triggers among so many, JSON.parse of the event included, for several mixes of triggers. Beside it the cost of asking
// every trigger and, where EVENT_RULER_LIB is the folder of its jars, aws/event-ruler on the same rules and the same lines.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CompiledTrigger, compileAutomation } from '../lib/core/compiled-trigger.ts'
import type { Event } from '../lib/core/event.ts'
import { isInterested } from '../lib/core/match.ts'
import type { EventTrigger } from '../lib/core/trigger.ts'
import { createTriggerIndex, type TriggerIndex } from '../lib/core/trigger-index.ts'

const argument = (name: string, otherwise: string) =>
  process.argv.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? otherwise

const COUNTS = argument('counts', '1,100,10000,100000').split(',').map(Number)
const CHOSEN = argument('mix', '')
const RULER_LIB = process.env.EVENT_RULER_LIB
const EVENTS = 2000
const WARM_UP_MS = 1000
const ROUNDS = 5
const ROUND_MS = 400
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

const triggerOf = (mix: Mix, k: number): EventTrigger => ({
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
})

/** The same as a rule of event-ruler; there, what takes every event asks that it has a name. */
function ruleOf(mix: Mix, k: number): object {
  const { expect, match, match_related: related } = triggerOf(mix, k)
  const wanted = (text: string) => (text.endsWith('*') ? { prefix: text.slice(0, -1) } : text)
  const labels = (specification: object) =>
    Object.fromEntries(
      Object.entries(specification).map(([label, text]) => [label, [wanted(text as string)]]),
    )
  return {
    event: expect.length > 0 ? expect.map(wanted) : [{ exists: true }],
    ...(Object.keys(match).length > 0 && { resource: labels(match) }),
    ...(Object.keys(related).length > 0 && { related: labels(related) }),
  }
}

/** Lines of about 250 bytes: what a matcher needs of an event, and a small payload. */
function eventsOf(mix: Mix, count: number): string[] {
  let seed = 42
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % below
  }
  return Array.from({ length: EVENTS }, (_, i) =>
    JSON.stringify({
      id: `e${i}`,
      occurred: '2026-11-21T07:00:00Z',
      related: [],
      ...mix.event(random(count), i),
      payload: { a: 1, text: 'lorem ipsum dolor', nested: { x: true } },
    }),
  )
}

type Ask = (event: Event) => CompiledTrigger[]

/** CPU time, so that neighbours on the machine do not count; microseconds per event, and triggers found per event. */
function measureFor(ms: number, events: string[], interested: Ask) {
  const started = process.cpuUsage()
  const end = performance.now() + ms
  let count = 0
  let found = 0
  do {
    for (let i = 0; i < 10; i++) {
      found += interested(JSON.parse(events[count++ % EVENTS] ?? '')).length
    }
  } while (performance.now() < end)
  const { user, system } = process.cpuUsage(started)
  return { micros: (user + system) / count, found: found / count }
}

/** The best of some rounds: neighbours still take the cache. */
function measure(events: string[], interested: Ask) {
  measureFor(WARM_UP_MS, events, interested)
  const rounds = Array.from({ length: ROUNDS }, () => measureFor(ROUND_MS, events, interested))
  return rounds.reduce((best, one) => (one.micros < best.micros ? one : best))
}

/** The line that Bench.java prints. */
function measureRuler(mix: Mix, count: number, events: string[], jars: string): object {
  const folder = mkdtempSync(join(tmpdir(), 'matching-'))
  try {
    const rules = Array.from({ length: count }, (_, k) => JSON.stringify(ruleOf(mix, k)))
    writeFileSync(join(folder, 'rules.jsonl'), rules.join('\n'))
    writeFileSync(join(folder, 'events.jsonl'), events.join('\n'))
    const source = join(import.meta.dirname, 'matcher', 'Bench.java')
    const args = ['-Xmx4g', '-cp', join(jars, '*'), source, folder]
    return JSON.parse(execFileSync('java', args, { encoding: 'utf8', stdio: 'pipe' }))
  } catch (error) {
    return { failed: String(error) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const round = (value: number) => Number(value.toPrecision(3))
const heapMegabytes = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

if (!RULER_LIB) console.error('EVENT_RULER_LIB is not set: without event-ruler (bench/README.md)')

for (const [name, mix] of Object.entries(MIXES)) {
  if (!name.startsWith(CHOSEN)) continue
  for (const count of COUNTS) {
    const before = heapMegabytes()
    const cpu = process.cpuUsage()
    const started = performance.now()
    const index: TriggerIndex = createTriggerIndex()
    const automations = Array.from({ length: count }, (_, k) =>
      compileAutomation({ id: `${k}`, trigger: triggerOf(mix, k) }),
    )
    for (const automation of automations) index.add(automation)
    const buildMs = performance.now() - started
    const { user, system } = process.cpuUsage(cpu)
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
        build_cpu_ms: Math.round((user + system) / 1e3),
        heap_mb: round(megabytes),
        ...(RULER_LIB && { event_ruler: measureRuler(mix, count, events, RULER_LIB) }),
      }),
    )
  }
}
