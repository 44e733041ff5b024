import { expect, it } from 'vitest'
import { z } from 'zod'
import { parameterSchemaOf } from '../../lib/sdk/parameters.ts'

type Given = Record<string, unknown>

it.each([
  ['destructured', ({ order, retries }: Given) => [order, retries], ['order', 'retries']],
  [
    'a method of defaults',
    ({ order = { a: [1, 2] }, x: renamed = 3 }: Given) => [order, renamed],
    ['order', 'x'],
  ],
  [
    'an async function',
    async function bake({ grams }: Given) {
      return grams
    },
    ['grams'],
  ],
  ['one object', (parameters: Given) => parameters, []],
  ['nothing', () => 1, []],
])('names are read from a function that takes %s', (_, fn, names) => {
  const schema = parameterSchemaOf(fn, undefined)

  expect(schema).toMatchObject({ title: 'Parameters', type: 'object' })
  expect(Object.keys(schema.properties as object)).toEqual(names)
  expect(schema).not.toHaveProperty('required') // a type that allows undefined leaves no trace
})

it('a zod schema says all: types, defaults, what is required of the caller', () => {
  const schema = z.object({ grams: z.number(), rye: z.boolean().default(false) })

  expect(parameterSchemaOf(() => 1, schema)).toEqual({
    title: 'Parameters',
    type: 'object',
    properties: { grams: { type: 'number' }, rye: { type: 'boolean', default: false } },
    required: ['grams'],
  })
})
