// Task runs as Prefect's client tells of them: it decides on their states itself, and every event of one carries the whole of it.
// So of several events the one with the latest state is the truth, however often and in whatever order they come.
import { z } from 'zod'
import { type Event, resourceId } from './event.ts'
import { isUuid } from './ids.ts'
import { stateCreateSchema } from './run-schema.ts'
import { newState } from './run-state.ts'
import { dictionary, float, instant, integer } from './schema.ts'
import { type TaskRun, taskRunCreateSchema } from './task-run.ts'
import { parseInstant } from './time.ts'

const TASK_RUN = 'prefect.task-run.'
const FLOW_RUN = 'prefect.flow-run.'

const moment = instant.nullable().default(null)
const { task_key, dynamic_key, tags, task_inputs, empirical_policy } = taskRunCreateSchema.shape
const { cache_key, cache_expiration, task_version } = taskRunCreateSchema.shape

const toldSchema = z.object({
  task_key,
  dynamic_key,
  cache_key,
  cache_expiration,
  task_version,
  empirical_policy,
  tags,
  task_inputs,
  name: z.string(),
  labels: dictionary(z.unknown()).default({}),
  run_count: integer.default(0),
  flow_run_run_count: integer.default(0),
  expected_start_time: moment,
  next_scheduled_start_time: moment,
  start_time: moment,
  end_time: moment,
  total_run_time: float.default(0),
})

const payloadSchema = z.object({ task_run: toldSchema, validated_state: stateCreateSchema })

/** The task run that an event tells of, or null: an event that is not in the client's shape is an event and no more. */
export function toldTaskRun(event: Event): TaskRun | null {
  const resource = resourceId(event)
  if (event.resource['prefect.orchestration'] !== 'client') return null
  if (!event.event.startsWith(TASK_RUN) || !resource.startsWith(TASK_RUN)) return null
  const id = resource.slice(TASK_RUN.length).toLowerCase()
  const told = payloadSchema.safeParse(event.payload)
  if (!isUuid(id) || !told.success) return null

  const { task_run, validated_state: proposed } = told.data
  const flow_run_id = flowRunOf(event)
  const at = event.resource['prefect.state-timestamp'] ?? event.occurred
  const now = parseInstant(at) ?? parseInstant(event.occurred) ?? 0
  const state = newState('', proposed, { id: event.id, now })
  const details = { ...state.state_details, flow_run_id, task_run_id: id }
  return {
    ...task_run,
    id,
    created: event.received,
    updated: event.received,
    flow_run_id,
    state: { ...state, state_details: details },
  }
}

function flowRunOf({ related }: Event): string | null {
  const run = related.find((one) => one['prefect.resource.role'] === 'flow-run')
  const id = run?.['prefect.resource.id']?.slice(FLOW_RUN.length).toLowerCase() ?? ''
  return isUuid(id) ? id : null
}

/** What is known after a task run was told of: the one in the later state, created when it was first heard of. */
export const laterOf = (known: TaskRun, told: TaskRun): TaskRun =>
  ageOf(told) > ageOf(known) ? { ...told, created: known.created } : known

/** States of one instant are in the order of their ids, which are those of the events that told of them. */
const ageOf = ({ state }: TaskRun): string => (state ? `${state.timestamp}#${state.id}` : '')
