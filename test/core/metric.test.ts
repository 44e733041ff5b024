import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bucket } from '../../lib/core/bucket.ts'
import type { CompiledTrigger } from '../../lib/core/compiled-trigger.ts'
import { disposableAt, nextDeadline } from '../../lib/core/deadline.ts'
import type { Event } from '../../lib/core/event.ts'
import type { FiringDecision } from '../../lib/core/firing.ts'
import { type Measurement, measuring } from '../../lib/core/measurement.ts'
import { lapse, measure, metricValue } from '../../lib/core/metric.ts'
import { parseInstant } from '../../lib/core/time.ts'
import type { MetricName, MetricQuery } from '../../lib/core/trigger.ts'
import { afterOpening, automationOf, OPENING } from './bakery.ts'
import { metricTrigger, runEvents } from './flow-runs.ts'

const MINUTE = 60

type MetricCompiled = CompiledTrigger & { metric: NonNullable<CompiledTrigger['metric']> }

function compiled(query: Partial<MetricQuery>): MetricCompiled {
  const [trigger] = automationOf(metricTrigger(query)).triggers
  if (!trigger?.metric) throw new Error('a metric trigger compiles to one with a metric')
  return { ...trigger, metric: trigger.metric }
}

/** What the steps do over a store: the measurement of an event, walking back through those of its run. */
function measured(metric: MetricName, event: Event, all: Event[]): Measurement | null {
  const back = measuring(metric, event)
  let step = back.next()
  while (!step.done) {
    const { value: id } = step
    step = back.next(all.find((one) => one.id === id) ?? null)
  }
  return step.value
}

const secondsAfterOpening = (at: number) => (at - OPENING) / 1_000_000

/** A bucket in the hands of a test. */
function kitchen(query: Partial<MetricQuery>) {
  const trigger = compiled(query)
  let bucket: Bucket | null = null
  const fired: FiringDecision[] = []
  const keep = (decision: { bucket: Bucket | null; firings: FiringDecision[] }) => {
    bucket = decision.bucket
    fired.push(...decision.firings)
  }
  return {
    deliver(...events: Event[]) {
      for (const event of events) {
        const measurement = measured(trigger.metric.name, event, events)
        if (measurement) keep(measure(trigger.metric, bucket, measurement))
      }
    },
    wakeAt: (seconds: number) => keep(lapse(trigger.metric, bucket, afterOpening(seconds))),
    /** The value after some seconds, as a wake would see it. */
    valueAt: (seconds: number) => {
      const metric = bucket?.metric
      if (!metric) return null
      const still = metric.slices.filter(
        ([n]) =>
          (n + 1) * (trigger.metric.range / 60) + trigger.metric.range > afterOpening(seconds),
      )
      return metricValue(trigger.metric, { ...metric, slices: still })
    },
    deadline: () => {
      const at = nextDeadline(trigger, bucket)
      return at === null ? null : secondsAfterOpening(at)
    },
    disposable: () => {
      const at = bucket && disposableAt(trigger, bucket, OPENING)
      return at === null ? null : secondsAfterOpening(at)
    },
    states: () => fired.map(({ turn }) => turn?.state),
    fired,
    bucket: () => bucket,
  }
}

const good = (at: number, run = `good at ${at}`) =>
  runEvents(`Pending ${at}, Running ${at}, Completed ${at}`, run)
const bad = (at: number, run = `bad at ${at}`) =>
  runEvents(`Pending ${at}, Running ${at}, Failed ${at}`, run)

describe('what is measured', () => {
  it.each<[string, number | null]>([
    ['Scheduled 0', null],
    ['Scheduled 0, Pending 5', 1],
    ['Pending 0, Running 1, Completed 2', 1],
    ['Pending 0, Running 1, Cancelling 2, Cancelled 3', 1],
    ['Scheduled 0, Cancelled 1', null],
    ['Pending 0, Running 1, Failed 2', 0],
    ['Pending 0, Crashed 1', 0],
    ['Scheduled 0, Crashed 1', null],
    ['Pending 0, Running 1, Failed 2, Crashed 3', 0],
    ['Pending 0, Running 1, AwaitingRetry 2, Retrying 3, Completed 4', 1],
    ['Pending 0, Running 1, Failed 2, AwaitingRetry 3, Pending 4, Running 5, Completed 6', 1],
    ['Pending 0, Running 1, Failed 2, AwaitingRetry 3, Pending 4, Running 5, Failed 6', 0],
    ['Pending 0, Crashed 1, AwaitingRetry 2, Pending 3, Running 4, Completed 5', 1],
  ])('successes of %s: %j', (story, value) => {
    const { deliver, valueAt } = kitchen({ name: 'successes' })

    deliver(...runEvents(story))

    expect(valueAt(10)).toBe(value)
  })

  it('counts a run once, however often it is tried again', () => {
    const { deliver, bucket } = kitchen({ name: 'successes' })

    deliver(
      ...runEvents(
        'Pending 0, Crashed 1, AwaitingRetry 2, Pending 3, Running 4, Failed 5, AwaitingRetry 6, Pending 7, Running 8',
      ),
    )

    expect(bucket()?.metric?.slices.map(([, ...sums]) => sums)).toEqual([[1, 0, 0]])
  })

  it.each<[string, number | null]>([
    ['Pending 0, Running 1', null],
    ['Pending 0, Running 1, Completed 31', 30],
    ['Pending 0, Running 1, Failed 31', 30],
    ['Pending 0, Crashed 31', null],
    ['Pending 0, Running 1, Cancelling 11, Cancelled 31', 30],
    ['Pending 0, Cancelling 11, Cancelled 31', null],
    ['Pending 0, Running 1, AwaitingRetry 11, Retrying 21, Completed 31', 10],
    ['Pending 0, Running 1, Completed 11, AwaitingRetry 12, Running 13, Completed 33', 15],
    ['Pending 0, Running 1, Paused 11, Failed 31', null],
    ['Pending 0, Running 1, Paused 11, Running 21, Completed 31', 10],
  ])('duration of %s: %j', (story, value) => {
    const { deliver, valueAt } = kitchen({ name: 'duration' })

    deliver(...runEvents(story))

    expect(valueAt(40)).toBe(value)
  })

  it.each<[string, number | null]>([
    ['Scheduled 0, Pending 10, Running 20', null],
    ['Scheduled 0, Late 15', null],
    ['Scheduled 0, Late 15, Running 45', 30],
    ['Scheduled 0, Late 15, Pending 40, Running 45', 30],
    ['Scheduled 0, Late 15, Pending 40, Crashed 45', 30],
    ['Scheduled 0, Late 15, Crashed 45', 30],
    ['Scheduled 0, Late 15, Running 45, Crashed 50', 30],
    ['Scheduled 0, Late 15, Cancelled 45', null],
    ['Scheduled 0, Late 15, Scheduled 20, Running 45', null],
    ['Scheduled 0, Late 15, Running 45, AwaitingRetry 46, Retrying 50', 30],
  ])('lateness of %s: %j', (story, value) => {
    const { deliver, valueAt } = kitchen({ name: 'lateness' })

    deliver(...runEvents(story))

    expect(valueAt(60)).toBe(value)
  })

  it('averages over runs', () => {
    const { deliver, valueAt } = kitchen({ name: 'duration' })

    deliver(...runEvents('Running 0, Completed 10', 'a'), ...runEvents('Running 0, Failed 40', 'b'))

    expect(valueAt(40)).toBe(25)
  })

  it.each([
    ['no payload', {}],
    ['no states', { initial_state: null, validated_state: null }],
    ['states of another kind', { initial_state: 'PENDING', validated_state: { type: 7 } }],
  ])('an event that anybody may emit, with %s, is not measured', (_, payload) => {
    const [event] = runEvents('Pending 0')
    if (!event) throw new Error('one state, one event')

    expect(measured('successes', { ...event, payload }, [])).toBeNull()
  })
})

describe('the range', () => {
  it('holds what was measured in it, and up to a sixtieth longer', () => {
    const { deliver, valueAt } = kitchen({ range: 3600 })

    deliver(...bad(0))

    expect(valueAt(3599)).toBe(0)
    expect(valueAt(3660)).toBeNull()
  })

  it('a failure leaves it together with the run that went Pending', () => {
    const { deliver, bucket } = kitchen({ range: 300 })

    deliver(...runEvents('Pending 0, Running 1, Failed 299', 'a'))
    deliver(...runEvents('Pending 0, Running 1, Failed 1000', 'b'))

    expect(bucket()?.metric?.slices.map(([, ...sums]) => sums)).toEqual([[2, 0, 1]])
  })

  it('takes a failure of which nobody saw the beginning for nobody’s', () => {
    const { deliver, valueAt } = kitchen({ range: 300 })
    const [, , failed] = runEvents('Pending 0, Running 1, Failed 2', 'unseen')

    deliver(...good(0))
    if (failed) deliver(failed)

    expect(valueAt(5)).toBe(1)
  })
})

describe('a breach', () => {
  it.each<[MetricQuery['operator'], number, boolean]>([
    ['<', 0.5, false],
    ['<', 0.51, true],
    ['<=', 0.5, true],
    ['<=', 0.49, false],
    ['>', 0.5, false],
    ['>', 0.49, true],
    ['>=', 0.5, true],
    ['>=', 0.51, false],
  ])('of 0.5 %s %d: %s', (operator, threshold, isBreached) => {
    const { deliver, wakeAt, states } = kitchen({ operator, threshold, firing_for: 0 })

    deliver(...runEvents('Pending 0', 'a'), ...runEvents('Pending 0, Crashed 0', 'b'))
    wakeAt(1)

    expect(states().at(-1) === 'Triggered').toBe(isBreached)
  })

  it('with firing_for 0 fires by the event, and resolves by the event', () => {
    const { deliver, states, fired } = kitchen({ threshold: 0.5, firing_for: 0 })

    deliver(...good(0), ...bad(1), ...bad(2))
    expect(states()).toEqual(['Triggered'])
    deliver(...good(3), ...good(4))

    expect(states()).toEqual(['Triggered', 'Resolved'])
    expect(fired.map(({ turn }) => turn?.metric)).toEqual([
      { name: 'successes', operator: '<', threshold: 0.5, value: 1 / 3 },
      { name: 'successes', operator: '<', threshold: 0.5, value: 0.5 },
    ])
    expect(fired[0]?.eventId).toBe(bad(2).at(-1)?.id)
  })

  it('fires when it has lasted for firing_for, without another event', () => {
    const { deliver, wakeAt, states, deadline } = kitchen({ range: 3600, firing_for: 600 })

    deliver(...bad(0))
    expect(deadline()).toBe(600)
    wakeAt(599)
    expect(states()).toEqual([])
    wakeAt(603)

    expect(states()).toEqual(['Triggered'])
  })

  it('that is interrupted begins anew', () => {
    const { deliver, wakeAt, states, deadline } = kitchen({ threshold: 0.5, range: 3600 })

    deliver(...bad(0))
    expect(deadline()).toBe(300)
    deliver(...good(100))
    wakeAt(310)
    expect(states()).toEqual([])
    deliver(...bad(320))
    expect(deadline()).toBe(620)
    wakeAt(620)

    expect(states()).toEqual(['Triggered'])
  })

  it('fires once, and once more after it was resolved', () => {
    const { deliver, states } = kitchen({ threshold: 0.5, firing_for: 60, range: 3600 })

    deliver(...bad(0), ...bad(100), ...bad(200))
    expect(states()).toEqual(['Triggered'])
    deliver(...[300, 301, 302, 303, 304].flatMap((at) => good(at)), ...good(400))
    expect(states()).toEqual(['Triggered', 'Resolved'])
    deliver(...[500, 501, 502, 503, 504, 505].flatMap((at) => bad(at)), ...bad(600))

    expect(states()).toEqual(['Triggered', 'Resolved', 'Triggered'])
  })

  it('resolves when nothing is left in the range, for no value is no breach', () => {
    const { deliver, wakeAt, states, deadline, disposable, fired } = kitchen({ range: 300 })

    deliver(...bad(0))
    wakeAt(300)
    expect(states()).toEqual(['Triggered'])
    expect(deadline()).toBe(305 + 300)
    expect(disposable()).toBeNull()
    wakeAt(605)

    expect(states()).toEqual(['Triggered', 'Resolved'])
    expect(fired[1]?.turn?.metric.value).toBeNull()
    expect(deadline()).toBeNull()
    expect(disposable()).toBe(605 + 86_400)
  })

  it('may come of good runs leaving the range', () => {
    const { deliver, wakeAt, states, deadline } = kitchen({ threshold: 0.5, firing_for: 0 })

    deliver(...good(0), ...good(1), ...bad(200), ...bad(200, 'another'))
    expect(states()).toEqual([])
    expect(deadline()).toBe(305)
    wakeAt(305)

    expect(states()).toEqual(['Triggered'])
  })

  it('asks for no wake as long as only an event can change anything', () => {
    const { deliver, deadline } = kitchen({ threshold: 0.5, firing_for: 60 })

    deliver(...good(0), ...bad(100))
    expect(deadline()).toBe(305 + 60)
    deliver(...good(101))

    expect(deadline()).toBeNull()
  })

  it('that came and went while nobody looked is told of all the same', () => {
    const { deliver, states } = kitchen({ range: 300, firing_for: 60 })

    deliver(...bad(0), ...good(10 * MINUTE))

    expect(states()).toEqual(['Triggered', 'Resolved'])
  })

  it('that lasted to the moment of the event that ends it has lasted long enough', () => {
    const { deliver, states } = kitchen({ threshold: 0.5, range: 3600, firing_for: 60 })

    deliver(...bad(0), ...good(60))

    expect(states()).toEqual(['Triggered'])
  })
})

const STORIES = [
  'Scheduled 0, Pending 5, Running 7, Completed 30',
  'Scheduled 0, Late 15, Pending 20, Running 25, Failed 40',
  'Pending 0, Running 1, Failed 2, AwaitingRetry 20, Pending 30, Running 31, Completed 90',
  'Pending 0, Running 4, AwaitingRetry 10, Retrying 11, Failed 70',
  'Scheduled 0, Late 15, Crashed 80',
]

const anyMetric = fc.constantFrom<MetricName>('successes', 'duration', 'lateness')

const anyRuns: fc.Arbitrary<Event[]> = fc
  .array(fc.record({ story: fc.constantFrom(...STORIES), start: fc.nat(400) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((runs) =>
    runs.flatMap(({ story, start }, i) =>
      runEvents(
        story.replace(/\d+/g, (seconds) => String(Number(seconds) + start)),
        `run ${i}`,
      ),
    ),
  )

/** Events in any order, some of them again. The origins are known: whoever measures an event has those it follows. */
const anyDelivery = anyRuns.chain((events) =>
  fc.record({
    events: fc.constant(events),
    order: fc.shuffledSubarray(
      events.flatMap((_, i) => [i, i, i]),
      { minLength: 0 },
    ),
  }),
)

describe('measurements delivered in any order and repeated', () => {
  it('come to the same value', () => {
    fc.assert(
      fc.property(anyMetric, anyDelivery, (name, { events, order }) => {
        const trigger = compiled({ name, threshold: 0.5 })
        const all = [...order.map((i) => events[i]), ...events]
        const fold = (delivered: (Event | undefined)[]) =>
          delivered.reduce((bucket: Bucket | null, event) => {
            const measurement = event && measured(name, event, events)
            return measurement ? measure(trigger.metric, bucket, measurement).bucket : bucket
          }, null)

        const [inOrder, anyhow] = [fold(events.toSorted(byOccurred)), fold(all)]

        expect(anyhow?.metric?.slices).toEqual(inOrder?.metric?.slices)
        expect(anyhow?.metric?.asOf).toEqual(inOrder?.metric?.asOf)
      }),
      { numRuns: 500 },
    )
  })

  it('fire the same whether wakes are on time or nobody is woken', () => {
    fc.assert(
      fc.property(anyMetric, anyRuns, fc.nat(120), (name, events, firing_for) => {
        const threshold = name === 'successes' ? 0.7 : 20
        const query = { name, threshold, operator: '>' as const, range: 120, firing_for }
        const [punctual, asleep] = [kitchen(query), kitchen(query)]
        const sorted = events.toSorted(byOccurred)

        for (const event of sorted) {
          const at = secondsAfterOpening(parseInstant(event.occurred) ?? 0)
          for (
            let due = punctual.deadline();
            due !== null && due <= at;
            due = punctual.deadline()
          ) {
            punctual.wakeAt(due)
          }
          for (const { deliver } of [punctual, asleep]) deliver(event, ...others(event, sorted))
        }
        for (const { wakeAt } of [punctual, asleep]) wakeAt(10_000)

        expect(asleep.fired).toEqual(punctual.fired)
        expect(new Set(asleep.fired.map(({ cause }) => cause)).size).toBe(asleep.fired.length)
        expect(asleep.states().at(-1)).not.toBe('Triggered')
      }),
      { numRuns: 500 },
    )
  })
})

const byOccurred = (a: Event, b: Event) => (a.occurred < b.occurred ? -1 : 1)

/** Events of the same run that were before: known, and counted already. */
const others = (event: Event, all: Event[]) => all.slice(0, all.indexOf(event))
