import { describe, expect, it } from 'vitest'
import { parseDuration, parseLenientDuration } from '../../lib/core/duration.ts'

describe('durations as the API takes them', () => {
  it.each([
    [0, 0],
    [1.5, 1.5],
    [-3, -3],
    [true, 1],
    [false, 0],
    [1e12, 1e12],
    ['PT2H', 7200],
    ['P1DT2H', 93_600],
    ['P2W', 1_209_600],
    ['PT1M30.25S', 90.25],
    ['-PT1H', -3600],
    ['00:01:30', 90],
    ['00:01', 60],
    ['1 days, 00:00:10', 86_410],
    ['1 day', 86_400],
    ['2d 01:00:00.5', 176_400.5],
    ['-00:00:01', -1],
    ['0:00:10', 10],
    ['1 days,', 86_400],
    ['00:00:00.1234567', 0.123456],
    ['P1Y1M', 34_128_000],
    ['P1,5D', 129_600],
    ['P1DT', 86_400],
    ['PT1S1H', 3601],
  ])('%j is %d seconds', (given, seconds) => {
    expect(parseDuration(given)).toBe(seconds)
  })

  it.each([
    '',
    '90',
    'soon',
    'P',
    'PT',
    'P1H',
    'pt5s',
    'PT1.5H3M',
    '30m',
    '00:61:00',
    '0:01',
    '1 day 24:00:00',
    1e15,
  ])('%j is refused', (given) => {
    expect(parseDuration(given)).toMatchObject({ type: 'time_delta_parsing' })
  })

  it.each([null, [1], { hours: 1 }])('%j is of the wrong type', (given) => {
    expect(parseDuration(given)).toMatchObject({ type: 'time_delta_type' })
  })
})

describe('durations as people write them', () => {
  it.each([
    ['30m', 1800],
    ['1h 30m', 5400],
    ['500ms', 0.5],
    ['90', 90],
    ['PT2H', 7200],
    [{ hours: 2, minutes: 30 }, 9000],
    [45, 45],
  ])('%j is %d seconds', (given, seconds) => {
    expect(parseLenientDuration(given)).toBe(seconds)
  })

  it.each<unknown>(['30 parsecs', { months: 1 }, { hours: '2' }, { toString: 1 }])(
    '%j is refused, and named',
    (given) => {
      expect(parseLenientDuration(given)).toMatchObject({
        type: 'time_delta_parsing',
        msg: expect.stringContaining(JSON.stringify(given)),
      })
    },
  )
})
