// Task runs, as far as subflows need them: Prefect's client makes one in the calling run for each subflow that it calls, and finds
// the subflow's run by it. Other task runs are told of by events alone.
import { z } from 'zod'
import { uuidv5 } from './ids.ts'
import { type FlowRun, isTerminal, type State } from './run.ts'
import { stateCreateSchema } from './run-schema.ts'
import { newState, type ProposedState, timesIn } from './run-state.ts'
import { dictionary, float, instant, integer, uuid } from './schema.ts'
import { formatInstant, type Micros } from './time.ts'

const words = z.string().nullable().default(null)

/** POST /task_runs/ */
export const taskRunCreateSchema = z.strictObject({
  id: uuid.nullish(),
  state: stateCreateSchema.nullish(),
  name: z.string().nullish(),
  flow_run_id: uuid.nullable().default(null),
  task_key: z.string(),
  dynamic_key: z.string(),
  cache_key: words,
  cache_expiration: instant.nullable().default(null),
  task_version: words,
  empirical_policy: z
    .object({
      max_retries: integer.default(0),
      retry_delay_seconds: float.default(0),
      retries: integer.nullable().default(null),
      retry_delay: z
        .union([z.number(), z.array(z.number())])
        .nullable()
        .default(null),
      retry_jitter_factor: float.nullable().default(null),
    })
    .prefault({}),
  tags: z.array(z.string()).default([]),
  labels: dictionary(z.unknown()).nullish(),
  task_inputs: dictionary(z.array(z.unknown())).default({}),
})

type Sent = z.output<typeof taskRunCreateSchema>

/** Prefect's TaskRun, with what the client that made it sent. */
export interface TaskRun extends Omit<Sent, 'id' | 'state' | 'name' | 'labels'> {
  id: string
  created: string
  updated: string
  name: string
  labels: Record<string, unknown>
  run_count: number
  flow_run_run_count: number
  expected_start_time: string | null
  next_scheduled_start_time: string | null
  start_time: string | null
  end_time: string | null
  total_run_time: number
  state: State | null
}

const TASK_RUNS = '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6b04'

/** A task run under the id that its flow run and keys decide, unless the client chose one. */
export function newTaskRun(
  sent: Sent,
  { stateId, now }: { stateId: string; now: Micros },
): TaskRun {
  const { id: chosen, state: proposed, name, labels, ...fields } = sent
  const cause = `${sent.flow_run_id}/${sent.task_key}/${sent.dynamic_key}`
  const id = chosen ?? uuidv5(cause, TASK_RUNS)
  const created = formatInstant(now)
  const state = newState('', proposed ?? { type: 'PENDING' }, { id: stateId, now })
  const details = { ...state.state_details, flow_run_id: sent.flow_run_id, task_run_id: id }
  return {
    ...fields,
    id,
    created,
    updated: created,
    name: name ?? `${sent.task_key}-${sent.dynamic_key.slice(0, 3)}`,
    labels: labels ?? {},
    run_count: 0,
    flow_run_run_count: 0,
    expected_start_time: created,
    next_scheduled_start_time: null,
    start_time: null,
    end_time: null,
    total_run_time: 0,
    state: { ...state, state_details: details },
  }
}

/** The task run in a state that a client gives it, with the times and counts that follow from it. */
export function enterTaskState(
  task: TaskRun,
  proposed: ProposedState,
  { id, now }: { id: string; now: Micros },
): TaskRun {
  const state = newState('', proposed, { id, now })
  const details = { ...state.state_details, flow_run_id: task.flow_run_id, task_run_id: task.id }
  return {
    ...task,
    ...timesIn(task, state),
    updated: state.timestamp,
    run_count: task.run_count + (state.type === 'RUNNING' ? 1 : 0),
    state: { ...state, state_details: details },
  }
}

/** The task run in the state of the subflow that it stands for (Prefect: UpdateSubflowParentTask). */
export function followSubflow(task: TaskRun, subflow: FlowRun): TaskRun {
  if (!subflow.state) return task
  const { state_details, ...state } = subflow.state
  return {
    ...task,
    updated: state.timestamp,
    run_count: subflow.run_count,
    start_time: subflow.start_time,
    end_time: isTerminal(state.type) ? subflow.end_time : null,
    total_run_time: subflow.total_run_time,
    state: {
      ...state,
      id: uuidv5(`${task.id}/${state.id}`, TASK_RUNS),
      state_details: {
        ...state_details,
        flow_run_id: task.flow_run_id,
        task_run_id: task.id,
        child_flow_run_id: subflow.id,
      },
    },
  }
}

/** The run of the subflow that a task run stands for; null before there is one. */
export function subflowOf(task: TaskRun): string | null {
  const id = task.state?.state_details.child_flow_run_id
  return typeof id === 'string' ? id : null
}
