// Streams deliver again, in other batches and much later. Whatever the trigger, the order and the cuts: an event changes a bucket
// once, and nothing fires twice for one cause.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bucket } from '../../lib/core/bucket.ts'
import type { CompiledTrigger } from '../../lib/core/compiled-trigger.ts'
import { nextDeadline } from '../../lib/core/deadline.ts'
import { evaluate, evaluateBatch, evaluateDue } from '../../lib/core/evaluate.ts'
import type { Event } from '../../lib/core/event.ts'
import { hasTaken, TAKEN_MAX, taking } from '../../lib/core/taken.ts'
import { parseInstant } from '../../lib/core/time.ts'
import {
  afterOpening,
  bakeryEvent,
  bakeWhenProofed,
  compiledTrigger,
  doughProofed,
} from './bakery.ts'

const NAMES = ['dough.proofed', 'oven.warm', 'oven.cold']

const anyTrigger: fc.Arbitrary<CompiledTrigger> = fc
  .record({
    posture: fc.constantFrom('Reactive' as const, 'Proactive' as const),
    threshold: fc.integer({ min: -1, max: 4 }),
    seconds: fc.constantFrom(0, 10, 60),
    expect: fc.subarray(NAMES),
    after: fc.oneof(fc.constant<string[]>([]), fc.subarray(NAMES)),
  })
  .map(({ seconds, ...parts }) =>
    compiledTrigger({ ...parts, within: parts.posture === 'Proactive' ? seconds || 10 : seconds }),
  )

const anyEvent: fc.Arbitrary<Event> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    seconds: fc.integer({ min: -1000, max: 400 }).map((n) => (n < -900 ? n : Math.abs(n) % 200)),
    id: fc.uuid(),
  })
  .map(({ name, seconds, id }) => bakeryEvent(name, seconds, { id }))

/** Deliveries of some events in some order, many of them again; -1 stands for a look at the clock. */
const anyDeliveries = fc.array(anyEvent, { minLength: 1, maxLength: 15 }).chain((events) =>
  fc.record({
    events: fc.constant(events),
    deliveries: fc.array(fc.integer({ min: -1, max: events.length - 1 }), { maxLength: 60 }),
  }),
)

describe('events delivered again', () => {
  it('change a bucket once at most, and fire nothing anew', () => {
    fc.assert(
      fc.property(anyTrigger, anyDeliveries, (trigger, { events, deliveries }) => {
        fc.pre(trigger.hasMemory)
        const taken = new Set<string>()
        const causes: string[] = []
        let bucket: Bucket | null = null
        deliveries.forEach((index, i) => {
          const event = events[index]
          const decision = event
            ? evaluate(trigger, bucket, event)
            : evaluateDue(trigger, bucket, afterOpening(i * 5))
          if (event && taken.has(event.id)) {
            expect(decision.bucket).toBe(bucket)
            expect(decision.firing).toBeNull()
          }
          if (event && decision.fate !== 'ignored') taken.add(event.id)
          if (decision.firing) causes.push(decision.firing.cause)
          bucket = decision.bucket
        })

        expect(new Set(causes).size).toBe(causes.length)
      }),
      { numRuns: 3000 },
    )
  })

  it('leave what their batch did, however they are cut and repeated', () => {
    const cuts = fc.array(fc.nat(20), { maxLength: 6 }).map((at) => at.sort((a, b) => a - b))
    const someEvents = fc.array(anyEvent, { maxLength: 20 })
    fc.assert(
      fc.property(anyTrigger, someEvents, cuts, (trigger, events, at) => {
        fc.pre(trigger.hasMemory)
        const { bucket, fates } = evaluateBatch(trigger, null, events)
        const ignored = fates.filter(({ fate }) => fate === 'ignored').map(({ eventId }) => eventId)
        const repeated = events.filter(({ id }) => !ignored.includes(id))

        for (const [i, from] of [0, ...at].entries()) {
          const again = evaluateBatch(trigger, bucket, repeated.slice(from, at[i] ?? events.length))
          expect(again.bucket).toBe(bucket)
          expect(again.firings).toEqual([])
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('are known after as many others as are remembered, and no more', () => {
    const trigger = bakeWhenProofed({ after: ['oven.warm'], within: 1e6, threshold: 1e6 })
    const opened = evaluate(trigger, null, bakeryEvent('oven.warm', 0)).bucket
    const countedUpTo = (count: number) =>
      Array.from({ length: count }, (_, i) => doughProofed(i)).reduce(
        (bucket: Bucket | null, event) => evaluate(trigger, bucket, event).bucket,
        opened,
      )

    expect(evaluate(trigger, countedUpTo(4096), doughProofed(0)).fate).toBe('repeated')
    expect(evaluate(trigger, countedUpTo(4097), doughProofed(0)).fate).toBe('counted')
  })

  it('cost a trigger with threshold 1 no more than one id', () => {
    const trigger = bakeWhenProofed({ within: 10 })
    const bucket = Array.from({ length: 500 }, (_, i) => doughProofed(i * 11)).reduce(
      (state: Bucket | null, event) => evaluate(trigger, state, event).bucket,
      null,
    )

    expect(bucket?.taken).toHaveLength(8)
    expect(evaluate(trigger, bucket, doughProofed(0))).toMatchObject({ bucket, fate: 'late' })
  })
})

describe('a silence', () => {
  it('fires once for one window, whoever notices it first', () => {
    fc.assert(
      fc.property(anyTrigger, fc.array(anyEvent, { maxLength: 10 }), (trigger, events) => {
        fc.pre(trigger.posture === 'Proactive')
        const bucket = evaluateDue(trigger, null, afterOpening(0)).bucket
        for (const event of events) {
          const due = nextDeadline(trigger, bucket) ?? 0
          const at = Math.max(due, parseInstant(event.occurred) ?? 0)
          const byEvent = evaluate(trigger, bucket, event).firing?.cause
          const byWake = evaluateDue(trigger, bucket, at).firing?.cause
          if (byEvent) expect(byEvent).toBe(byWake)
        }
      }),
    )
  })
})

describe('a memory of ids', () => {
  it('knows its last ones, and only those', () => {
    const ids = Array.from({ length: TAKEN_MAX + 1 }, (_, i) => `event-${i}`)
    const taken = ids.reduce((memory, id) => taking(memory, id), '')

    expect(taken).toHaveLength(TAKEN_MAX * 8)
    expect(hasTaken(taken, 'event-0')).toBe(false)
    expect(ids.slice(1).every((id) => hasTaken(taken, id))).toBe(true)
    expect(hasTaken('', 'event-1')).toBe(false)
  })
})
