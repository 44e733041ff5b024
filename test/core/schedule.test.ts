import { describe, expect, it } from 'vitest'
import { type Schedule, scheduleFault, timesFrom } from '../../lib/core/schedule.ts'
import { formatInstant, parseInstant } from '../../lib/core/time.ts'

function first(schedule: Schedule, from: string, count = 3): string[] {
  const times: string[] = []
  for (const at of timesFrom(schedule, parseInstant(from) ?? 0)) {
    times.push(formatInstant(at).replace('.000000Z', 'Z'))
    if (times.length === count) break
  }
  return times
}

const cron = (text: string, timezone: string | null = null, day_or = true): Schedule => ({
  cron: text,
  timezone,
  day_or,
})
const every = (interval: number, anchor_date: string, timezone = 'UTC'): Schedule => ({
  interval,
  anchor_date,
  timezone,
})
const rule = (rrule: string, timezone = 'UTC'): Schedule => ({ rrule, timezone })

describe('times of a schedule', () => {
  it.each<[string, Schedule, string, string[]]>([
    [
      'a time of day, the moment asked for included',
      cron('0 9 * * *'),
      '2026-11-21T09:00:00Z',
      ['2026-11-21T09:00:00Z', '2026-11-22T09:00:00Z', '2026-11-23T09:00:00Z'],
    ],
    [
      'a microsecond later it is the next one',
      cron('0 9 * * *'),
      '2026-11-21T09:00:00.000001Z',
      ['2026-11-22T09:00:00Z', '2026-11-23T09:00:00Z', '2026-11-24T09:00:00Z'],
    ],
    [
      'nine o\u2019clock stays nine o\u2019clock when clocks are put forward',
      cron('0 9 * * *', 'America/New_York'),
      '2026-03-07T12:00:00Z',
      ['2026-03-07T14:00:00Z', '2026-03-08T13:00:00Z', '2026-03-09T13:00:00Z'],
    ],
    [
      'six fields have their seconds last',
      cron('* * * * * */20'),
      '2026-11-21T09:00:01Z',
      ['2026-11-21T09:00:20Z', '2026-11-21T09:00:40Z', '2026-11-21T09:01:00Z'],
    ],
    [
      'either of two day fields',
      cron('0 0 13 * 5'),
      '2026-11-01T00:00:00Z',
      ['2026-11-06T00:00:00Z', '2026-11-13T00:00:00Z', '2026-11-20T00:00:00Z'],
    ],
    [
      'both of two day fields',
      cron('0 0 13 * 5', null, false),
      '2026-11-01T00:00:00Z',
      ['2026-11-13T00:00:00Z', '2027-08-13T00:00:00Z', '2028-10-13T00:00:00Z'],
    ],
    ['a day that never comes', cron('0 0 31 2 *'), '2026-11-01T00:00:00Z', []],
    [
      'an interval from its anchor, which may lie ahead or behind',
      every(90, '2026-11-21T10:00:30Z'),
      '2026-11-21T09:00:00Z',
      ['2026-11-21T09:00:30Z', '2026-11-21T09:02:00Z', '2026-11-21T09:03:30Z'],
    ],
    [
      'days keep their time of day',
      every(86_400, '2026-03-01T14:00:00Z', 'America/New_York'),
      '2026-03-07T12:00:00Z',
      ['2026-03-07T14:00:00Z', '2026-03-08T13:00:00Z', '2026-03-09T13:00:00Z'],
    ],
    [
      'hours do not',
      every(43_200, '2026-03-07T14:00:00Z', 'America/New_York'),
      '2026-03-07T15:00:00Z',
      ['2026-03-08T02:00:00Z', '2026-03-08T14:00:00Z', '2026-03-09T02:00:00Z'],
    ],
    [
      'parts of a second',
      every(0.5, '2026-11-21T09:00:00Z'),
      '2026-11-21T09:00:00.2Z',
      ['2026-11-21T09:00:00.500000Z', '2026-11-21T09:00:01Z', '2026-11-21T09:00:01.500000Z'],
    ],
    [
      'a rule without a beginning',
      rule('FREQ=WEEKLY;BYDAY=MO;BYHOUR=9', 'Europe/Berlin'),
      '2026-11-21T09:00:00Z',
      ['2026-11-23T08:00:00Z', '2026-11-30T08:00:00Z', '2026-12-07T08:00:00Z'],
    ],
    [
      'a rule with a beginning, an exception and an end',
      rule('DTSTART:20261121T090000Z\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20261122T090000Z'),
      '2026-11-21T09:00:00Z',
      ['2026-11-21T09:00:00Z', '2026-11-23T09:00:00Z'],
    ],
    [
      'every seventh second since years ago, at once',
      rule('FREQ=SECONDLY;INTERVAL=7'),
      '2026-11-21T09:00:00Z',
      ['2026-11-21T09:00:06Z', '2026-11-21T09:00:13Z', '2026-11-21T09:00:20Z'],
    ],
  ])('%s', (_, schedule, from, expected) => {
    expect(first(schedule, from)).toEqual(expected)
  })
})

describe('what is no schedule', () => {
  it.each<[Schedule, string]>([
    [cron('every day'), 'Invalid cron string: "every day"'],
    [cron('60 * * * *'), 'Invalid cron string: "60 * * * *"'],
    [cron('* * * *'), 'Invalid cron string: "* * * *"'],
    [cron('2026-01-01T00:00:00'), 'Invalid cron string: "2026-01-01T00:00:00"'],
    [cron('R * * * *'), 'Random and Hashed expressions are unsupported, received: "R * * * *"'],
    [
      cron('0 9 * * *', 'Mars/Olympus'),
      'Invalid timezone: "Mars/Olympus" (specify in IANA tzdata format, for example, America/New_York)',
    ],
    [rule('FREQ=NEVER'), 'Invalid RRule string "FREQ=NEVER": it cannot be read'],
    [
      rule('FREQ=SECONDLY;COUNT=1000000000'),
      'Invalid RRule string "FREQ=SECONDLY;COUNT=1000000000": it cannot be read, or has too many times to be counted through',
    ],
  ])('%j', (schedule, fault) => {
    expect(scheduleFault(schedule)).toBe(fault)
  })

  it('is said of one that is too long, cut short', () => {
    const fault = scheduleFault(rule(`FREQ=DAILY;BYDAY=${'MO,'.repeat(3_000)}`)) ?? ''
    expect(fault).toContain('Max length is 6500, got 9017')
    expect(fault.length).toBeLessThan(200)
  })

  it('is not said of the others', () => {
    const well = [cron('@daily'), cron('0 0 * * MON-FRI'), cron('0 0 * * 5#2'), every(1, 'x')]
    expect([...well, rule('RRULE:FREQ=DAILY')].map(scheduleFault)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })
})

describe('a rule', () => {
  it.each([
    'FREQ=DAILY',
    'RRULE:FREQ=DAILY',
    'DTSTART:20200101T000000\nFREQ=DAILY',
    'DTSTART:20200101T000000\nRRULE:FREQ=DAILY',
  ])('is read as %j, with its name or without', (rrule) => {
    expect(scheduleFault(rule(rrule))).toBeNull()
  })
})
