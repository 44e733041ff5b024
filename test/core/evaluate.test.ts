import { describe, expect, it } from 'vitest'
import { type Bucket, swept } from '../../lib/core/bucket.ts'
import type { CompiledTrigger } from '../../lib/core/compiled-trigger.ts'
import { disposableAt, nextDeadline } from '../../lib/core/deadline.ts'
import { evaluate, evaluateBatch, evaluateDue } from '../../lib/core/evaluate.ts'
import type { Event } from '../../lib/core/event.ts'
import { formatInstant } from '../../lib/core/time.ts'
import {
  afterOpening,
  bakeWhenProofed,
  callWhenOvenSilent,
  doughProofed,
  ovenWarm,
} from './bakery.ts'

/** The fates of events delivered one by one, and what fired. */
function play(trigger: CompiledTrigger, events: Event[], from: Bucket | null = null) {
  let bucket = from
  const fates: string[] = []
  const fired: (string | null)[] = []
  for (const event of events) {
    const decision = evaluate(trigger, bucket, event)
    bucket = decision.bucket
    fates.push(decision.fate)
    if (decision.firing) fired.push(decision.firing.eventId)
  }
  return { bucket, fates, fired }
}

describe('a reactive trigger', () => {
  it('without memory fires for every event and keeps nothing', () => {
    const { bucket, fates } = play(bakeWhenProofed(), [doughProofed(0), doughProofed(1)])

    expect(bakeWhenProofed().hasMemory).toBe(false)
    expect(fates).toEqual(['fired', 'fired'])
    expect(bucket).toBeNull()
  })

  it('fires at the threshold and rests until the window would have ended', () => {
    const trigger = bakeWhenProofed({ threshold: 2, within: 60 })

    const { fates } = play(
      trigger,
      [0, 59, 59.5, 60, 61].map((at) => doughProofed(at)),
    )

    expect(fates).toEqual(['counted', 'fired', 'late', 'counted', 'fired'])
  })

  it('counts in windows that tumble: what lies beyond the end begins the next', () => {
    const trigger = bakeWhenProofed({ threshold: 2, within: 60 })

    const { fates } = play(
      trigger,
      [0, 60, 119, 130].map((at) => doughProofed(at)),
    )

    expect(fates).toEqual(['counted', 'early', 'fired', 'counted'])
  })

  it('counts events up to 15 minutes older than its first', () => {
    const trigger = bakeWhenProofed({ threshold: 3, within: 60 })

    const { fates } = play(
      trigger,
      [0, -900, -900.000001].map((at) => doughProofed(at)),
    )

    expect(fates).toEqual(['counted', 'counted', 'late'])
  })

  it('with within 0 counts without end, whatever the order', () => {
    const trigger = bakeWhenProofed({ threshold: 3 })

    const { fates } = play(
      trigger,
      [0, 5000, -800].map((at) => doughProofed(at)),
    )

    expect(fates).toEqual(['counted', 'counted', 'fired'])
  })

  it('with after counts only once that was seen, and after a firing waits for it again', () => {
    const trigger = bakeWhenProofed({ after: ['oven.warm'], within: 60 })
    const events = [
      doughProofed(0),
      ovenWarm(1),
      doughProofed(2),
      doughProofed(3),
      ovenWarm(4),
      doughProofed(64),
    ]

    const { fates } = play(trigger, events)

    expect(fates).toEqual(['ignored', 'opened', 'fired', 'ignored', 'opened', 'closed'])
  })

  it('with the same name in after and expect needs one event more', () => {
    const trigger = bakeWhenProofed({ after: ['dough.proofed'], within: 60, threshold: 2 })

    const { fates } = play(
      trigger,
      [0, 1, 2, 3].map((at) => doughProofed(at)),
    )

    expect(fates).toEqual(['counted', 'counted', 'fired', 'counted'])
  })

  it('keeps a bucket for each of its values, and reports them', () => {
    const trigger = bakeWhenProofed({ for_each: ['prefect.resource.id'], threshold: 2, within: 9 })

    const { bucket } = evaluate(trigger, null, doughProofed(0))
    const { firing } = evaluate(trigger, bucket, doughProofed(1))

    expect(bucket?.key).toEqual(['oven.1'])
    expect(firing?.labels).toEqual({ 'prefect.resource.id': 'oven.1' })
  })

  it('is never due', () => {
    const trigger = bakeWhenProofed({ threshold: 2, within: 60 })
    const { bucket } = evaluate(trigger, null, doughProofed(0))

    expect(nextDeadline(trigger, bucket)).toBeNull()
    expect(evaluateDue(trigger, bucket, afterOpening(90)).bucket).toBe(bucket)
    expect(bucket && disposableAt(trigger, bucket, afterOpening(1))).toBe(afterOpening(60 + 86_400))
  })
})

describe('a proactive trigger', () => {
  const trigger = callWhenOvenSilent()

  it('watches from its first look, and fires for every silent window', () => {
    const first = evaluateDue(trigger, null, afterOpening(0))
    const second = evaluateDue(trigger, first.bucket, afterOpening(60))
    const third = evaluateDue(trigger, second.bucket, afterOpening(300))

    expect([first, second, third].map(({ fate }) => fate)).toEqual(['opened', 'fired', 'fired'])
    expect(second.firing).toEqual({
      cause: formatInstant(afterOpening(60)),
      labels: {},
      eventId: null,
    })
    expect(nextDeadline(trigger, third.bucket)).toBe(afterOpening(360))
  })

  it('is satisfied by an event, and pauses for one window', () => {
    const first = evaluateDue(trigger, null, afterOpening(0))
    const warm = evaluate(trigger, first.bucket, ovenWarm(30))
    const second = evaluateDue(trigger, warm.bucket, afterOpening(60))
    const third = evaluateDue(trigger, second.bucket, afterOpening(120))

    expect([warm, second, third].map(({ fate }) => fate)).toEqual([
      'counted',
      'satisfied',
      'opened',
    ])
    expect(nextDeadline(trigger, second.bucket)).toBe(afterOpening(120))
  })

  it('fires by the first event after a silence, with the same cause as a wake would have', () => {
    const { bucket } = evaluateDue(trigger, null, afterOpening(0))

    const byEvent = evaluate(trigger, bucket, ovenWarm(75))
    const byWake = evaluateDue(trigger, bucket, afterOpening(75))

    expect(byEvent.firing?.eventId).toBe(ovenWarm(75).id)
    expect(byEvent.firing?.cause).toBe(byWake.firing?.cause)
  })

  it('reports the last event of a window in which there were too few', () => {
    const twice = callWhenOvenSilent({ threshold: 2 })
    const { bucket } = play(twice, [ovenWarm(10)], evaluateDue(twice, null, afterOpening(0)).bucket)

    expect(evaluateDue(twice, bucket, afterOpening(60)).firing?.eventId).toBe(ovenWarm(10).id)
  })

  it('with for_each is due when the window ends, and knows whose silence it is', () => {
    const each = callWhenOvenSilent({ for_each: ['prefect.resource.id'], threshold: 2 })
    const { bucket } = evaluate(each, null, ovenWarm(0))

    const due = evaluateDue(each, bucket, afterOpening(60))

    expect(evaluateDue(each, null, afterOpening(0))).toMatchObject({
      bucket: null,
      fate: 'waiting',
    })
    expect(nextDeadline(each, bucket)).toBe(afterOpening(60))
    expect(evaluateDue(each, bucket, afterOpening(59)).bucket).toBe(bucket)
    expect(due.firing?.labels).toEqual({ 'prefect.resource.id': 'oven.1' })
    expect(bucket && disposableAt(each, bucket, afterOpening(0))).toBeNull()
  })

  it('takes each heartbeat for the beginning of the next wait', () => {
    const heartbeat = callWhenOvenSilent({
      after: ['oven.warm'],
      for_each: ['prefect.resource.id'],
    })
    const { bucket, fates } = play(
      heartbeat,
      [0, 30, 80, 50].map((at) => ovenWarm(at)),
    )

    expect(fates).toEqual(['counted', 'restarted', 'restarted', 'late'])
    expect(nextDeadline(heartbeat, bucket)).toBe(afterOpening(140))
    expect(evaluateDue(heartbeat, bucket, afterOpening(140)).firing?.eventId).toBe(ovenWarm(50).id)
  })
})

describe('a batch', () => {
  it('is evaluated by occurrence, with followers after their leaders', () => {
    const trigger = bakeWhenProofed({ after: ['oven.warm'], within: 60 })
    const warm = ovenWarm(5)
    const events = [doughProofed(4, { follows: warm.id }), warm, doughProofed(6)]

    const { fates } = evaluateBatch(trigger, null, events)

    expect(fates.map(({ fate }) => fate)).toEqual(['opened', 'late', 'fired'])
  })

  it('that changes nothing gives back the same bucket', () => {
    const trigger = bakeWhenProofed({ within: 60 })
    const { bucket } = evaluateBatch(trigger, null, [doughProofed(0)])

    expect(evaluateBatch(trigger, bucket, [doughProofed(1), doughProofed(0)]).bucket).toBe(bucket)
  })

  it('has forgotten a partial count a minute later, as a sweep would', () => {
    const trigger = bakeWhenProofed({ threshold: 2 })
    const fatesAfter = (seconds: number) =>
      evaluateBatch(trigger, null, [doughProofed(0), doughProofed(seconds)]).fates.map(
        ({ fate }) => fate,
      )

    expect(fatesAfter(59)).toEqual(['counted', 'fired'])
    expect(fatesAfter(60)).toEqual(['counted', 'counted'])
  })

  it('does not forget the count of a backlog that arrives at once', () => {
    const trigger = bakeWhenProofed({ threshold: 2 })
    const received = formatInstant(afterOpening(600))

    const { firings } = evaluateBatch(trigger, null, [
      doughProofed(0, { received }),
      doughProofed(1, { received }),
    ])

    expect(firings).toHaveLength(1)
  })
})

describe('a sweep', () => {
  it('takes the window a minute after its end, and leaves the memory of events', () => {
    const trigger = bakeWhenProofed({ threshold: 2, within: 60 })
    const { bucket } = evaluate(trigger, null, doughProofed(0))

    const after = swept(bucket, afterOpening(120))

    expect(swept(bucket, afterOpening(119))).toBe(bucket)
    expect(after?.window).toBeNull()
    expect(evaluate(trigger, after, doughProofed(0)).fate).toBe('repeated')
  })
})
