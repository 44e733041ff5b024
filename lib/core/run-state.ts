// What a state is made of, and what being in one means for a run (Prefect: server/orchestration/global_policy.py). Whether the run
// may enter it is orchestration.ts.
import { type FlowRun, isTerminal, type State, type StateDetails, type StateType } from './run.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'

/** A state as a client proposes it: id and timestamp are the server's. */
export interface ProposedState {
  type: StateType
  name?: string | null | undefined
  message?: string | null | undefined
  data?: unknown
  state_details?: StateDetails | undefined
}

/** A full state of a proposed one. A SCHEDULED state without a time is meant for now. */
export function newState(
  runId: string,
  proposed: ProposedState,
  { id, now }: { id: string; now: Micros },
): State {
  const { type, name, message, data, state_details } = proposed
  const timestamp = formatInstant(now)
  const details = { ...NO_DETAILS, ...state_details, flow_run_id: runId }
  if (type === 'SCHEDULED') details.scheduled_time ??= timestamp
  return {
    id,
    type,
    name: name ?? type.charAt(0) + type.slice(1).toLowerCase(),
    timestamp,
    message: message ?? null,
    data: data ?? null,
    state_details: details,
  }
}

const NO_DETAILS: StateDetails = {
  flow_run_id: null,
  task_run_id: null,
  child_flow_run_id: null,
  scheduled_time: null,
  cache_key: null,
  cache_expiration: null,
  deferred: false,
  untrackable_result: false,
  pause_timeout: null,
  pause_reschedule: false,
  pause_key: null,
  run_input_keyset: null,
  refresh_cache: null,
  retriable: null,
  transition_id: null,
  task_parameters_id: null,
  traceparent: null,
  deployment_concurrency_lease_id: null,
}

/** The run in a state, with the times and counts that follow from it. Asks no rule: a run's first state comes this way too. */
export function enterState(run: FlowRun, state: State): FlowRun {
  const { state: from, empirical_policy: policy } = run
  const isRunning = state.type === 'RUNNING'
  return {
    ...run,
    ...timesIn(run, state),
    updated: state.timestamp,
    state,
    previous_state: from && {
      id: from.id,
      type: from.type,
      name: from.name,
      message: from.message,
    },
    run_count: run.run_count + (isRunning && !policy.resuming ? 1 : 0),
    empirical_policy: isRunning ? { ...policy, resuming: false } : policy,
  }
}

type Timed = Pick<
  FlowRun,
  'state' | 'start_time' | 'end_time' | 'total_run_time' | 'expected_start_time'
>

/** The times of a run, or of a task run, once it is in a state. */
export function timesIn(run: Timed, state: State) {
  const { state: from } = run
  const hasBegun = state.type === 'RUNNING' || isTerminal(state.type)
  const scheduledTime =
    state.type === 'SCHEDULED' ? (state.state_details.scheduled_time ?? null) : null
  return {
    start_time: run.start_time ?? (hasBegun ? state.timestamp : null),
    end_time: isTerminal(state.type) ? (run.end_time ?? state.timestamp) : null,
    total_run_time:
      run.total_run_time +
      (from?.type === 'RUNNING' ? secondsBetween(from.timestamp, state.timestamp) : 0),
    expected_start_time: run.expected_start_time ?? scheduledTime ?? state.timestamp,
    next_scheduled_start_time: scheduledTime,
  }
}

const secondsBetween = (from: string, to: string): number =>
  Math.max(0, (parseInstant(to) ?? 0) - (parseInstant(from) ?? 0)) / MICROS_PER_SECOND
