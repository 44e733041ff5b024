import { describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import {
  parseAutomationCount,
  parseAutomationFilter,
  selectAutomations,
} from '../../lib/core/automation-filter.ts'
import { Refusal } from '../../lib/core/errors.ts'

describe('listing automations', () => {
  const automations: Automation[] = ['c', 'a', 'b'].map((name, i) => ({
    id: `00000000-0000-4000-8000-00000000000${i}`,
    name,
    description: '',
    enabled: true,
    tags: name === 'a' ? [] : [name],
    trigger: { type: 'sequence', id: '', triggers: [], within: null },
    actions: [],
    actions_on_trigger: [],
    actions_on_resolve: [],
    updated: `2025-01-0${3 - i}T00:00:00.000000Z`,
    created: `2025-01-0${i + 1}T00:00:00.000000Z`,
  }))
  const names = (body: unknown) =>
    selectAutomations(automations, parseAutomationFilter(body)).map(({ name }) => name)

  it.each([
    [undefined, ['a', 'b', 'c']],
    [{ automations: null, sort: null, limit: null, offset: 0 }, ['a', 'b', 'c']],
    [{ sort: 'CREATED_DESC', limit: 1, offset: 1 }, ['a']],
    [{ automations: { name: { any_: ['c', 'b'] } } }, ['b', 'c']],
    [{ automations: { tags: { is_null_: true } } }, ['a']],
    [
      { automations: { tags: { any_: ['c'] }, name: { any_: ['a'] }, operator: 'or_' } },
      ['a', 'c'],
    ],
    [{ sort: 'UPDATED_DESC' }, ['c', 'a', 'b']],
    [{ automations: { id: { any_: ['00000000000040008000000000000001'] } } }, ['a']],
    [{ automations: { created: { before_: '2025-01-02' } } }, ['a', 'c']],
  ])('%j lists %j', (body, expected) => {
    expect(names(body)).toEqual(expected)
  })

  it.each([
    [undefined, 3],
    [{}, 3],
    [{ automations: null }, 3],
    [{ automations: { name: { any_: ['c', 'b'] } } }, 2],
  ])('%j counts %i', (body, expected) => {
    expect(automations.filter(parseAutomationCount(body))).toHaveLength(expected)
  })

  it('refuses to count by what it cannot read', () => {
    expect(() => parseAutomationCount({ automations: { id: { any_: 'c' } } })).toThrow(Refusal)
  })

  it.each([201, -1])('refuses a page of %d', (limit) => {
    expect(() => parseAutomationFilter({ limit })).toThrow('Invalid limit')
  })
})
