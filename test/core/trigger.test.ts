import { describe, expect, it } from 'vitest'
import { compareCodePoints } from '../../lib/core/code-points.ts'
import type { CompoundTrigger, Trigger } from '../../lib/core/trigger.ts'
import { automationOf, compiledTrigger, eventTrigger } from './bakery.ts'
import { metricTrigger } from './flow-runs.ts'

const compound = (triggers: Trigger[], require: CompoundTrigger['require'] = 'all'): Trigger => ({
  type: 'compound',
  id: '',
  triggers,
  require,
  within: 60,
})

describe('compiling an automation', () => {
  it('names every trigger by its path', () => {
    const { triggers, composites } = automationOf(
      compound([eventTrigger(), compound([eventTrigger(), eventTrigger()])]),
    )

    expect(triggers.map(({ path }) => path)).toEqual(['0', '1.0', '1.1'])
    expect(composites.map(({ path }) => path)).toEqual(['', '1'])
    expect(composites.map(({ children }) => children)).toEqual([
      ['0', '1'],
      ['1.0', '1.1'],
    ])
  })

  it.each<[CompoundTrigger['require'], number]>([
    ['all', 2],
    ['any', 1],
    [1, 1],
    [2, 2],
  ])('reads require %j of two as %i', (require, required) => {
    const [composite] = automationOf(compound([eventTrigger(), eventTrigger()], require)).composites

    expect(composite?.required).toBe(required)
  })

  it.each([
    [{}, false],
    [{ threshold: 0 }, false],
    [{ threshold: 2 }, true],
    [{ within: 1 }, true],
    [{ after: ['oven.warm'] }, true],
    [{ posture: 'Proactive' as const, within: 10 }, true],
  ])('%j needs memory: %s', (parts, hasMemory) => {
    expect(compiledTrigger(parts).hasMemory).toBe(hasMemory)
  })
})

describe("a trigger's hash", () => {
  const hashOf = (parts: Parameters<typeof eventTrigger>[0]) => compiledTrigger(parts).hash

  it('is the same for the same text, whatever its ids and the order of its sets', () => {
    const one = { expect: ['a', 'b'], for_each: ['x', 'y'], match: { k: 'v', m: ['1', '2'] } }
    const other = {
      id: 'other',
      expect: ['b', 'a', 'a'],
      for_each: ['y', 'x'],
      match: { m: ['1', '2'], k: 'v' },
    }

    expect(hashOf(other)).toBe(hashOf(one))
  })

  it.each([
    [{ threshold: 2 }],
    [{ within: 1 }],
    [{ posture: 'Proactive' as const }],
    [{ expect: ['a'] }],
    [{ after: ['a'] }],
    [{ for_each: ['a'] }],
    [{ match: { k: 'v' } }],
    [{ match_related: { k: 'v' } }],
    [{ match_related: [{ k: 'v' }] }],
  ])('changes with %j', (parts) => {
    expect(hashOf(parts)).not.toBe(hashOf({}))
  })

  it.each([
    [{ name: 'duration' as const }],
    [{ operator: '>' as const }],
    [{ threshold: 0.8 }],
    [{ range: 600 }],
    [{ firing_for: 0 }],
  ])('of a metric trigger changes with %j', (query) => {
    const [one, same, other] = [
      metricTrigger(),
      { ...metricTrigger(), id: 'other' },
      metricTrigger(query),
    ].map((trigger) => automationOf(trigger).triggers[0]?.hash)

    expect(same).toBe(one)
    expect(other).not.toBe(one)
  })

  it('of a composite changes with its children', () => {
    const [one, other] = [['a'], ['b']].map(
      (names) => automationOf(compound([eventTrigger({ expect: names })])).composites[0]?.hash,
    )

    expect(one).not.toBe(other)
  })
})

describe('the order of code points', () => {
  it.each([
    ['a', 'b', -1],
    ['Z', 'a', -1],
    ['a', 'a', 0],
    ['a', 'aa', -1],
    ['\uffee', '😀', -1],
    ['😀a', '😀b', -1],
  ])('puts %j before %j: %i', (a, b, expected) => {
    expect(Math.sign(compareCodePoints(a, b))).toBe(expected)
    expect(Math.sign(compareCodePoints(b, a)) + expected).toBe(0)
  })
})
