// What the server knows of a task run. The process decides on its states itself and tells of each by an event that carries the
// whole of it, as Prefect's client does (tasks have no states to be proposed; lib/core/task-run-event.ts reads these events).
import type { State } from '../core/run.ts'
import type { TaskRun } from '../core/task-run.ts'
import { formatInstant, MICROS_PER_SECOND, parseInstant } from '../core/time.ts'
import type { RunContext } from './context.ts'
import { emitEvent } from './events.ts'
import type { Runtime } from './runtime.ts'
import type { ProposedState } from './wire.ts'

/** A task run of the present flow run. */
export interface TaskRecord {
  /** Kept up to date with the states that were entered. */
  run: TaskRun
  /** Enters a state, and tells of it where the flow run is recorded. */
  enter(proposed: ProposedState): State
}

/** Called in the context of the flow run, which the events name as their company. */
export function taskRecord(
  { name, tags = [], retries = 0 }: { name: string; tags?: string[]; retries?: number },
  call: number,
  context: Pick<RunContext, 'run' | 'isRecorded'>,
  { clock, newId }: Pick<Runtime, 'clock' | 'newId'>,
): TaskRecord {
  const now = formatInstant(clock.now())
  const run: TaskRun = {
    id: newId(),
    created: now,
    updated: now,
    name: `${name}-${call}`,
    flow_run_id: context.run.id,
    task_key: name,
    dynamic_key: String(call),
    cache_key: null,
    cache_expiration: null,
    task_version: null,
    empirical_policy: {
      max_retries: 0,
      retry_delay_seconds: 0,
      retries,
      retry_delay: null,
      retry_jitter_factor: null,
    },
    tags,
    labels: {},
    task_inputs: {},
    run_count: 0,
    flow_run_run_count: context.run.run_count,
    expected_start_time: now,
    next_scheduled_start_time: null,
    start_time: null,
    end_time: null,
    total_run_time: 0,
    state: null,
  }
  return {
    run,
    enter(proposed) {
      const before = run.state
      const state = stateOf(proposed, run, { id: newId(), timestamp: formatInstant(clock.now()) })
      enterState(run, state)
      if (context.isRecorded) tell(run, before, state)
      return state
    },
  }
}

function stateOf(
  { type, name, message, data = null, state_details }: ProposedState,
  { id: task_run_id, flow_run_id }: TaskRun,
  made: Pick<State, 'id' | 'timestamp'>,
): State {
  const title = name ?? type.charAt(0) + type.slice(1).toLowerCase()
  const details = { ...state_details, flow_run_id, task_run_id }
  return { ...made, type, name: title, message: message ?? null, data, state_details: details }
}

function enterState(run: TaskRun, state: State): void {
  const { state: before } = run
  if (before?.type === 'RUNNING') {
    const [from, to] = [before, state].map(({ timestamp }) => parseInstant(timestamp) ?? 0)
    run.total_run_time += ((to ?? 0) - (from ?? 0)) / MICROS_PER_SECOND
  }
  if (state.type === 'RUNNING') {
    run.run_count += 1
    run.start_time ??= state.timestamp
  }
  const hasEnded = ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'].includes(state.type)
  run.end_time = hasEnded ? state.timestamp : null
  run.updated = state.timestamp
  run.state = state
}

function tell({ state: _, id, ...task_run }: TaskRun, before: State | null, state: State): void {
  const { type, name, message, timestamp, state_details, data } = state
  emitEvent({
    id: state.id,
    occurred: timestamp,
    event: `prefect.task-run.${name}`,
    resource: {
      'prefect.resource.id': `prefect.task-run.${id}`,
      'prefect.resource.name': task_run.name,
      'prefect.run-count': String(task_run.run_count),
      'prefect.state-message': message ?? '',
      'prefect.state-type': type,
      'prefect.state-name': name,
      'prefect.state-timestamp': timestamp,
      'prefect.orchestration': 'client',
    },
    payload: {
      intended: { from: before?.type ?? null, to: type },
      initial_state: before && { type: before.type, name: before.name, message: before.message },
      validated_state: { type, name, message, state_details, data },
      task_run,
    },
    ...(before && { follows: { id: before.id, occurred: before.timestamp } }),
  })
}
