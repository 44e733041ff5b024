import { expect, it } from 'vitest'
import {
  averageLateness,
  type HistoricRun,
  historyOf,
  INTERVALS_MAX,
} from '../../lib/core/run-history.ts'
import { MICROS_PER_SECOND, parseInstant } from '../../lib/core/time.ts'

const at = (time: string) => parseInstant(`2026-11-21T${time}Z`) ?? 0
const HOUR = 3_600 * MICROS_PER_SECOND
const day = { start: at('09:00:00'), end: at('11:30:00'), interval: HOUR }

const run = (time: string, state: 'COMPLETED' | 'FAILED' = 'COMPLETED', late = 0): HistoricRun => ({
  expected_start_time: `2026-11-21T${time}.000000Z`,
  state_type: state,
  state_name: state,
  estimated_run_time: 2,
  estimated_start_time_delta: late,
})

it('counts runs in the interval that they were expected in, by their states', () => {
  const runs = [run('09:00:00'), run('09:59:59', 'FAILED', 3), run('09:30:00'), run('11:59:59')]

  const history = historyOf(runs, day)

  expect(history.map(({ interval_start, states }) => [interval_start, states.length])).toEqual([
    ['2026-11-21T09:00:00.000000Z', 2],
    ['2026-11-21T10:00:00.000000Z', 0],
    ['2026-11-21T11:00:00.000000Z', 1],
  ])
  expect(history[2]?.interval_end).toBe('2026-11-21T12:00:00.000000Z')
  expect(history[0]?.states).toMatchObject([
    {
      state_type: 'COMPLETED',
      count_runs: 2,
      sum_estimated_run_time: 4,
      sum_estimated_lateness: 0,
    },
    { state_type: 'FAILED', count_runs: 1, sum_estimated_lateness: 3 },
  ])
})

it('leaves out runs before and behind it, and those expected at no time', () => {
  const runs = [run('08:59:59'), run('12:00:00'), { ...run('09:00:00'), expected_start_time: null }]
  expect(historyOf(runs, day).flatMap(({ states }) => states)).toEqual([])
})

it.each([
  ['none for a range without length', day.start, 0],
  ['none for a range that ends before it begins', day.start - 1, 0],
  ['no more than its bound', day.start + 1_000 * HOUR, INTERVALS_MAX],
])('has %s', (_, end, intervals) => {
  expect(historyOf([], { ...day, end })).toHaveLength(intervals)
})

it('averages lateness over all runs, those in time as well; of none there is no average', () => {
  expect(averageLateness([run('09:00:00', 'FAILED', 6), run('09:00:00')])).toBe(3)
  expect(averageLateness([])).toBeNull()
})
