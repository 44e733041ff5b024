// The key that the deployment made.
import { expect, it } from 'vitest'
import { adminKeyOf } from '../../lib/aws/admin-key.ts'

it('is asked for once, whatever is shown', async () => {
  let asked = 0
  const key = adminKeyOf(async () => {
    asked += 1
    return 'the-key'
  })

  const verdicts = []
  for (const shown of ['the-key', 'guess', '', 'the-key ', 'the-key']) {
    verdicts.push(await key.isRight(shown))
  }

  expect(verdicts).toEqual([true, false, false, false, true])
  expect(asked).toBe(1)
})

it('is asked for again when it could not be had', async () => {
  const answers = [() => Promise.reject(new Error('throttled')), async () => 'the-key']
  const key = adminKeyOf(() => (answers.shift() ?? (async () => ''))())

  await expect(key.isRight('the-key')).rejects.toThrow('throttled')

  expect(await key.isRight('the-key')).toBe(true)
})
