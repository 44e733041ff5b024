// Replays: what the evaluator makes of events of the past, on a clock that only moves with them.
import { describe, expect, it } from 'vitest'
import { compileAutomation } from '../../lib/core/compiled-trigger.ts'
import type { ChildFiring } from '../../lib/core/composite.ts'
import { replay } from '../../lib/core/replay.ts'
import { formatInstant, parseInstant } from '../../lib/core/time.ts'
import type { Trigger } from '../../lib/core/trigger.ts'
import { triggerSchema, withNewIds } from '../../lib/core/trigger-schema.ts'
import {
  comparable,
  eventsOf,
  triggerVectors,
  type VectorFiring,
  withoutTicks,
} from '../vectors.ts'
import { afterOpening, automationOf, doughProofed, eventTrigger, ovenWarm } from './bakery.ts'
import { metricTrigger, runEvents } from './flow-runs.ts'

const vectors = triggerVectors().filter(withoutTicks)

function shown({ path, firedAt, labels, eventId, children }: ChildFiring): VectorFiring {
  return {
    ...(path !== '' && { path }),
    triggered: formatInstant(firedAt),
    labels,
    event: eventId,
    children: children.map(shown),
  }
}

/** Seconds after opening at which it fires, over these events and until then. */
function firingsOf(trigger: Trigger, events: ReturnType<typeof doughProofed>[], until = 0) {
  const fired: number[] = []
  const run = replay(automationOf(trigger), {
    from: afterOpening(0),
    fired: ({ firedAt }) => fired.push((firedAt - afterOpening(0)) / 1_000_000),
  })
  run.arrive(events)
  run.pass(afterOpening(until))
  return fired
}

describe('replay', () => {
  it('there are vectors without ticks', () => expect(vectors.length).toBeGreaterThan(200))

  it.each(vectors)('gives the firings of the vector $name', (vector) => {
    const trigger = withNewIds(triggerSchema.parse(vector.trigger), () => '')
    const fired: VectorFiring[] = []
    const run = replay(compileAutomation({ id: 'automation', trigger }), {
      from: parseInstant(vector.steps[0]?.at ?? '') ?? 0,
      ticks: false,
      fired: (firing) => fired.push(shown(firing)),
    })

    for (const event of eventsOf(vector)) run.arrive([event])

    expect(comparable(fired)).toEqual(comparable(vector.firings))
  })

  it('looks at a silence when it ends, with nothing coming in', () => {
    const trigger = eventTrigger({ posture: 'Proactive', expect: ['oven.warm'], within: 60 })

    expect(firingsOf(trigger, [], 200)).toEqual([60, 120, 180])
    expect(firingsOf(trigger, [ovenWarm(30), ovenWarm(90)], 130)).toEqual([])
  })

  it('watches each key of a silence apart', () => {
    const trigger = eventTrigger({
      posture: 'Proactive',
      after: ['oven.lit'],
      expect: ['oven.warm'],
      for_each: ['prefect.resource.id'],
      within: 60,
    })
    const lit = (seconds: number, oven: string) =>
      ovenWarm(seconds, { event: 'oven.lit', resource: { 'prefect.resource.id': oven } })

    expect(firingsOf(trigger, [lit(0, 'oven.1'), lit(10, 'oven.2'), ovenWarm(20)], 300)).toEqual([
      70,
    ])
  })

  it('counts an event that is there twice once', () => {
    const trigger = eventTrigger({ expect: ['dough.proofed'] })

    expect(firingsOf(trigger, [doughProofed(1), doughProofed(1), doughProofed(2)])).toEqual([1, 2])
  })

  it('an event waits for the one it follows, and is counted without it a quarter of an hour later', () => {
    const trigger = eventTrigger({ expect: ['dough.proofed'], threshold: 2, within: 3_600 })
    const orphan = doughProofed(2, { follows: '00000000-0000-4000-8000-00000000dead' })

    expect(firingsOf(trigger, [doughProofed(1), orphan], 800)).toEqual([])
    expect(firingsOf(trigger, [doughProofed(1), orphan], 902)).toEqual([902])
  })

  it('finds what came before a window that another event opens', () => {
    const after = { after: ['oven.warm'], expect: ['dough.proofed'], within: 60 }
    const lateOpening = ovenWarm(5, { received: formatInstant(afterOpening(20)) })

    expect(firingsOf(eventTrigger(after), [doughProofed(10), lateOpening])).toEqual([20])
    expect(firingsOf(eventTrigger(after), [doughProofed(4), lateOpening])).toEqual([])
    expect(
      firingsOf(
        eventTrigger({ ...after, posture: 'Proactive', for_each: ['prefect.resource.id'] }),
        [doughProofed(10), lateOpening],
        90,
      ),
    ).toEqual([])
  })

  it('does not meet what came before the automation was saved', () => {
    const trigger = eventTrigger({ expect: ['dough.proofed'] })

    expect(firingsOf(trigger, [doughProofed(-5), doughProofed(5)])).toEqual([5])
  })

  it('measures runs by the earlier events of theirs', () => {
    const trigger = metricTrigger({ name: 'duration', operator: '>', threshold: 60, firing_for: 0 })
    const events = runEvents('Scheduled 0, Pending 5, Running 10, Completed 100')

    expect(firingsOf(trigger, events, 200)).toEqual([100])
  })
})
