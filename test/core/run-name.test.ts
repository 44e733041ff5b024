import { expect, it } from 'vitest'
import { runName } from '../../lib/core/run-name.ts'

it('gives one run one name, and many runs many', () => {
  const names = Array.from({ length: 2_000 }, (_, i) => runName(`run ${i}`))

  expect(runName('run 7')).toBe(names[7])
  expect(names.every((name) => /^[a-z]+-[a-z]+$/.test(name))).toBe(true)
  expect(new Set(names).size).toBeGreaterThan(1_500)
})
