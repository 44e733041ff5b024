import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Refusal } from '../../lib/core/errors.ts'
import { readJsonBody } from '../../lib/core/json-body.ts'
import {
  boolean,
  dictionary,
  duration,
  float,
  instant,
  integer,
  oneOrMany,
  parseBody,
  textSet,
  uuid,
} from '../../lib/core/schema.ts'

const ID = '0000abcd-0000-4000-8000-000000000001'

const faultsOf = (ask: () => unknown) => {
  try {
    ask()
    return []
  } catch (error) {
    if (error instanceof Refusal) return error.faults.map(({ loc, type }) => [loc.join('.'), type])
    throw error
  }
}

describe('coercion, as pydantic does it', () => {
  it.each<[string, z.ZodType, unknown, unknown]>([
    ['integer', integer, ' +1_000 ', 1000],
    ['integer', integer, '2.0', 2],
    ['integer', integer, true, 1],
    ['integer', integer, -3.0, -3],
    ['float', float, '0.5', 0.5],
    ['float', float, '1_000.', 1000],
    ['boolean', boolean, 'YES', true],
    ['boolean', boolean, 'off', false],
    ['boolean', boolean, 0, false],
    ['uuid', uuid, ID.toUpperCase(), ID],
    ['uuid', uuid, `{${ID}}`, ID],
    ['uuid', uuid, `urn:uuid:${ID}`, ID],
    ['uuid', uuid, ID.replaceAll('-', ''), ID],
    ['instant', instant, '2025-01-01 02:00:00+02:00', '2025-01-01T00:00:00.000000Z'],
    ['instant', instant, 1735689600.5, '2025-01-01T00:00:00.500000Z'],
    ['instant', instant, '1735689600000', '2025-01-01T00:00:00.000000Z'],
    ['duration', duration, 'PT1M', 60],
    ['set', textSet, ['b', 'a', 'b'], ['b', 'a']],
  ])('%s: %o %j becomes %j', (_, schema, given, expected) => {
    expect(parseBody(z.object({ x: schema }), { x: given })).toEqual({ x: expected })
  })

  it.each<[string, z.ZodType, unknown, string]>([
    ['integer', integer, 1.5, 'int_from_float'],
    ['integer', integer, 'one', 'int_parsing'],
    ['integer', integer, null, 'int_type'],
    ['integer', integer, 1e30, 'int_parsing_size'],
    ['integer', integer, '1.', 'int_parsing'],
    ['float', float, '', 'float_parsing'],
    ['float', float, '0x10', 'float_parsing'],
    ['boolean', boolean, 'maybe', 'bool_parsing'],
    ['boolean', boolean, 2, 'bool_parsing'],
    ['boolean', boolean, null, 'bool_type'],
    ['uuid', uuid, `{${ID}`, 'uuid_parsing'],
    ['uuid', uuid, ID.replace('-', ''), 'uuid_parsing'],
    ['uuid', uuid, 5, 'uuid_type'],
    ['instant', instant, 'yesterday', 'value_error'],
    ['instant', instant, 1e300, 'value_error'],
    ['duration', duration, '90', 'time_delta_parsing'],
    ['set', textSet, 'a', 'set_type'],
    ['text', z.string(), 5, 'string_type'],
    ['list', z.array(z.string()), {}, 'list_type'],
    ['dictionary', dictionary(z.unknown()), [], 'dict_type'],
    ['word', z.enum(['ASC', 'DESC']), 'asc', 'enum'],
  ])('%s: %o %j is %s', (_, schema, given, type) => {
    expect(faultsOf(() => parseBody(z.object({ x: schema }), { x: given }))).toEqual([
      ['body.x', type],
    ])
    expect(faultsOf(() => parseBody(z.object({ x: schema }), {}))).toEqual([['body.x', 'missing']])
  })

  it('names the fault of an item at its place, duplicates before it or not', () => {
    expect(faultsOf(() => parseBody(z.object({ x: textSet }), { x: ['a', 'a', 1] }))).toEqual([
      ['body.x.2', 'string_type'],
    ])
  })
})

describe('faults', () => {
  it('of a body that is not there', () => {
    expect(faultsOf(() => parseBody(z.object({}), undefined))).toEqual([['body', 'missing']])
  })

  it('of every unknown key', () => {
    expect(
      faultsOf(() => parseBody(z.strictObject({ a: integer }), { a: 'x', b: 1, c: 1 })),
    ).toEqual([
      ['body.a', 'int_parsing'],
      ['body.b', 'extra_forbidden'],
      ['body.c', 'extra_forbidden'],
    ])
  })

  it('of both alternatives, when one or many are taken and neither fits', () => {
    const schema = oneOrMany(z.strictObject({ a: z.string().optional() }))

    expect(faultsOf(() => parseBody(schema, [{ b: 1 }]))).toEqual([
      ['body', 'model_attributes_type'],
      ['body.0.b', 'extra_forbidden'],
    ])
  })

  it('of a dictionary with a key that programs would assign', () => {
    const body = JSON.parse('{"__proto__": "x"}')

    expect(faultsOf(() => parseBody(dictionary(z.string()), body))).toEqual([
      ['body', 'value_error'],
    ])
  })
})

describe('reading JSON', () => {
  it.each([
    ['{"name": ', 9],
    ['{a:1}', 1],
    ['[1] x', 4],
    ['{"a" 1}', 5],
  ])('%j stops being JSON at %d', (text, position) => {
    expect(faultsOf(() => readJsonBody(text))).toEqual([[`body.${position}`, 'json_invalid']])
  })

  it('an empty body is none', () => {
    expect(readJsonBody('')).toBeUndefined()
  })
})
