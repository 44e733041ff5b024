import { expect, it } from 'vitest'
import { MICROS_PER_SECOND } from '../../lib/core/time.ts'
import { type TokenBucket, takeToken } from '../../lib/core/token-bucket.ts'

const LIMIT = { per_second: 2, burst: 3 }

function calls(...seconds: number[]): (number | null)[] {
  let bucket: TokenBucket | undefined
  return seconds.map((at) => {
    const taken = takeToken(LIMIT, bucket, at * MICROS_PER_SECOND)
    bucket = taken.bucket
    return taken.retryAfterSeconds
  })
}

it.each([
  ['as many as the burst at once, and no more', [0, 0, 0, 0], [null, null, null, 1]],
  ['one more whenever its time has come', [0, 0, 0, 0.5, 0.5], [null, null, null, null, 1]],
  [
    'a burst again after a pause, but not two',
    [0, 0, 0, 9, 9, 9, 9],
    [null, null, null, null, null, null, 1],
  ],
  ['those refused cost nothing', [0, 0, 0, 0, 0, 0, 0.5], [null, null, null, 1, 1, 1, null]],
  ['a clock that goes back gives nothing', [5, 5, 5, 4], [null, null, null, 1]],
])('takes %s', (_, at, expected) => {
  expect(calls(...at)).toEqual(expected)
})

it('tells how long a slow bucket takes', () => {
  const slow = { per_second: 0.1, burst: 1 }
  const { bucket } = takeToken(slow, undefined, 0)

  expect(takeToken(slow, bucket, 0).retryAfterSeconds).toBe(10)
})
