// Shapes of runs, and of what belongs to them: states, log lines, inputs, artifacts.
import { z } from 'zod'
import { STATE_TYPES } from '../../core/run.ts'
import {
  count,
  creator,
  id,
  instant,
  json,
  named,
  seconds,
  stored,
  tags,
  text,
  words,
} from './fields.ts'

export const stateType = z.enum(STATE_TYPES)

export const state = named('State', {
  id,
  type: stateType,
  name: text,
  timestamp: instant,
  message: words,
  data: z.unknown(),
  state_details: json,
})

const stateful = {
  state: state.nullable(),
  state_id: id.nullable(),
  state_type: stateType.nullable(),
  state_name: words,
  run_count: count,
  expected_start_time: instant.nullable(),
  next_scheduled_start_time: instant.nullable(),
  start_time: instant.nullable(),
  end_time: instant.nullable(),
  total_run_time: seconds,
  estimated_run_time: seconds,
  estimated_start_time_delta: seconds,
}

export const flowRun = named('FlowRun', {
  ...stored,
  ...stateful,
  name: text,
  flow_id: id,
  deployment_id: id.nullable(),
  deployment_version: words,
  work_pool_id: id.nullable(),
  work_pool_name: words,
  work_queue_id: id.nullable(),
  work_queue_name: words,
  flow_version: words,
  parameters: json,
  idempotency_key: words,
  context: json,
  empirical_policy: json,
  tags,
  labels: json,
  parent_task_run_id: id.nullable(),
  auto_scheduled: z.boolean(),
  infrastructure_document_id: id.nullable(),
  infrastructure_pid: words,
  created_by: creator.nullable(),
  job_variables: json.nullable(),
})

export const taskRun = named('TaskRun', {
  ...stored,
  ...stateful,
  name: text,
  flow_run_id: id.nullable(),
  task_key: text,
  dynamic_key: text,
  cache_key: words,
  cache_expiration: instant.nullable(),
  task_version: words,
  empirical_policy: json,
  tags,
  labels: json,
  task_inputs: z.record(z.string(), z.array(z.unknown())),
  flow_run_run_count: count,
})

export const orchestrationResult = named('OrchestrationResult', {
  state: state.nullable(),
  status: z.enum(['ACCEPT', 'REJECT', 'ABORT', 'WAIT']),
  details: z.looseObject({ type: text }),
})

/** What the process hears that says it is still at work. */
export const heartbeat = named('Heard', { held: z.boolean(), state: state.nullable() })

export const logLine = named('Log', {
  ...stored,
  name: text,
  level: z.int(),
  message: text,
  timestamp: instant,
  flow_run_id: id.nullable(),
  task_run_id: id.nullable(),
})

export const runInput = named('FlowRunInput', {
  ...stored,
  flow_run_id: id,
  key: text,
  value: text,
  sender: words,
})

const artifactFields = {
  ...stored,
  type: words,
  description: words,
  data: z.unknown(),
  metadata_: z.record(z.string(), z.string()).nullable(),
  flow_run_id: id.nullable(),
  task_run_id: id.nullable(),
}
export const artifact = named('Artifact', { ...artifactFields, key: words })
export const artifactCollection = named('ArtifactCollection', {
  ...artifactFields,
  key: text,
  latest_id: id,
})

export const historyInterval = named('RunHistory', {
  interval_start: instant,
  interval_end: instant,
  states: z.array(
    z.strictObject({
      state_type: stateType.nullable(),
      state_name: words,
      count_runs: count,
      sum_estimated_run_time: seconds,
      sum_estimated_lateness: seconds,
    }),
  ),
})
