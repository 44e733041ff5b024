import { expect, it } from 'vitest'
import { differences, sameKeys } from '../../lib/cli/difference.ts'

it.each([
  ['equal values', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  ['a changed leaf', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: 'a.b', from: 1, to: 2 }]],
  ['a new key', {}, { a: 1 }, [{ path: 'a', from: undefined, to: 1 }]],
  ['a key that goes', { a: 1 }, {}, [{ path: 'a', from: 1, to: undefined }]],
  ['a longer list', { a: [1] }, { a: [1, 2] }, [{ path: 'a.1', from: undefined, to: 2 }]],
  ['another kind', { a: [] }, { a: {} }, [{ path: 'a', from: [], to: {} }]],
  ['null and nothing', { a: null }, {}, [{ path: 'a', from: null, to: undefined }]],
  ['the whole', undefined, { a: 1 }, [{ path: '', from: undefined, to: { a: 1 } }]],
])('%s', (_, from, to, found) => {
  expect(differences(from, to)).toEqual(found)
})

it('only keys that are spoken of are compared', () => {
  expect(sameKeys({ a: 1, b: 2 }, { a: 3, c: 4 })).toEqual({ a: 1, c: undefined })
})
