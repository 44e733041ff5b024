// What tripline.yaml and prefect.yaml may hold, as zod schemas. A key that is null counts as left
// out, because Prefect's templates are full of them; a key that nobody knows is refused.
import { z } from 'zod'
import { parseLenientDuration } from '../core/duration.ts'
import { METRIC_NAMES, METRIC_OPERATORS } from '../core/trigger.ts'
import { webhookSchema } from '../core/webhook-schema.ts'
import type { Duration } from '../sdk/duration.ts'
import type { DeploymentTriggerDefinition, TriggerMatch } from '../sdk/triggers.ts'

/** The object without its null keys, so that `tags: null` is `tags` left out. */
const withoutNulls = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
    : value

const strict = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.preprocess(withoutNulls, z.strictObject(shape))

const json = z.record(z.string(), z.unknown())
const texts = z.array(z.string())
const oneOrMore = z.union([z.string(), texts])

const duration = z.custom<Duration>((value) => {
  const seconds = parseLenientDuration(value)
  return typeof seconds === 'number' && seconds >= 0
}, 'is no duration; try 90, "30m", "PT1H30M" or { hours: 2 }')

const specification = z.record(z.string(), z.union([z.string(), texts]))

const triggered = {
  name: z.string().exactOptional(),
  description: z.string().exactOptional(),
  enabled: z.boolean().exactOptional(),
  parameters: json.exactOptional(),
  job_variables: json.exactOptional(),
  schedule_after: duration.exactOptional(),
  review: strict({
    block_document_id: z.string(),
    subject: z.string().exactOptional(),
    body: z.union([z.string(), json]).exactOptional(),
    postpone: duration.exactOptional(),
  }).exactOptional(),
}

const matches = {
  match: specification.exactOptional(),
  match_related: z.union([specification, z.array(specification)]).exactOptional(),
}

const event = {
  type: z.literal('event').exactOptional(),
  ...matches,
  after: oneOrMore.exactOptional(),
  expect: oneOrMore.exactOptional(),
  for_each: texts.exactOptional(),
  posture: z.enum(['Reactive', 'Proactive']).exactOptional(),
  threshold: z.int().exactOptional(),
  within: duration.exactOptional(),
}

const metric = {
  type: z.literal('metric'),
  ...matches,
  posture: z.literal('Metric').exactOptional(),
  metric: strict({
    name: z.enum(METRIC_NAMES),
    operator: z.enum(METRIC_OPERATORS),
    threshold: z.number(),
    range: duration.exactOptional(),
    firing_for: duration.exactOptional(),
  }),
}

const children = { triggers: z.array(z.lazy((): z.ZodType<TriggerMatch> => triggerSchema)).min(1) }

const compound = {
  type: z.literal('compound'),
  ...children,
  require: z.union([z.enum(['any', 'all']), z.int().min(1)]).exactOptional(),
  within: duration.exactOptional(),
}

const sequence = { type: z.literal('sequence'), ...children, within: duration.exactOptional() }

/** What a trigger waits for. Without a type it is an event trigger, or by its keys another one. */
export const triggerSchema: z.ZodType<TriggerMatch> = byType({ event, metric, compound, sequence })

/** A deployment's trigger: what it waits for, and what becomes of the deployment then. */
const deploymentTriggerSchema: z.ZodType<DeploymentTriggerDefinition> = byType({
  event: { ...event, ...triggered },
  metric: { ...metric, ...triggered },
  compound: { ...compound, ...triggered },
  sequence: { ...sequence, ...triggered },
})

/** A schema per type, so that faults speak of the type that was meant, not of all four. */
function byType<T>(shapes: Record<string, z.core.$ZodLooseShape>): z.ZodType<T> {
  const schemas = Object.fromEntries(
    Object.entries(shapes).map(([type, shape]) => [type, strict(shape)]),
  )
  return z.unknown().transform((value, context) => {
    const type = typeOf(value)
    const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined
    if (!schema) {
      const message = `is no type of trigger; try ${Object.keys(shapes).join(', ')}`
      context.addIssue({ code: 'custom', path: ['type'], message })
      return z.NEVER
    }
    const parsed = schema.safeParse(
      type === 'event' || typeof value !== 'object' ? value : { ...value, type },
    )
    if (parsed.success) return parsed.data as T
    for (const issue of parsed.error.issues)
      context.addIssue({ ...issue } as z.core.$ZodSuperRefineIssue)
    return z.NEVER
  }) as unknown as z.ZodType<T>
}

function typeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'event' // whose schema refuses it
  const { type } = value as { type?: unknown }
  if (type !== undefined && type !== null) return String(type)
  if ('metric' in value) return 'metric'
  return 'triggers' in value ? 'compound' : 'event'
}

const scheduleOptions = {
  active: z.boolean().exactOptional(),
  parameters: json.exactOptional(),
  slug: z.string().exactOptional(),
  max_scheduled_runs: z.int().exactOptional(),
  timezone: z.string().exactOptional(),
}

const scheduleSchema = z.union([
  strict({ cron: z.string(), day_or: z.boolean().exactOptional(), ...scheduleOptions }),
  strict({ interval: duration, anchor_date: z.string().exactOptional(), ...scheduleOptions }),
  strict({ rrule: z.string(), ...scheduleOptions }),
])

/** What Prefect's workers do before they run a flow in Python: kept for them, and carried out by nobody else. */
const pullSteps = z.union([z.array(json), json.transform((step) => [step])])

const deploymentSchema = strict({
  name: z.string().min(1),
  entrypoint: z.string().regex(/^[^:]+\.\w+(:[\w.]+)?$/, 'should read path/flow.ts:name'),
  /** For flows that cannot be loaded here: the name that `entrypoint` does not tell. */
  flow_name: z.string().exactOptional(),
  version: z.coerce.string().exactOptional(),
  description: z.string().exactOptional(),
  tags: z.union([texts, z.string().transform((text) => [text])]).exactOptional(),
  parameters: json.exactOptional(),
  enforce_parameter_schema: z.boolean().exactOptional(),
  concurrency_limit: z
    .union([z.int(), strict({ limit: z.int() }).transform(({ limit }) => limit)])
    .exactOptional(),
  paused: z.boolean().exactOptional(),
  schedule: scheduleSchema.exactOptional(),
  schedules: z.array(scheduleSchema).exactOptional(),
  triggers: z.array(deploymentTriggerSchema).exactOptional(),
  work_pool: strict({
    name: z.string().exactOptional(),
    work_queue_name: z.string().exactOptional(),
    job_variables: json.exactOptional(),
  }).exactOptional(),
  build: z.unknown().exactOptional(),
  push: z.unknown().exactOptional(),
  pull: pullSteps.exactOptional(),
})

export type DeploymentDefinition = z.output<typeof deploymentSchema>

export type WebhookDefinition = z.output<typeof webhookSchema>

const twoNames = (form: string) =>
  z
    .string()
    .regex(/^[^/]+\/[^/]+$/, `should read ${form}`)
    .exactOptional()

/** Names stand for ids, which only the server knows (references.ts). */
const actionSchema = z.looseObject({
  type: z.string(),
  deployment: twoNames('flow/name'),
  work_pool: z.string().exactOptional(),
  work_queue: twoNames('pool/name'),
  automation: z.string().exactOptional(),
  block: twoNames('type/name'),
})

const variableSchema = strict({
  name: z.string().min(1),
  value: z.json(),
  tags: texts.exactOptional(),
})

export type VariableDefinition = z.output<typeof variableSchema>

const limits = {
  name: z.string().min(1),
  description: z.string().exactOptional(),
  paused: z.boolean().exactOptional(),
  concurrency_limit: z.int().exactOptional(),
}

const workPoolSchema = strict({
  ...limits,
  type: z.string().exactOptional(),
  base_job_template: json.exactOptional(),
  queues: z.array(strict({ ...limits, priority: z.int().min(1).exactOptional() })).exactOptional(),
})

export type WorkPoolDefinition = z.output<typeof workPoolSchema>

const automationSchema = strict({
  name: z.string().min(1),
  description: z.string().exactOptional(),
  enabled: z.boolean().exactOptional(),
  tags: texts.exactOptional(),
  trigger: triggerSchema,
  actions: z.array(actionSchema),
  actions_on_trigger: z.array(actionSchema).exactOptional(),
  actions_on_resolve: z.array(actionSchema).exactOptional(),
})

export type AutomationDefinition = z.output<typeof automationSchema>

/** Of two things with one name, the second is a fault. */
function uniqueNames(items: { name: string }[], context: z.core.$RefinementCtx): void {
  items.forEach(({ name }, i) => {
    if (items.findIndex((item) => item.name === name) === i) return
    context.addIssue({ code: 'custom', path: [i, 'name'], message: `there is another '${name}'` })
  })
}

/** A project file as a whole. Beside ours, the top-level keys of Prefect's, which we do not read. */
export const projectSchema = strict({
  variables: z.array(variableSchema).superRefine(uniqueNames).exactOptional(),
  work_pools: z.array(workPoolSchema).superRefine(uniqueNames).exactOptional(),
  deployments: z.array(deploymentSchema).exactOptional(),
  webhooks: z.array(webhookSchema.strict()).superRefine(uniqueNames).exactOptional(),
  automations: z.array(automationSchema).superRefine(uniqueNames).exactOptional(),
  name: z.string().exactOptional(),
  definitions: z.unknown().exactOptional(),
  'prefect-version': z.unknown().exactOptional(),
  'tripline-version': z.unknown().exactOptional(),
  build: z.unknown().exactOptional(),
  push: z.unknown().exactOptional(),
  pull: pullSteps.exactOptional(),
})

/** A file given to `deploy --trigger`. */
export const triggersFileSchema = strict({
  triggers: z.array(deploymentTriggerSchema).min(1),
  definitions: z.unknown().exactOptional(),
})
