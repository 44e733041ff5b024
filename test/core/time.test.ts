import { describe, expect, it } from 'vitest'
import { formatInstant, parseInstant, readInstant } from '../../lib/core/time.ts'

describe('reading instants', () => {
  it.each([
    ['2025-01-01T06:00:00Z', '2025-01-01T06:00:00.000000Z'],
    ['2025-01-01T06:00:00.1234567Z', '2025-01-01T06:00:00.123456Z'],
    ['2025-01-01 06:00', '2025-01-01T06:00:00.000000Z'],
    ['2025-01-01', '2025-01-01T00:00:00.000000Z'],
    ['2025-01', '2025-01-01T00:00:00.000000Z'],
    ['2025-01-01T06', '2025-01-01T06:00:00.000000Z'],
    ['20250101T060000.5+01', '2025-01-01T05:00:00.500000Z'],
    ['20250101T06Z', '2025-01-01T06:00:00.000000Z'],
    ['2025-01-01T06:00:00-05:30', '2025-01-01T11:30:00.000000Z'],
    ['2025-01-01t06:00:00z', '2025-01-01T06:00:00.000000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
  ])('%s is %s', (text, expected) => {
    expect(formatInstant(parseInstant(text) ?? Number.NaN)).toBe(expected)
  })

  it.each([
    '',
    'x',
    '2025-02-29',
    '2025-13-01',
    '2025-01-01T24:00:00Z',
    '2025-01-01T00:00:00+24:00',
    '0000-01-01',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeNull()
  })

  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [1735689600.25, '2025-01-01T00:00:00.250000Z'],
    [1735689600250, '2025-01-01T00:00:00.250000Z'],
    ['-1', '1969-12-31T23:59:59.000000Z'],
  ])('%j since 1970 is %s', (given, expected) => {
    expect(formatInstant(readInstant(given) ?? Number.NaN)).toBe(expected)
  })

  it.each([null, true, [], 1e30, Number.NaN])('%j is no moment', (given) => {
    expect(readInstant(given)).toBeNull()
  })

  it('the end of time is written in the same form, though doubles are coarser there', () => {
    const at = parseInstant('9999-12-31T23:59:59.999999Z') ?? Number.NaN

    expect(formatInstant(at)).toMatch(/^9999-12-31T23:59:59\.\d{6}Z$/)
  })
})
