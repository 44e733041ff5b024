import { expect, it } from 'vitest'
import { parseJson } from '../../lib/core/json.ts'
import { jsonDiff } from '../../lib/core/json-diff.ts'

it.each([
  ['equal values', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  ['a changed value', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: '/a/b', before: 1, after: 2 }]],
  ['a new key', {}, { a: null }, [{ path: '/a', after: null }]],
  ['a key that is gone', { a: 1 }, {}, [{ path: '/a', before: 1 }]],
  ['another kind', { a: [1] }, { a: { 0: 1 } }, [{ path: '/a', before: [1], after: { 0: 1 } }]],
  ['a longer list', [1], [1, 2], [{ path: '/1', after: 2 }]],
  ['keys with slashes', { 'a/b~': 1 }, {}, [{ path: '/a~1b~0', before: 1 }]],
  ['the whole', 1, 'x', [{ path: '', before: 1, after: 'x' }]],
])('%s', (_, before, after, expected) => {
  expect(jsonDiff(before, after)).toEqual(expected)
})

it.each([
  ['[9007199254740993]', '[9007199254740993]', 0],
  ['[9007199254740993]', '[9007199254740992]', 1],
  ['[18446744073709551615]', '[18446744073709551614]', 1],
  ['[1.0]', '[1]', 0],
  ['[1e3, -0]', '[1000, 0]', 0],
  ['[0.1]', '[0.10000000001]', 1],
])('numbers are compared as they are written: %s and %s', (before, after, changes) => {
  expect(jsonDiff(parseJson(before), parseJson(after))).toHaveLength(changes)
})
