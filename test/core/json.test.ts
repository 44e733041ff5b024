import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JSON_DEPTH_MAX, JsonError, parseJson, stringifyJson } from '../../lib/core/json.ts'

describe('the lossless reader', () => {
  it('agrees with JSON.parse on every JSON text', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(stringifyJson(parseJson(text)))).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each(['1.0', '1e3', '-0', '-0.0', '12345678901234567890', '0.1', '7'])(
    'keeps the digits of %s',
    (text) => {
      expect(stringifyJson(parseJson(text))).toBe(text)
    },
  )

  it('keeps a key named __proto__ as data', () => {
    const read = parseJson('{"__proto__": {"x": 1}}') as object

    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect(stringifyJson(read)).toBe('{"__proto__":{"x":1}}')
  })

  it('lets the last of equal keys win, or refuses them', () => {
    expect(parseJson('{"a": 1, "a": 2}')).toEqual({ a: 2 })
    expect(() => parseJson('{"a": 1, "\\u0061": 2}', { refuseDuplicates: true })).toThrow(JsonError)
  })

  it.each([
    '',
    '{',
    '[1,]',
    '{"a" 1}',
    "{'a': 1}",
    '01',
    '1.',
    '"\n"',
    '"\\x"',
    'nul',
    '1 2',
    'NaN',
    '\ufeff1',
  ])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(JsonError)
  })

  it('accepts NaN and Infinity where it is asked to', () => {
    const number = (text: string) => text

    expect(parseJson('[NaN, -Infinity]', { constants: true, number })).toEqual(['NaN', '-Infinity'])
  })

  it('reads documents of the depth it promises, and no deeper', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

    expect(() => parseJson(nested(JSON_DEPTH_MAX))).not.toThrow()
    expect(() => parseJson(nested(JSON_DEPTH_MAX + 2))).toThrow(JsonError)
  })
})
