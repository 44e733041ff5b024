import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CompiledAutomation } from '../../lib/core/compiled-trigger.ts'
import { isInterested } from '../../lib/core/match.ts'
import type { ResourceSpecification } from '../../lib/core/trigger.ts'
import { createTriggerIndex } from '../../lib/core/trigger-index.ts'
import { automationOf, bakeryEvent, eventTrigger } from './bakery.ts'

const PATTERNS = [
  'a',
  'ab',
  'a.b',
  'a*',
  'a.*',
  '*',
  '**',
  '!a',
  '!a*',
  '?',
  'a?',
  'a[.b]b',
  '*b',
  '[a]*',
  '',
  '!',
  'a.*b',
]
const VALUES = ['a', 'ab', 'a.', 'a.b', 'a.bb', 'b', '', '\na', '!a', 'a\nb']
const LABELS = ['prefect.resource.id', 'k', 'constructor']

const anyPatterns = fc.oneof(
  fc.constantFrom(...PATTERNS),
  fc.array(fc.constantFrom(...PATTERNS), { maxLength: 3 }),
)
const anySpecification: fc.Arbitrary<ResourceSpecification> = fc.dictionary(
  fc.constantFrom(...LABELS),
  anyPatterns,
  { maxKeys: 2, noNullPrototype: true },
)
const anyAutomation: fc.Arbitrary<CompiledAutomation> = fc
  .record({
    expect: fc.array(fc.constantFrom(...PATTERNS), { maxLength: 3 }),
    after: fc.array(fc.constantFrom(...PATTERNS), { maxLength: 2 }),
    match: fc.oneof(fc.constant({}), anySpecification),
    match_related: fc.oneof(
      fc.constant({}),
      anySpecification,
      fc.array(anySpecification, { maxLength: 2 }),
    ),
  })
  .map((parts) => automationOf(eventTrigger(parts)))

const anyResource = fc.dictionary(fc.constantFrom(...LABELS), fc.constantFrom(...VALUES), {
  maxKeys: 3,
  noNullPrototype: true,
})
const anyEvent = fc
  .record({
    name: fc.constantFrom(...VALUES),
    resource: anyResource,
    related: fc.array(anyResource, { maxLength: 3 }),
  })
  .map(({ name, ...parts }) => bakeryEvent(name, 0, parts))

describe('the index of triggers', () => {
  it('finds whom asking everyone finds, whatever was added and removed before', () => {
    const automations = fc.array(anyAutomation, { maxLength: 30 })
    const events = fc.array(anyEvent, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(automations, fc.nat(30), events, (added, removals, asked) => {
        const index = createTriggerIndex()
        for (const automation of added) index.add(automation)
        for (const automation of added.slice(0, removals)) index.remove(automation)

        const triggers = added.slice(removals).flatMap((automation) => automation.triggers)
        for (const event of asked) {
          const found = index.interested(event)
          expect(found).toHaveLength(new Set(found).size)
          expect(new Set(found)).toEqual(
            new Set(triggers.filter((one) => isInterested(one, event))),
          )
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('finds prefixes longer than those it files', () => {
    const [long, longer] = ['x'.repeat(300), 'x'.repeat(301)]
    const index = createTriggerIndex()
    index.add(automationOf(eventTrigger({ expect: [`${long}*`] })))

    expect(index.interested(bakeryEvent(long, 0))).toHaveLength(0)
    expect(index.interested(bakeryEvent(longer, 0))).toHaveLength(1)
  })

  it.each(['', '*'])('tells texts of one hash apart, with %j behind them', (star) => {
    const [mine, other] = ['costarring', 'liquid']
    const index = createTriggerIndex()
    const ofMine = automationOf(eventTrigger({ match: { mood: `${mine}${star}` } }))
    const ofOther = automationOf(eventTrigger({ match: { mood: `${other}${star}` } }))
    const inMood = (mood: string) =>
      bakeryEvent('oven.warm', 0, { resource: { 'prefect.resource.id': 'oven.1', mood } })
    index.add(ofMine)
    index.add(ofOther)

    expect(index.interested(inMood(mine))).toEqual(ofMine.triggers)
    index.remove(ofMine)
    expect(index.interested(inMood(mine))).toHaveLength(0)
    expect(index.interested(inMood(other))).toEqual(ofOther.triggers)
  })

  it('does not hand out its own list', () => {
    const index = createTriggerIndex()
    index.add(automationOf(eventTrigger()))
    index.interested(bakeryEvent('oven.warm', 0)).pop()

    expect(index.interested(bakeryEvent('oven.warm', 0))).toHaveLength(1)
  })
})
