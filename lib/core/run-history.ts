// The history of runs: how many were expected in each interval of a time, by the state that they are in now (Prefect:
// server/api/run_history.py).
import type { StateType } from './run.ts'
import { formatInstant, type Micros, parseInstant } from './time.ts'

/** From `start` on, in steps of `interval`; the last one may reach beyond `end`. */
export interface HistoryRange {
  start: Micros
  end: Micros
  interval: Micros
}

/** What is told of a run, flow run or task run alike. */
export interface HistoricRun {
  expected_start_time: string | null
  state_type: StateType | null
  state_name: string | null
  estimated_run_time: number
  estimated_start_time_delta: number
}

/** Runs of one interval that are in one state now. */
export interface HistoryState {
  state_type: StateType | null
  state_name: string | null
  count_runs: number
  /** Seconds, of all these runs together. */
  sum_estimated_run_time: number
  sum_estimated_lateness: number
}

export interface HistoryInterval {
  interval_start: string
  interval_end: string
  states: HistoryState[]
}

/** Intervals of one history; what comes after them is left out (Prefect's bound). */
export const INTERVALS_MAX = 500

/** The intervals from the start on, as many as reach the end; none for a range without length. */
export function historyOf(
  runs: HistoricRun[],
  { start, end, interval }: HistoryRange,
): HistoryInterval[] {
  const count = Math.min(Math.max(0, Math.ceil((end - start) / interval)), INTERVALS_MAX)
  const states = Array.from({ length: count }, () => new Map<string, HistoryState>())
  for (const run of runs) {
    const expected = parseInstant(run.expected_start_time ?? '')
    const within = expected === null ? undefined : states[Math.floor((expected - start) / interval)]
    if (within) addTo(within, run)
  }
  return states.map((within, i) => ({
    interval_start: formatInstant(start + i * interval),
    interval_end: formatInstant(start + (i + 1) * interval),
    states: [...within.values()],
  }))
}

function addTo(states: Map<string, HistoryState>, run: HistoricRun): void {
  const { state_type, state_name } = run
  const key = `${state_type}/${state_name}`
  const was = states.get(key)
  states.set(key, {
    state_type,
    state_name,
    count_runs: (was?.count_runs ?? 0) + 1,
    sum_estimated_run_time: (was?.sum_estimated_run_time ?? 0) + run.estimated_run_time,
    sum_estimated_lateness: (was?.sum_estimated_lateness ?? 0) + run.estimated_start_time_delta,
  })
}

/** Seconds by which runs began after they were expected to, on average; null of no runs. */
export const averageLateness = (runs: HistoricRun[]): number | null =>
  runs.length === 0
    ? null
    : runs.reduce((sum, run) => sum + run.estimated_start_time_delta, 0) / runs.length
