import { describe, expect, it } from 'vitest'
import {
  bucketKey,
  bucketName,
  coversResources,
  expects,
  FOR_EACH_VALUE_LENGTH_MAX,
  isInterested,
  isInterestedInName,
  startsAfter,
} from '../../lib/core/match.ts'
import type { ResourceSpecification } from '../../lib/core/trigger.ts'
import { bakeryEvent, bakeWhenProofed, compiledTrigger, doughProofed } from './bakery.ts'

const ID = 'prefect.resource.id'
const ROLE = 'prefect.resource.role'

describe('names', () => {
  it.each([
    ['dough.*', 'dough.proofed', true],
    ['dough.*', 'dough.', false],
    ['dough*', 'dough', false],
    ['*', 'dough', true],
    ['**', '🥖', false],
    ['**', '🥖🥐', true],
    ['dough.*.late', 'dough.a.b.late', true],
    ['dough.*', 'dough.\nproofed', false],
    ['dough.*', 'dough.p\nroofed', true],
    ['d?ugh', 'dough', false],
    ['d?ugh', 'd?ugh', true],
    ['d[o]ugh', 'dough', false],
    ['d[o]ugh', 'd[o]ugh', false],
    ['!dough', 'oven', false],
    ['!dough', '!dough', true],
    ['Dough', 'dough', false],
    ['do+ugh', 'dough', false],
  ])('expect %j takes in %j: %s', (pattern, name, expected) => {
    expect(isInterestedInName(compiledTrigger({ expect: [pattern] }), name)).toBe(expected)
  })

  it('are taken in without the character that * wants if another listed name begins them', () => {
    const trigger = compiledTrigger({ expect: ['dough.*', 'dough'] })

    expect(isInterestedInName(trigger, 'dough.')).toBe(true)
    expect(expects(trigger, 'dough.')).toBe(true)
  })

  it('are all expected when none is listed, whatever comes after', () => {
    const trigger = compiledTrigger({ after: ['oven.warm'] })

    expect(isInterestedInName(trigger, 'dough.proofed')).toBe(true)
    expect(expects(trigger, 'dough.proofed')).toBe(true)
    expect(startsAfter(trigger, 'dough.proofed')).toBe(false)
    expect(startsAfter(trigger, 'oven.warm')).toBe(true)
  })

  it('interest a trigger only together with the resource', () => {
    const trigger = bakeWhenProofed({ match: { [ID]: 'oven.*' } })

    expect(isInterested(trigger, doughProofed(0))).toBe(true)
    expect(isInterested(trigger, doughProofed(0, { resource: { [ID]: 'shelf.1' } }))).toBe(false)
  })
})

describe('resources', () => {
  const rye = { [ID]: 'dough.1', grain: 'rye', note: '' }

  it.each<[ResourceSpecification, boolean]>([
    [{}, true],
    [{ grain: 'rye' }, true],
    [{ grain: '!rye' }, false],
    [{ grain: ['!rye', '!oat'] }, true],
    [{ grain: ['oat', 'rye'] }, true],
    [{ grain: [] }, false],
    [{ grain: 'rye', [ID]: 'oven.*' }, false],
    [{ salt: '*' }, false],
    [{ salt: '!much' }, false],
    [{ note: '' }, true],
    [{ note: '!' }, false],
    [{ constructor: '*' }, false],
    [{ toString: '!x' }, false],
  ])('a rye dough is matched by %j: %s', (match, expected) => {
    expect(coversResources(compiledTrigger({ match }), doughProofed(0, { resource: rye }))).toBe(
      expected,
    )
  })

  const related = [
    { [ID]: 'baker.1', [ROLE]: 'baker', shift: 'night' },
    { [ID]: 'shelf.1', [ROLE]: 'place' },
  ]

  it.each<[ResourceSpecification | ResourceSpecification[], boolean]>([
    [[], true],
    [[{}], true],
    [{ [ROLE]: 'baker', shift: 'night' }, true],
    [{ [ROLE]: 'place', shift: 'night' }, false],
    [{ [ROLE]: '!baker' }, true],
    [[{ [ROLE]: 'baker' }, { shift: 'night' }], true],
    [[{ [ROLE]: 'baker' }, { [ROLE]: 'owner' }], false],
    [{ [ID]: 'oven.1' }, false],
  ])('its company is matched by %j: %s', (match_related, expected) => {
    expect(coversResources(compiledTrigger({ match_related }), doughProofed(0, { related }))).toBe(
      expected,
    )
  })

  it('match a label that every object seems to have only where it is', () => {
    const trigger = compiledTrigger({ match: { ['__proto__']: 'rye' } })
    const resource = JSON.parse(`{"${ID}": "dough.1", "__proto__": "rye"}`)

    expect(coversResources(trigger, doughProofed(0, { resource }))).toBe(true)
    expect(coversResources(trigger, doughProofed(0))).toBe(false)
  })
})

describe('bucket keys', () => {
  const event = bakeryEvent('dough.proofed', 0, {
    resource: { [ID]: 'dough.1', grain: 'rye', 'related:guest:name': 'Anna', 'a:b': 'c' },
    related: [
      { [ID]: 'baker.1', [ROLE]: 'baker' },
      { [ID]: 'baker.2', [ROLE]: 'baker', shift: 'night' },
      { [ID]: 'place.1', [ROLE]: 'a:place', floor: '2' },
    ],
  })

  it.each([
    [['grain'], ['rye']],
    [['salt'], ['']],
    [['a:b'], ['c']],
    [['related:baker:prefect.resource.id'], ['baker.1']],
    [['related:baker:shift'], ['']],
    [['related:a:place:floor'], ['2']],
    [['related:guest:name'], ['Anna']],
    [['related:grain'], ['']],
    [
      ['grain', ID, 'grain'],
      ['rye', 'dough.1'],
    ],
  ])('for each of %j are %j', (for_each, values) => {
    expect(bucketKey(compiledTrigger({ for_each }), event).values).toEqual(values)
  })

  it('keep the whole of a value that is as long as may be, and of a longer one its start and a digest', () => {
    const trigger = bakeWhenProofed({ for_each: [ID] })
    const valueIn = (value: string) =>
      bucketKey(trigger, doughProofed(0, { resource: { [ID]: value } })).values[0] ?? ''
    const longest = 'x'.repeat(FOR_EACH_VALUE_LENGTH_MAX)

    expect(valueIn(longest)).toBe(longest)
    expect(valueIn(`${longest}x`)).toMatch(/^x{200,}…[\w-]{22}$/)
    expect(valueIn(`${longest}x`)).not.toBe(valueIn(`${longest}y`))
    expect(valueIn('🥖'.repeat(1_000_000)).length).toBeLessThanOrEqual(FOR_EACH_VALUE_LENGTH_MAX)
  })

  it('are ordered by the code points of their labels', () => {
    const trigger = compiledTrigger({ for_each: ['😀', '\uffee', 'a', 'Z'] })

    expect(trigger.forEach.map(({ label }) => label)).toEqual(['Z', 'a', '\uffee', '😀'])
  })

  it('have short names, different for different values, and none without for_each', () => {
    expect(bucketName([])).toBe('')
    expect(bucketName(['a', 'b'])).toHaveLength(22)
    expect(bucketName(['a', 'b'])).not.toBe(bucketName(['a,b']))
    expect(bucketName(['x'.repeat(1_000_000)])).toHaveLength(22)
  })
})
