// Shapes of what makes runs, and of where they wait for somebody to take them.
import { z } from 'zod'
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
import { limit } from './limits.ts'
import { flowRun, stateType } from './runs.ts'

export const flow = named('Flow', { ...stored, name: text, tags, labels: json })

export const schedule = named('DeploymentSchedule', {
  ...stored,
  deployment_id: id,
  schedule: json,
  active: z.boolean(),
  max_scheduled_runs: count.nullable(),
  parameters: json,
  slug: words,
})

export const deployment = named('Deployment', {
  ...stored,
  name: text,
  flow_id: id,
  version: words,
  description: words,
  paused: z.boolean(),
  schedules: z.array(schedule),
  concurrency_limit: z.null(),
  global_concurrency_limit: limit.nullable(),
  concurrency_options: json.nullable(),
  job_variables: json,
  parameters: json,
  parameter_openapi_schema: json.nullable(),
  enforce_parameter_schema: z.boolean(),
  tags,
  labels: json,
  work_pool_name: words,
  work_queue_name: words,
  work_queue_id: id.nullable(),
  last_polled: instant.nullable(),
  status: z.enum(['READY', 'NOT_READY']),
  path: words,
  pull_steps: z.array(z.unknown()),
  entrypoint: words,
  storage_document_id: id.nullable(),
  infrastructure_document_id: id.nullable(),
  created_by: creator.nullable(),
  updated_by: creator.nullable(),
})

const poolStatus = z.enum(['READY', 'NOT_READY', 'PAUSED'])
const shared = {
  ...stored,
  name: text,
  is_paused: z.boolean(),
  concurrency_limit: count.nullable(),
  active_slots: count.nullable(),
  status: poolStatus,
}

export const workPool = named('WorkPool', {
  ...shared,
  description: words,
  type: text,
  base_job_template: json,
  default_queue_id: id,
  storage_configuration: json,
})

export const workQueue = named('WorkQueue', {
  ...shared,
  description: text,
  priority: z.int().min(1),
  work_pool_id: id,
  work_pool_name: text,
  filter: json.nullable(),
  last_polled: instant.nullable(),
})

export const workQueueStatus = named('WorkQueueStatus', {
  healthy: z.boolean(),
  late_runs_count: count,
  last_polled: instant.nullable(),
  health_check_policy: z.record(z.string(), z.int()),
})

export const worker = named('Worker', {
  ...stored,
  name: text,
  work_pool_id: id,
  last_heartbeat_time: instant,
  heartbeat_interval_seconds: z.int().nullable(),
  status: z.enum(['ONLINE', 'OFFLINE']),
})

export const workerRun = named('WorkerFlowRun', {
  work_pool_id: id,
  work_queue_id: id,
  flow_run: flowRun,
})

/** How a listing by number of page says where it is. */
const place = { count, limit: count, pages: count, page: z.int().min(1) }

const slot = named('FlowRunSlot', {
  id,
  name: text,
  state_type: stateType.nullable(),
  state_name: words,
  start_time: instant.nullable(),
  state_timestamp: instant.nullable(),
  time_in_current_state: seconds.nullable(),
})

const slots = { active_slots: count, concurrency_limit: count.nullable() }

export const queueSlots = named('WorkQueueSlots', { ...slots, flow_runs: z.array(slot), ...place })

export const poolSlots = named('WorkPoolSlots', {
  ...slots,
  queues: z.array(
    z.strictObject({
      ...slots,
      queue_id: id,
      queue_name: text,
      flow_runs: z.array(slot),
      flow_run_count: count,
    }),
  ),
  ...place,
})
