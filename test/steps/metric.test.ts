// Metrics over tables in memory: a run's events come as the stream delivers them, wakes come when their time has, and what fires is
// the same however often and whenever that is.
import { beforeEach, describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import type { Event } from '../../lib/core/event.ts'
import type { Firing } from '../../lib/core/firing.ts'
import { parseInstant } from '../../lib/core/time.ts'
import type { MetricQuery, Trigger } from '../../lib/core/trigger.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { act, evaluate, publish, wake } from '../../lib/entries.ts'
import { accept } from '../../lib/steps/accept.ts'
import { afterOpening } from '../core/bakery.ts'
import { metricTrigger, runEvents } from '../core/flow-runs.ts'
import { batchOf, type Fakes, fakes } from '../fakes.ts'
import { bisected } from '../road.ts'

const AUTOMATION = '00000000-0000-4000-8000-000000000500'

let bakery: Fakes
/** Made anew by a restart. */
let evaluator: ReturnType<typeof evaluate>

beforeEach(() => {
  bakery = fakes()
  evaluator = evaluate(bakery.services)
  moveTo(0)
})

/** The clock of the fakes, in seconds after opening. */
const moveTo = (seconds: number) =>
  bakery.clock.advance((afterOpening(seconds) - bakery.clock.now()) / 1_000_000)

async function watch(trigger: Trigger, parts: Partial<Automation> = {}): Promise<void> {
  const automation: Automation = {
    id: AUTOMATION,
    created: '2026-01-01T00:00:00.000000Z',
    updated: '2026-01-01T00:00:00.000000Z',
    name: 'worry',
    description: '',
    enabled: true,
    tags: [],
    trigger,
    actions: [{ type: 'do-nothing' }],
    actions_on_trigger: [],
    actions_on_resolve: [],
    ...parts,
  }
  await bakery.services.automations.create(DEFAULT_WORKSPACE, { automation, owner: null })
  bakery.take('objects')
}

interface Delivery {
  times?: number
  isBisected?: boolean
}

/** Delivers what the events table's stream holds. */
async function evaluateAll({ times = 1, isBisected = false }: Delivery = {}): Promise<void> {
  const records = bakery.take('events')
  const batches = isBisected ? bisected(records) : [records]
  for (let i = 0; i < times; i += 1) {
    for (const batch of batches) await evaluator(batchOf(batch))
  }
}

/** Each event arrives when it occurs. */
async function emit(events: Event[], delivery: Delivery = {}): Promise<void> {
  for (const event of events) {
    const at = parseInstant(event.occurred) ?? 0
    bakery.clock.advance(Math.max(0, at - bakery.clock.now()) / 1_000_000)
    await accept(bakery.services)(DEFAULT_WORKSPACE, [event])
    await evaluateAll(delivery)
  }
}

/** Time passes: whoever is to be woken by then is, at the time. */
async function sleepUntil(seconds: number, delivery: Delivery = {}): Promise<void> {
  for (;;) {
    const [next] = bakery.wakes.toSorted((a, b) => a.at - b.at)
    if (!next || next.at > afterOpening(seconds)) break
    bakery.clock.advance(Math.max(0, next.at - bakery.clock.now()) / 1_000_000)
    await wake(bakery.services)(next.key)
    await evaluateAll(delivery)
  }
  moveTo(seconds)
}

/** Firings in the objects table's stream since the last call. */
const firings = (): Firing[] =>
  bakery
    .take('objects')
    .filter(({ dynamodb }) => dynamodb?.NewImage?.k?.S === 'firing')
    .map(({ dynamodb }) => JSON.parse(dynamodb?.NewImage?.d?.S ?? '{}'))

const states = () => firings().map(({ trigger_states }) => trigger_states.join())

const good = (at: number, run = `good at ${at}`) =>
  runEvents(`Scheduled ${at}, Pending ${at}, Running ${at}, Completed ${at}`, run)
const bad = (at: number, run = `bad at ${at}`) =>
  runEvents(`Scheduled ${at}, Pending ${at}, Running ${at}, Failed ${at}`, run)

const query = (parts: Partial<MetricQuery> = {}) =>
  metricTrigger({ threshold: 0.5, range: 600, firing_for: 60, ...parts })

describe.each<[string, Delivery]>([
  ['once', {}],
  ['three times', { times: 3 }],
  ['bisected, three times', { times: 3, isBisected: true }],
])('a metric whose events are delivered %s', (_, delivery) => {
  it('fires once per breach, when it has lasted, and resolves once', async () => {
    await watch(query())

    await emit(bad(0), delivery)
    expect(states()).toEqual([])
    await sleepUntil(59, delivery)
    expect(states()).toEqual([])
    await sleepUntil(60, delivery)
    const [fired, ...more] = firings()
    expect(more).toEqual([])
    expect(fired).toMatchObject({
      trigger_states: ['Triggered'],
      triggering_labels: {},
      triggering_event: { id: bad(0).at(-1)?.id },
      metric: { name: 'successes', operator: '<', threshold: 0.5, value: 0 },
    })
    await emit([...bad(70), ...good(80), ...good(81)], delivery)
    await sleepUntil(139, delivery)
    expect(states()).toEqual([])
    await sleepUntil(200, delivery)

    expect(states()).toEqual(['Resolved'])
  })

  it('resolves when the failures have left the range, and then asks for nothing more', async () => {
    await watch(query())

    await emit(bad(0), delivery)
    await sleepUntil(660, delivery)
    expect(states()).toEqual(['Triggered'])
    await sleepUntil(700, delivery)

    expect(states()).toEqual(['Resolved'])
    expect(bakery.wakes).toEqual([])
  })

  it('with firing_for 0 fires by the event itself', async () => {
    await watch(query({ firing_for: 0 }))

    await emit([...bad(0), ...good(10), ...bad(20), ...good(30)], delivery)

    expect(states()).toEqual(['Triggered', 'Resolved', 'Triggered', 'Resolved'])
  })

  it.each<[MetricQuery['name'], string]>([
    ['duration', 'Scheduled 0, Pending 1, Running 2, Completed 62'],
    ['lateness', 'Scheduled 0, Late 15, Pending 70, Running 75'],
  ])('measures %s from the earlier events of the run', async (name, story) => {
    await watch(query({ name, operator: '>=', threshold: 60, firing_for: 0 }))

    await emit(runEvents(story), delivery)

    expect(firings().map(({ metric }) => metric?.value)).toEqual([60])
  })
})

describe('a metric', () => {
  it('survives a restart: who was down when it was due fires at once on return', async () => {
    await watch(query())
    await emit(bad(0))
    moveTo(5000)
    evaluator = evaluate(bakery.services)

    await sleepUntil(5000)

    expect(states()).toEqual(['Triggered', 'Resolved'])
  })

  it('fires the same between two evaluators as with one', async () => {
    await watch(query({ firing_for: 0, threshold: 0.9 }))
    await accept(bakery.services)(DEFAULT_WORKSPACE, [...bad(0), ...bad(1)])
    const batch = batchOf(bakery.take('events'))

    await Promise.all([evaluator(batch), evaluate(bakery.services)(batch)])

    expect(states()).toEqual(['Triggered'])
  })

  it('waits for the events that its events follow', async () => {
    await watch(query({ name: 'duration', operator: '>=', threshold: 10, firing_for: 0 }))
    const [running, completed] = runEvents('Running 0, Completed 10')
    if (!running || !completed) throw new Error('two states, two events')
    moveTo(11)

    await accept(bakery.services)(DEFAULT_WORKSPACE, [completed])
    await evaluateAll()
    await accept(bakery.services)(DEFAULT_WORKSPACE, [running])
    await evaluateAll()
    expect(states()).toEqual([])
    await sleepUntil(20)

    expect(states()).toEqual(['Triggered'])
  })

  it('writes its bucket once per change of state that is measured, and for others not at all', async () => {
    await watch(query())

    await emit(runEvents('Scheduled 0, Late 15, Pending 20, Running 21, Completed 30'))

    const written = bakery
      .take('objects')
      .filter(({ dynamodb }) => dynamodb?.NewImage?.k?.S === 'bucket')
    expect(written).toHaveLength(1)
  })

  it('looks for stored events that would end a breach before it fires', async () => {
    await watch(query())
    await emit(bad(0))
    await accept(bakery.services)(DEFAULT_WORKSPACE, [...good(30), ...good(31)])
    const behind = bakery.take('events')
    await publish(bakery.services)(batchOf(behind))

    await sleepUntil(60)
    expect(states()).toEqual([])
    await evaluator(batchOf(behind))
    await sleepUntil(300)

    expect(states()).toEqual([])
  })

  it('is a child of a composite, which it completes by breaching and not by resolving', async () => {
    const once = query({ firing_for: 0 })
    const late = query({ name: 'lateness', operator: '>', threshold: 20, firing_for: 0 })
    await watch({
      type: 'compound',
      id: AUTOMATION,
      require: 'all',
      within: null,
      triggers: [once, late],
    })

    await emit([...bad(0), ...good(1)])
    expect(states()).toEqual([])
    await emit(runEvents('Scheduled 2, Late 17, Running 47', 'slow'))
    const [fired, ...more] = firings()

    expect(more).toEqual([])
    expect(fired?.triggering_firings.map(({ path, metric }) => [path, metric?.value])).toEqual([
      ['0', 0],
      ['1', 30],
    ])
    await sleepUntil(2000)
    expect(states()).toEqual([])
  })

  it('tells of both in the feed, and does what is to be done on each', async () => {
    await watch(query(), {
      actions: [],
      actions_on_trigger: [{ type: 'do-nothing' }],
      actions_on_resolve: [{ type: 'do-nothing' }, { type: 'do-nothing' }],
    })
    await emit(bad(0))
    await sleepUntil(700)

    await act(bakery.services)(batchOf(bakery.take('objects')))

    await publish(bakery.services)(batchOf(bakery.take('events')))
    const ids = new Set(bakery.published.map(({ id }) => `prefect.event.${id}`))
    const told = bakery.published
      .map(({ event }) => event)
      .filter((name) => /automation\.(triggered|resolved|action\.executed)$/.test(name))
    expect(told).toEqual([
      'prefect.automation.triggered',
      'prefect.automation.action.executed',
      'prefect.automation.resolved',
      'prefect.automation.action.executed',
      'prefect.automation.action.executed',
    ])
    for (const { related } of bakery.published) {
      const cause = related.find(
        (one) => one['prefect.resource.role'] === 'automation-triggered-event',
      )
      if (cause) expect(ids).toContain(cause['prefect.resource.id'])
    }
  })
})
