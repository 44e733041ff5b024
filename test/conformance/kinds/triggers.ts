// Triggers: one automation, deliveries and ticks of the clock, and the firings of its root. All that is decided is decided by the
// core; here are only the maps that stand for its store, Prefect's clock and its ticks.
import { isDeepStrictEqual } from 'node:util'
import { type Bucket, swept } from '../../../lib/core/bucket.ts'
import { type CompiledTrigger, compileAutomation } from '../../../lib/core/compiled-trigger.ts'
import { ascend, type ChildFiring, type CompositeState } from '../../../lib/core/composite.ts'
import { nextDeadline } from '../../../lib/core/deadline.ts'
import { type Decision, evaluate, evaluateDue } from '../../../lib/core/evaluate.ts'
import type { Event } from '../../../lib/core/event.ts'
import { type FiringDecision, firingId } from '../../../lib/core/firing.ts'
import { bucketKey, bucketName, isInterested, NEVER_EVALUATED } from '../../../lib/core/match.ts'
import { lost, mustWait, released } from '../../../lib/core/ordering.ts'
import { formatInstant, type Micros, parseInstant } from '../../../lib/core/time.ts'
import { triggerSchema, withNewIds } from '../../../lib/core/trigger-schema.ts'
import type { Outcome } from '../run.ts'

interface Step {
  at: string
  event?: Partial<Event> & Pick<Event, 'id' | 'occurred' | 'event' | 'resource'>
  tick?: true | 'proactive' | 'periodic'
}

/** A firing in the vectors' form. `path` is there for children only, `step` and `states` for the root only. */
interface Reported {
  step?: number
  states?: string[]
  path?: string
  triggered: string
  labels: Record<string, string>
  event: string | null
  children?: Reported[]
}

interface Case {
  name: string
  trigger: unknown
  steps: Step[]
  firings: Reported[]
}

export function run(file: { cases: Case[] }): Outcome[] {
  return file.cases.map(({ name, trigger, steps, firings }) => {
    const answer = play(trigger, steps)
    if (isDeepStrictEqual(unordered(answer), unordered(firings))) return { name, verdict: 'passed' }
    const detail = `fired ${JSON.stringify(answer)}, not ${JSON.stringify(firings)}`
    return { name, verdict: 'failed', detail, answer }
  })
}

const instant = (text: string): Micros => parseInstant(text) ?? Number.NaN

/** Firings in one order and one spelling of instants, children likewise. */
const unordered = (firings: Reported[]): string[] =>
  firings
    .map(({ triggered, labels, children, ...rest }) =>
      JSON.stringify({
        ...Object.fromEntries(Object.entries(rest).sort()),
        triggered: instant(triggered),
        labels: Object.entries(labels).sort(),
        children: unordered(children ?? []),
      }),
    )
    .sort()

function play(trigger: unknown, steps: Step[]): Reported[] {
  const draft = withNewIds(triggerSchema.parse(trigger), () => '')
  const world = worldOf(compileAutomation({ id: 'automation', trigger: draft }))
  return steps.flatMap(({ at, event, tick }, step) => {
    const now = instant(at)
    if (event) world.deliver(received(event, now), now)
    if (tick === true || tick === 'proactive') world.tickProactive(now)
    if (tick === true || tick === 'periodic') world.tickPeriodic(now)
    return world.takeFirings().map((firing) => ({
      step,
      states: ['Triggered'],
      ...reported(firing),
    }))
  })
}

function received(event: NonNullable<Step['event']>, now: Micros): Event {
  return {
    related: [],
    payload: {},
    follows: null,
    ...event,
    occurred: formatInstant(instant(event.occurred)),
    received: formatInstant(event.received ? instant(event.received) : now),
  }
}

function reported({ firedAt, labels, eventId, children }: ChildFiring): Omit<Reported, 'step'> {
  return {
    triggered: formatInstant(firedAt),
    labels,
    event: eventId,
    ...(children.length > 0 && {
      children: children.map((child) => ({ path: child.path, ...reported(child) })),
    }),
  }
}

function worldOf(automation: ReturnType<typeof compileAutomation>) {
  const stored = new Set<string>()
  const evaluatedAt = new Map<string, Micros>()
  const waiting = new Map<string, Event>()
  const buckets = new Map(automation.triggers.map(({ path }) => [path, new Map<string, Bucket>()]))
  const composites = new Map<string, CompositeState>()
  const dueAt = new Map<string, Micros>()
  const clock = eventsClock()
  let firings: ChildFiring[] = []

  const bucketsOf = ({ path }: CompiledTrigger) => buckets.get(path) ?? new Map<string, Bucket>()

  function apply(trigger: CompiledTrigger, name: string, decision: Decision, now: Micros): void {
    if (decision.bucket) bucketsOf(trigger).set(name, decision.bucket)
    if (decision.firing) fire(trigger, name, decision.firing, now)
  }

  function fire(trigger: CompiledTrigger, name: string, firing: FiringDecision, now: Micros): void {
    const { cause, labels, eventId } = firing
    const id = firingId(trigger, name, cause)
    const { path } = trigger
    const { states, root } = ascend(
      automation,
      { id, path, firedAt: now, labels, eventId, children: [] },
      (at) => composites.get(at) ?? null,
    )
    for (const [at, state] of states) composites.set(at, state)
    if (root) firings.push(root)
  }

  function react(event: Event, now: Micros): void {
    clock.saw(event, now)
    waiting.delete(event.id)
    for (const trigger of automation.triggers) {
      if (!isInterested(trigger, event)) continue
      const name = bucketName(bucketKey(trigger, event).values)
      apply(trigger, name, evaluate(trigger, bucketsOf(trigger).get(name) ?? null, event), now)
    }
    evaluatedAt.set(event.id, now)
  }

  function reactInOrder(event: Event, now: Micros): void {
    react(event, now)
    for (const follower of released(event, [...waiting.values()])) react(follower, now)
  }

  return {
    takeFirings(): ChildFiring[] {
      const taken = firings
      firings = []
      return taken
    },

    deliver(event: Event, now: Micros): void {
      if (event.event === NEVER_EVALUATED || stored.has(event.id)) return
      stored.add(event.id)
      if (mustWait(event, evaluatedAt.get(event.follows ?? '') ?? null, now)) {
        clock.saw(event, now)
        waiting.set(event.id, event)
      } else reactInOrder(event, now)
    },

    tickProactive(now: Micros): void {
      for (const trigger of automation.triggers) {
        if (trigger.posture === 'Reactive' || (dueAt.get(trigger.path) ?? now) > now) continue
        const at = now + clock.lag()
        for (const name of trigger.forEach.length === 0 ? [''] : byStart(bucketsOf(trigger))) {
          const bucket = bucketsOf(trigger).get(name) ?? null
          apply(trigger, name, evaluateDue(trigger, bucket, at), now)
        }
        const deadlines = [...bucketsOf(trigger).values()]
          .map((bucket) => nextDeadline(trigger, bucket) ?? 0)
          .filter((deadline) => deadline > at)
        dueAt.set(trigger.path, Math.min(at + trigger.within, ...deadlines))
      }
    },

    tickPeriodic(now: Micros): void {
      const at = now + clock.lag()
      const events = lost([...waiting.values()], now)
      for (const { id } of events) waiting.delete(id)
      for (const event of events) reactInOrder(event, now)
      for (const ofTrigger of buckets.values()) {
        for (const [name, bucket] of ofTrigger) ofTrigger.set(name, swept(bucket, at) ?? bucket)
      }
    },
  }
}

/**
 * Prefect looks at the oldest window first, and at those that begin together in the order of its index of keys. In a composite, the
 * last one's firing stays.
 */
const byStart = (buckets: Map<string, Bucket>): string[] =>
  [...buckets]
    .map(([name, { key, window }]) => ({
      name,
      key: JSON.stringify(key),
      start: window?.start ?? 0,
    }))
    .sort((a, b) => a.start - b.start || (a.key < b.key ? -1 : 1))
    .map(({ name }) => name)

/** How far the evaluation lies behind: the highest `occurred`, each capped at its arrival, less the last arrival. */
function eventsClock() {
  let latest = Number.NEGATIVE_INFINITY
  let seenAt: Micros | null = null
  return {
    saw(event: Event, now: Micros): void {
      latest = Math.max(latest, Math.min(instant(event.occurred), now))
      seenAt = now
    },
    lag: (): Micros => (seenAt === null ? 0 : latest - seenAt),
  }
}
