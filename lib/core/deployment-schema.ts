// Requests that make or change deployments and their schedules (Prefect: DeploymentCreate, DeploymentUpdate). Writing a
// deployment that exists changes what was sent and leaves the rest, so both are one list of fields.
import { z } from 'zod'
import type { Deployment, DeploymentSchedule } from './deployment.ts'
import type { RunQueue } from './run-creation.ts'
import { NAME_LENGTH_MAX } from './run-schema.ts'
import { type Schedule, scheduleFault } from './schedule.ts'
import { boolean, dictionary, durationWithin, integer, lax, uuid, valueError } from './schema.ts'
import { parseInstant } from './time.ts'

const json = dictionary(z.unknown())
const words = z.string().nullable()

/** Names in paths: `/deployments/name/{flow}/{deployment}` and keys of tables. */
export const objectName = z
  .string()
  .min(1)
  .max(NAME_LENGTH_MAX)
  .regex(/^[^/%&><]+$/, 'cannot contain any of / % & > <')

const positive = integer.pipe(z.number().gt(0))

/** An instant that comes back byte for byte: Terraform compares text. */
const anchor = lax(z.string(), (value, refuse) =>
  typeof value === 'string' && parseInstant(value) !== null
    ? value
    : refuse('datetime_from_date_parsing', 'Input should be a valid datetime'),
)

const scheduleShape = z.union([
  z.strictObject({
    interval: durationWithin(z.number().gt(0)),
    anchor_date: anchor.nullish(),
    timezone: words.default('UTC'),
  }),
  z.strictObject({
    cron: z.string(),
    timezone: words.default(null),
    day_or: boolean.default(true),
  }),
  z.strictObject({ rrule: z.string(), timezone: words.default('UTC') }),
])

/** Says in Prefect's words what is wrong when the times of a schedule cannot be told. */
const scheduleSchema = scheduleShape.superRefine((sent, context) => {
  const fault = scheduleFault(anchored(sent, ''))
  if (fault !== null) context.addIssue({ ...valueError(fault), input: sent })
})

export const scheduleCreateSchema = z.strictObject({
  active: boolean.default(true),
  schedule: scheduleSchema,
  max_scheduled_runs: positive.nullable().default(null),
  parameters: json.default({}),
  slug: words.default(null),
  replaces: words.default(null),
})

/** PATCH /deployments/{id}/schedules/{sid}: what is left out stays. */
export const scheduleUpdateSchema = z.strictObject({
  active: boolean.nullish(),
  schedule: scheduleSchema.nullish(),
  max_scheduled_runs: positive.nullish(),
  parameters: json.optional(),
  slug: words.optional(),
  replaces: words.optional(),
})

const concurrencySchema = z.object({
  collision_strategy: z.enum(['ENQUEUE', 'CANCEL_NEW']),
  grace_period_seconds: integer.nullable().default(null),
})

const updateFields = {
  version: words.optional(),
  description: words.optional(),
  paused: boolean.optional(),
  schedules: z.array(scheduleCreateSchema).optional(),
  concurrency_limit: positive.nullish(),
  concurrency_options: concurrencySchema.nullish(),
  global_concurrency_limit_id: uuid.nullish(),
  parameters: json.nullish(),
  parameter_openapi_schema: json.nullish(),
  tags: z.array(z.string()).optional(),
  work_queue_name: objectName.nullish(),
  work_pool_name: z.string().nullish(),
  path: words.optional(),
  job_variables: json.nullish(),
  pull_steps: z.array(json).nullish(),
  entrypoint: words.optional(),
  storage_document_id: uuid.nullish(),
  infrastructure_document_id: uuid.nullish(),
  enforce_parameter_schema: boolean.nullish(),
  /** Versions of a deployment are not kept; `version` is its name of one. */
  version_info: json.nullish(),
}

export const deploymentUpdateSchema = z.strictObject(updateFields)
export const deploymentCreateSchema = z.strictObject({
  ...updateFields,
  name: objectName,
  flow_id: uuid,
  labels: json.nullish(),
})

export type DeploymentUpdate = z.output<typeof deploymentUpdateSchema> & {
  labels?: Record<string, unknown> | null | undefined
}

/** A deployment before anything is said about it. */
export const blankDeployment = (
  id: string,
  { name, flow_id }: Pick<Deployment, 'name' | 'flow_id'>,
  now: string,
): Deployment => ({
  id,
  created: now,
  updated: now,
  name,
  flow_id,
  version: null,
  description: null,
  paused: false,
  schedules: [],
  concurrency_limit: null,
  concurrency_options: null,
  job_variables: {},
  parameters: {},
  parameter_openapi_schema: {},
  enforce_parameter_schema: true,
  tags: [],
  labels: { 'prefect.flow.id': flow_id },
  work_pool_name: null,
  work_pool_id: null,
  work_queue_name: null,
  work_queue_id: null,
  last_polled: null,
  status: 'NOT_READY',
  path: null,
  pull_steps: [],
  entrypoint: null,
  storage_document_id: null,
  infrastructure_document_id: null,
  created_by: null,
  updated_by: null,
})

/** What a change needs beside its fields: the queue they come to, if they name one, an id for each schedule, the time. */
export interface ChangeContext {
  queue: RunQueue | null
  newId: () => string
  now: string
}

/** The deployment with what was sent; null empties a field. */
export function changeDeployment(
  was: Deployment,
  sent: DeploymentUpdate,
  { queue, newId, now }: ChangeContext,
): Deployment {
  const { version_info, schedules, labels, ...fields } = sent
  const { parameters, job_variables, pull_steps, enforce_parameter_schema, ...plain } = fields
  const given = Object.entries(plain).filter(([, value]) => value !== undefined)
  return {
    ...was,
    ...(Object.fromEntries(given) as Partial<Deployment>),
    ...(parameters === undefined ? {} : { parameters: parameters ?? {} }),
    ...(job_variables === undefined ? {} : { job_variables: job_variables ?? {} }),
    ...(pull_steps === undefined ? {} : { pull_steps: pull_steps ?? [] }),
    enforce_parameter_schema: enforce_parameter_schema ?? was.enforce_parameter_schema,
    labels: { ...was.labels, ...labels },
    ...(schedules
      ? { schedules: schedules.map((one) => newSchedule(was.id, one, { newId, now })) }
      : {}),
    ...queue,
    updated: now,
  }
}

export function newSchedule(
  deploymentId: string,
  sent: z.output<typeof scheduleCreateSchema>,
  { newId, now }: Pick<ChangeContext, 'newId' | 'now'>,
): DeploymentSchedule {
  return {
    ...sent,
    id: newId(),
    created: now,
    updated: now,
    deployment_id: deploymentId,
    schedule: anchored(sent.schedule, now),
  }
}

/** The deployment with one of its schedules changed: what was left out stays. */
export function changeSchedule(
  was: Deployment,
  scheduleId: string,
  sent: z.output<typeof scheduleUpdateSchema>,
  now: string,
): Deployment {
  const { schedule, active, ...rest } = sent
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  const schedules = was.schedules.map((one) =>
    one.id === scheduleId
      ? {
          ...one,
          ...(Object.fromEntries(given) as Partial<DeploymentSchedule>),
          schedule: schedule ? anchored(schedule, now) : one.schedule,
          active: active ?? one.active,
          updated: now,
        }
      : one,
  )
  return { ...was, schedules }
}

/** An interval counts from somewhere: from now, unless its owner says. */
const anchored = (schedule: z.output<typeof scheduleShape>, now: string): Schedule =>
  'interval' in schedule ? { ...schedule, anchor_date: schedule.anchor_date ?? now } : schedule
