// What answers hold, by Prefect's names: the API's description shows them, and tests hold every answer to them. Nothing is parsed
// by them, for what we answer is typed already.
import { z } from 'zod'
import { STATE_TYPES } from '../core/run.ts'

const id = z.guid()
const instant = z.iso.datetime({ precision: 6 })
const text = z.string()
const words = text.nullable()
const seconds = z.number()
const count = z.int().min(0)
const tags = z.array(text)
const json = z.record(z.string(), z.unknown())

const stored = { id, created: instant, updated: instant }

/** An object under the name that it has in the description. */
const named = <S extends z.ZodRawShape>(name: string, shape: S) =>
  z.strictObject(shape).meta({ id: name })

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

const creator = named('CreatedBy', { id: id.nullable(), type: words, display_value: words })

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

export const flowRun = z
  .looseObject({
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
  .meta({ id: 'FlowRun' })

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

export const flow = named('Flow', { ...stored, name: text, tags, labels: json })

export const schedule = z
  .looseObject({
    ...stored,
    deployment_id: id,
    schedule: json,
    active: z.boolean(),
    max_scheduled_runs: count.nullable(),
    parameters: json,
    slug: words,
  })
  .meta({ id: 'DeploymentSchedule' })

export const limit = z
  .looseObject({ ...stored, active: z.boolean(), name: text, limit: count, active_slots: count })
  .meta({ id: 'GlobalConcurrencyLimit' })

export const deployment = z
  .looseObject({
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
  .meta({ id: 'Deployment' })

const poolStatus = z.enum(['READY', 'NOT_READY', 'PAUSED'])
const shared = {
  ...stored,
  name: text,
  is_paused: z.boolean(),
  concurrency_limit: count.nullable(),
  active_slots: count.nullable(),
  status: poolStatus,
}

export const workPool = z
  .looseObject({
    ...shared,
    description: words,
    type: text,
    base_job_template: json,
    default_queue_id: id,
    storage_configuration: json,
  })
  .meta({ id: 'WorkPool' })

export const workQueue = z
  .looseObject({
    ...shared,
    description: text,
    priority: z.int().min(1),
    work_pool_id: id,
    work_pool_name: text,
    filter: json.nullable(),
    last_polled: instant.nullable(),
  })
  .meta({ id: 'WorkQueue' })

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

export const variable = named('Variable', { ...stored, name: text, value: z.unknown(), tags })

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

const labels = z.record(z.string(), z.string())

export const event = named('Event', {
  id,
  event: text,
  occurred: instant,
  received: instant,
  resource: labels,
  related: z.array(labels),
  payload: json,
  follows: id.nullable(),
})

export const eventPage = z
  .looseObject({ events: z.array(event), total: count, next_page: words })
  .meta({ id: 'EventPage' })

export const eventCount = named('EventCount', {
  value: text,
  label: text,
  count,
  start_time: instant,
  end_time: instant,
})

export const automation = named('Automation', {
  ...stored,
  name: text,
  description: text,
  enabled: z.boolean(),
  tags,
  trigger: z.looseObject({ type: text, id }),
  actions: z.array(z.looseObject({ type: text })),
  actions_on_trigger: z.array(z.looseObject({ type: text })),
  actions_on_resolve: z.array(z.looseObject({ type: text })),
})

export const blockType = named('BlockType', {
  ...stored,
  name: text,
  slug: text,
  logo_url: words,
  documentation_url: words,
  description: words,
  code_example: words,
  is_protected: z.boolean(),
})

export const blockSchema = named('BlockSchema', {
  ...stored,
  checksum: text,
  fields: json,
  block_type_id: id,
  block_type: blockType.nullable(),
  capabilities: z.array(text),
  version: text,
})

export const blockDocument = z
  .looseObject({
    ...stored,
    name: text,
    data: json,
    block_schema_id: id,
    block_schema: blockSchema.nullable(),
    block_type_id: id,
    block_type_name: words,
    block_type: blockType.nullable(),
    is_anonymous: z.boolean(),
  })
  .meta({ id: 'BlockDocument' })

export const accountWorkspace = z
  .looseObject({ ...stored, account_id: id, name: text, description: text, handle: text })
  .meta({ id: 'Workspace' })

export const webhook = z
  .looseObject({
    ...stored,
    account: id,
    workspace: id,
    name: text,
    description: text,
    enabled: z.boolean(),
    template: text,
    slug: text,
    service_account_id: id.nullable(),
  })
  .meta({ id: 'Webhook' })
