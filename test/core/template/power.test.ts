import { describe, expect, it } from 'vitest'
import { floatPower } from '../../../lib/core/template/power.ts'

describe('a power of floats', () => {
  it.each([
    [2.5, 2.5, 9.882117688026186],
    [15, 2.5, 871.4212528966688],
    [-7, -2, 0.02040816326530612],
    [46, 1.5, 311.9871792237623],
    [10, -5, 1e-5],
    [10, 15, 1e15],
    [2, -1074, 5e-324],
    [-2, 3, -8],
  ])('%d ** %d is %d, as C has it', (base, exponent, power) => {
    expect(floatPower(base, exponent)).toBe(power)
  })

  it('knows the values that have no logarithm', () => {
    expect(floatPower(1, Number.NaN)).toBe(1)
    expect(floatPower(0, 3)).toBe(0)
    expect(floatPower(Infinity, -1)).toBe(0)
    expect(floatPower(2, 1024)).toBe(Infinity)
  })
})
