// Warnings of triggers that never fire: true of each over anything that may come, and given to none that fires.
import { describe, expect, it } from 'vitest'
import { compileAutomation } from '../../lib/core/compiled-trigger.ts'
import { neverFires } from '../../lib/core/never.ts'
import { replay } from '../../lib/core/replay.ts'
import { triggerSchema, withNewIds } from '../../lib/core/trigger-schema.ts'
import { triggerVectors } from '../vectors.ts'
import { afterOpening, bakeryEvent } from './bakery.ts'

const parsed = (trigger: object) => withNewIds(triggerSchema.parse(trigger), () => 'id')
const reactive = (parts: object) => ({ type: 'event', posture: 'Reactive', ...parts })
const proactive = (parts: object) => ({ type: 'event', posture: 'Proactive', within: 60, ...parts })
const fires = reactive({ expect: ['oven.warm'] })
const dead = reactive({ expect: ['oven.warm'], match: { tier: [] } })

const NEVER: [string, object, string][] = [
  ['an empty list of labels', dead, 'trigger.match.tier'],
  [
    'an empty list of related labels',
    reactive({ match_related: [{ tier: [] }] }),
    'trigger.match_related.tier',
  ],
  ['log lines alone', reactive({ expect: ['prefect.log.write'] }), 'trigger.expect'],
  ['a class in a name', reactive({ expect: ['oven.[wc]*'] }), 'trigger.expect'],
  [
    'two events in a window of one',
    reactive({ after: ['oven.lit'], expect: ['oven.warm'], threshold: 2 }),
    'trigger.within',
  ],
  ['a silence of nothing', proactive({ expect: ['oven.warm'], threshold: 0 }), 'trigger.threshold'],
  [
    'a silence that its own opening breaks',
    proactive({ expect: ['oven.warm'], for_each: ['prefect.resource.id'] }),
    'trigger.threshold',
  ],
  [
    'all of two, one of which never fires',
    { type: 'compound', require: 'all', within: 60, triggers: [fires, dead] },
    'trigger.triggers.1.match.tier',
  ],
  [
    'a sequence with one that never fires',
    { type: 'sequence', within: null, triggers: [dead, fires] },
    'trigger.triggers.0.match.tier',
  ],
  [
    'any of none',
    { type: 'compound', require: 'any', within: 60, triggers: [] },
    'trigger.triggers',
  ],
  [
    'within less than nothing',
    { type: 'compound', require: 'all', within: -1, triggers: [fires, fires] },
    'trigger.within',
  ],
]

/** An hour of a bakery, in which everything happens. */
const hour = Array.from({ length: 360 }, (_, i) => {
  const names = ['oven.lit', 'oven.warm', 'oven.cold', 'prefect.log.write', 'oven.[wc]arm']
  const name = names[(i * 7) % names.length] ?? ''
  return bakeryEvent(name, i * 10, {
    resource: { 'prefect.resource.id': `oven.${i % 3}`, tier: ['gold', '', '[]'][i % 3] ?? '' },
    related: [{ 'prefect.resource.id': 'b', 'prefect.resource.role': 'baker', tier: 'tin' }],
  })
})

describe('neverFires', () => {
  it.each(NEVER)('warns of %s, and it does not fire', (_, trigger, path) => {
    const compiled = compileAutomation({ id: 'a', trigger: parsed(trigger) })
    let firings = 0
    const run = replay(compiled, { from: afterOpening(0), fired: () => (firings += 1) })
    run.arrive(hour)
    run.pass(afterOpening(7_200))

    expect(neverFires(parsed(trigger)).map((warning) => warning.path)).toEqual([path])
    expect(firings).toBe(0)
  })

  it('warns of no trigger of the vectors that has fired', () => {
    const fired = triggerVectors().filter(({ firings }) => firings.length > 0)
    const warned = fired.filter(({ trigger }) => neverFires(parsed(trigger)).length > 0)

    expect(fired.length).toBeGreaterThan(300)
    expect(warned.map(({ name }) => name)).toEqual([])
  })

  it('one of several that never fires is no matter where the others are enough', () => {
    const trigger = { type: 'compound', require: 'any', within: 60, triggers: [dead, fires] }

    expect(neverFires(parsed(trigger))).toEqual([])
  })
})
