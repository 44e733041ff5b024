import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../lib/core/errors.ts'
import type { Event } from '../../lib/core/event.ts'
import { parseEventCount, parseEventFilter, parseEventQuery } from '../../lib/core/filter.ts'
import { compileLive } from '../../lib/core/live-filter.ts'
import { compileFilter, matchesStored } from '../../lib/core/stored-filter.ts'
import { parseInstant } from '../../lib/core/time.ts'

const ID = 'prefect.resource.id'
const ROLE = 'prefect.resource.role'
const NOW = parseInstant('2025-03-02T12:00:00Z') ?? 0

const ovenWentCold: Event = {
  id: '00000000-0000-4000-8000-000000000001',
  occurred: '2025-03-02T06:00:00.000000Z',
  received: '2025-03-02T06:00:01.000000Z',
  event: 'oven.cold_start',
  resource: { 'prefect.resource.id': 'oven.1', floor: '[2]' },
  related: [
    { 'prefect.resource.id': 'baker.ann', 'prefect.resource.role': 'baker', shift: 'early' },
    { 'prefect.resource.id': 'baker.bob', 'prefect.resource.role': 'owner', shift: 'late' },
  ],
  payload: { degrees: 20 },
  follows: null,
}

const isStored = (filter: object) =>
  matchesStored(compileFilter(parseEventQuery({ filter }, NOW).filter), ovenWentCold)
const isLive = (filter: object) => compileLive(parseEventFilter(filter, NOW))(ovenWentCold)

describe('defaults', () => {
  it('looks back to the start of the day 180 days ago, and up to now', () => {
    expect(parseEventQuery(undefined, NOW)).toMatchObject({
      limit: 50,
      filter: {
        occurred: { since: '2024-09-03T00:00:00.000000Z', until: '2025-03-02T12:00:00.000000Z' },
        order: 'DESC',
      },
    })
  })

  it('a live subscription that names no end has none', () => {
    const later = { ...ovenWentCold, occurred: '2031-01-01T00:00:00.000000Z' }

    expect(compileLive(parseEventFilter({}, NOW))(later)).toBe(true)
  })
})

describe('stored events and live ones', () => {
  it.each<[string, object, boolean, boolean]>([
    ['a prefix', { event: { prefix: ['oven.'] } }, true, true],
    ['a prefix with _ is LIKE when stored', { event: { prefix: ['oven_cold'] } }, true, false],
    ['a prefix with % is LIKE when stored', { event: { prefix: ['%start'] } }, true, false],
    ['* in a prefix is itself', { event: { prefix: ['oven*'] } }, false, false],
    ['an excluded name', { event: { exclude_name: ['oven.cold_start'] } }, false, false],
    ['a label', { resource: { labels: { floor: '[2]' } } }, true, false],
    ['a label against a class', { resource: { labels: { floor: '[[]*' } } }, false, true],
    ['a missing label, negated', { resource: { labels: { mood: '!x' } } }, false, false],
    ['a label every object has', { resource: { labels: { toString: '*' } } }, false, false],
    ['any value of none', { resource: { labels: { floor: [] } } }, false, false],
    ['any id of none', { resource: { labels: { [ID]: [] } } }, true, false],
    ['any role of none', { any_resource: { labels: { [ROLE]: '' } } }, true, false],
    ['the role of a primary resource', { resource: { labels: { [ROLE]: [] } } }, false, false],
    ['a related resource of no role', { related: { labels: { [ROLE]: [] } } }, true, true],
    [
      'one related resource with all criteria',
      { related: { id: ['baker.ann'], labels: { shift: 'early' } } },
      true,
      true,
    ],
    [
      'two related resources with one criterion each',
      { related: { id: ['baker.ann'], role: ['owner'] } },
      false,
      true,
    ],
    [
      'a list of related filters',
      { related: [{ role: ['baker'] }, { role: ['owner'] }] },
      true,
      true,
    ],
    ['the primary resource is not related', { related: { id: ['oven.1'] } }, false, true],
    ['but it has the role ""', { related: { id: ['oven.1'], role: [''] } }, true, true],
    ['a pair', { related: { resources_in_roles: [['baker.bob', 'owner']] } }, true, true],
    ['any resource', { any_resource: { id_prefix: ['baker.b'] } }, true, true],
    ['an id', { id: { id: ['00000000000040008000000000000001'] } }, true, true],
    ['the end of the window', { occurred: { until: '2025-03-02T06:00:00Z' } }, true, true],
    ['before the window', { occurred: { since: '2025-03-02T06:00:00.000001Z' } }, false, false],
    ['a label name as text', { text: { query: 'floor' } }, true, false],
    ['an empty list as text', { text: { query: '[]' } }, false, false],
    ['JSON as text', { text: { query: '"\\"degrees\\": 20"' } }, true, false],
  ])('%s', (_, filter, stored, live) => {
    expect([isStored(filter), isLive(filter)]).toEqual([stored, live])
  })

  it('answers anything with a filter or a refusal', () => {
    const only = fc.jsonValue()
    fc.assert(
      fc.property(
        only,
        fc.constantFrom('event', 'resource', 'related', 'text', 'id'),
        (value, key) => {
          for (const body of [value, { filter: { [key]: value } }]) {
            try {
              matchesStored(compileFilter(parseEventQuery(body, NOW).filter), ovenWentCold)
            } catch (error) {
              expect(error).toBeInstanceOf(Refusal)
            }
          }
        },
      ),
    )
  })
})

describe('counting', () => {
  it('needs a filter, and an interval of at least a hundredth', () => {
    expect(() => parseEventCount({}, NOW)).toThrow('filter')
    expect(() => parseEventCount({ filter: {}, time_interval: 0.001 }, NOW)).toThrow(
      'time_interval',
    )
    expect(parseEventCount({ filter: {} }, NOW)).toMatchObject({
      time_unit: 'day',
      time_interval: 1,
    })
  })
})
