// Requests that make or move flow runs, in Prefect's shapes (FlowRunCreate, FlowRunUpdate, DeploymentFlowRunCreate, StateCreate).
import { z } from 'zod'
import { type FlowRunPolicy, STATE_TYPES } from './run.ts'
import { boolean, dictionary, float, instant, integer, uuid } from './schema.ts'

/** Characters of a name that people give: of states, which become names of events, and of objects, which become keys. */
export const NAME_LENGTH_MAX = 255

/** Seconds a run's holder may be silent. */
const LEASE_SECONDS_MAX = 86_400

const json = dictionary(z.unknown())
const tags = z.array(z.string())

/** The parts of StateDetails that rules read are normalised; the rest stays as sent. */
const stateDetailsSchema = z.looseObject({
  scheduled_time: instant.nullable().optional(),
  pause_timeout: instant.nullable().optional(),
  pause_reschedule: boolean.optional(),
  pause_key: z.string().nullable().optional(),
  transition_id: uuid.nullable().optional(),
  lease_holder: z.string().max(NAME_LENGTH_MAX).nullable().optional(),
  lease_seconds: float.pipe(z.number().positive().max(LEASE_SECONDS_MAX)).nullable().optional(),
  lease_was: z.string().max(NAME_LENGTH_MAX).nullable().optional(),
})

export const stateCreateSchema = z.strictObject({
  type: z.enum(STATE_TYPES),
  name: z.string().max(NAME_LENGTH_MAX).nullish(),
  message: z.string().nullish(),
  data: z.unknown().optional(),
  state_details: stateDetailsSchema.optional(),
})

/** The names of older clients fill in for the newer ones. */
const flowRunPolicySchema = z
  .object({
    max_retries: integer.default(0),
    retry_delay_seconds: float.default(0),
    retries: integer.nullable().optional(),
    retry_delay: integer.nullable().optional(),
    pause_keys: z.array(z.string()).nullable().optional(),
    resuming: boolean.nullable().optional(),
    retry_type: z.enum(['in_process', 'reschedule']).nullable().optional(),
  })
  .transform(
    (sent): FlowRunPolicy => ({
      max_retries: sent.max_retries,
      retry_delay_seconds: sent.retry_delay_seconds,
      retries: sent.retries ?? (sent.max_retries || null),
      retry_delay: sent.retry_delay ?? (Math.trunc(sent.retry_delay_seconds) || null),
      pause_keys: sent.pause_keys ?? [],
      resuming: sent.resuming ?? false,
      retry_type: sent.retry_type ?? null,
    }),
  )

const common = {
  state: stateCreateSchema.nullish(),
  name: z.string().nullish(),
  parameters: json.optional(),
  context: json.optional(),
  parent_task_run_id: uuid.nullish(),
  infrastructure_document_id: uuid.nullish(),
  empirical_policy: flowRunPolicySchema.optional(),
  tags: tags.optional(),
  labels: json.nullish(),
  idempotency_key: z.string().nullish(),
  work_queue_name: z.string().nullish(),
  job_variables: json.nullish(),
}

/** POST /flow_runs/ */
export const flowRunCreateSchema = z.strictObject({
  ...common,
  flow_id: uuid,
  flow_version: z.string().nullish(),
  deployment_id: uuid.nullish(),
  work_pool_name: z.string().nullish(),
})

/** POST /deployments/{id}/create_flow_run */
export const deploymentRunCreateSchema = z.strictObject({
  ...common,
  enforce_parameter_schema: boolean.nullish(),
})

/** PATCH /flow_runs/{id}: what is left out stays. */
export const flowRunUpdateSchema = z.strictObject({
  name: z.string().min(1).nullish(),
  flow_version: z.string().nullish(),
  parameters: json.optional(),
  empirical_policy: flowRunPolicySchema.optional(),
  tags: tags.optional(),
  infrastructure_pid: z.string().nullish(),
  job_variables: json.nullish(),
})

/** POST /flow_runs/{id}/set_state */
export const setStateSchema = z.object({
  state: stateCreateSchema,
  force: boolean.default(false),
})

/** POST /flow_runs/{id}/heartbeat, which is ours */
export const heartbeatSchema = z.strictObject({
  /** The `lease_holder` of the run's state. */
  holder: z.string().max(NAME_LENGTH_MAX),
})
