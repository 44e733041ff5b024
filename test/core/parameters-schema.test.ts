import { describe, expect, it } from 'vitest'
import { checkParameters, textifyParameters } from '../../lib/core/parameters-schema.ts'

const object = (properties: Record<string, unknown>, required: string[] = []) => ({
  title: 'Parameters',
  type: 'object',
  properties,
  required,
})
const failed = (field: string, reason: string) =>
  `Validation failed for field '${field}'. Failure reason: ${reason}`
const optional = (type: string) => ({ anyOf: [{ type }, { type: 'null' }] })
const person = {
  ...object({ who: { $ref: '#/definitions/Person' } }, ['who']),
  definitions: { Person: object({ name: { type: 'string' }, age: { type: 'integer' } }, ['name']) },
}

describe('checking parameters', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a required text', { a: 'x' }, object({ a: { type: 'string' } }, ['a'])],
    ['an optional one left out', {}, object({ a: { type: 'string' } })],
    ['null for an optional one', { a: null }, object({ a: { type: 'string' } })],
    ['a whole number', { a: 1 }, object({ a: { type: 'integer' } }, ['a'])],
    ['an untyped parameter', { a: { b: [1] } }, object({ a: { title: 'a' } }, ['a'])],
    ['what no schema mentions', { z: 1 }, object({})],
    ['a model', { who: { name: 'Ada', age: 36 } }, person],
    ['a list', { a: ['x'] }, object({ a: { type: 'array', items: { type: 'string' } } })],
    ['a choice', { a: 5 }, object({ a: { anyOf: [{ type: 'string' }, { type: 'integer' }] } })],
    ['no schema at all', { a: 1 }, {}],
  ])('takes %s', (_, parameters, schema) => {
    expect(checkParameters(parameters, schema)).toBeNull()
  })

  // Expectations are what jsonschema 4.25 says through Prefect's validation.
  it.each<[Record<string, unknown>, Record<string, unknown>, string]>([
    [
      {},
      object({ a: { type: 'string' } }, ['a']),
      "Validation failed. Failure reason: 'a' is a required property",
    ],
    [
      { a: { b: 1 } },
      object({ a: { type: 'string' } }, ['a']),
      failed('a', "{'b': 1} is not of type 'string'"),
    ],
    [
      { x: 'a' },
      object({ x: { type: 'integer' } }),
      failed('x', "'a' is not valid under any of the given schemas"),
    ],
    [
      { x: 1.5 },
      object({ x: { type: 'integer' } }, ['x']),
      failed('x', "1.5 is not of type 'integer'"),
    ],
    [
      { x: true },
      object({ x: { type: 'number' } }, ['x']),
      failed('x', "True is not of type 'number'"),
    ],
    [
      { x: 5 },
      object({ x: optional('string') }),
      failed('x', '5 is not valid under any of the given schemas'),
    ],
    [
      { x: null },
      object({ x: { type: 'integer', default: 3 } }),
      failed('x', "None is not of type 'integer'"),
    ],
    [
      { x: 'c' },
      object({ x: { enum: ['a', 'b'], type: 'string' } }, ['x']),
      failed('x', "'c' is not one of ['a', 'b']"),
    ],
    [{ x: 'c' }, object({ x: { const: 'a' } }, ['x']), failed('x', "'a' was expected")],
    [
      { x: [1, 'b'] },
      object({ x: { type: 'array', items: { type: 'integer' } } }, ['x']),
      failed('x[1]', "'b' is not of type 'integer'"),
    ],
    [
      { x: [] },
      object({ x: { type: 'array', minItems: 1 } }, ['x']),
      failed('x', '[] should be non-empty'),
    ],
    [
      { x: [1, 1] },
      object({ x: { type: 'array', uniqueItems: true } }, ['x']),
      failed('x', '[1, 1] has non-unique elements'),
    ],
    [
      { x: 3 },
      object({ x: { type: 'integer', minimum: 5 } }, ['x']),
      failed('x', '3 is less than the minimum of 5'),
    ],
    [
      { x: 'ab' },
      object({ x: { type: 'string', pattern: '^b' } }, ['x']),
      failed('x', "'ab' does not match '^b'"),
    ],
    [
      { x: 'abc' },
      object({ x: { type: 'string', maxLength: 2 } }, ['x']),
      failed('x', "'abc' is too long"),
    ],
    [{ who: { age: 1 } }, person, failed('who', "'name' is a required property")],
    [{ who: { name: 3 } }, person, failed('who.name', "3 is not of type 'string'")],
    [
      { x: { a: 1, b: 2 } },
      object({ x: { type: 'object', additionalProperties: false } }, ['x']),
      failed('x', "Additional properties are not allowed ('a', 'b' were unexpected)"),
    ],
    [
      { x: { a: 'q' } },
      object({ x: { type: 'object', additionalProperties: { type: 'integer' } } }, ['x']),
      failed('x.a', "'q' is not of type 'integer'"),
    ],
    [
      { x: {} },
      object({ x: { anyOf: [{ $ref: '#/definitions/P' }, { type: 'null' }] } }),
      failed('x', '{} is not valid under any of the given schemas'),
    ],
  ])('%j: %#', (parameters, schema, message) => {
    const definitions = {
      P: { ...object({}, ['name']), type: 'array' },
      ...asObject(schema.definitions),
    }

    expect(checkParameters(parameters, { ...schema, definitions })).toBe(message)
  })

  it('refuses a schema that refers to itself without end', () => {
    const schema = {
      ...object({ a: { $ref: '#/definitions/A' } }),
      definitions: { A: { $ref: '#/definitions/A' } },
    }

    expect(() => checkParameters({ a: 1 }, schema)).toThrow('circular references')
  })
})

describe('making text of structures', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['an object for a text', { a: 1 }, { type: 'string' }, '{"a":1}'],
    ['a list for a text', [1], { type: 'string' }, '[1]'],
    ['an object for an optional text', { a: 1 }, optional('string'), '{"a":1}'],
    ['an object for an object', { a: 1 }, { type: 'object' }, { a: 1 }],
    ['an object for anything', { a: 1 }, {}, { a: 1 }],
    ['a number for a text', 5, { type: 'string' }, 5],
    ['null for a text', null, { type: 'string' }, null],
  ])('%s', (_, value, schema, expected) => {
    expect(textifyParameters({ x: value }, object({ x: schema }))).toEqual({ x: expected })
  })
})

const asObject = (value: unknown): object => (typeof value === 'object' && value ? value : {})
