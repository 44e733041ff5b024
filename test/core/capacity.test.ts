import { describe, expect, it } from 'vitest'
import { USD_PER_MILLION } from '../../infra/prices.ts'
import {
  readUnits,
  USD_PER_MILLION_UNITS,
  usdOf,
  usdPerMonth,
  writeUnits,
} from '../../lib/core/capacity.ts'

describe('units', () => {
  it.each([
    [0, 0, 1],
    [1_024, 0, 1],
    [1_025, 0, 2],
    [1_024, 2, 3],
  ])('of writing %i bytes with %i indexes are %i', (bytes, indexes, units) => {
    expect(writeUnits(bytes, indexes)).toBe(units)
  })

  it.each([
    [0, true, 1],
    [4_096, true, 1],
    [4_097, true, 2],
    [4_097, false, 1],
  ])('of reading %i bytes, consistently: %s, are %d', (bytes, isConsistent, units) => {
    expect(readUnits(bytes, isConsistent)).toBe(units)
  })
})

describe('the meter', () => {
  const spent = { since: 0, requests: 3, readUnits: 1e6, writeUnits: 2e6 }

  it('has the prices that the deployment is reckoned with', () => {
    const { readUnit, writeUnit } = USD_PER_MILLION
    expect(USD_PER_MILLION_UNITS).toEqual({ read: readUnit, write: writeUnit })
  })

  it('tells dollars, and those of a month once ten minutes have passed', () => {
    expect(usdOf(spent)).toBeCloseTo(1.375)
    expect(usdPerMonth(spent, 599e6)).toBeNull()
    expect(usdPerMonth(spent, 86_400e6)).toBeCloseTo(30 * 1.375)
  })
})
