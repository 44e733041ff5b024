// Actions: what an automation does when it fires, in Prefect's shapes (server/events/actions.py), with every default filled in.
// What a firing sets off is action.ts; each is carried out by steps/perform.ts.
import { z } from 'zod'
import { IDEMPOTENCY_DAYS_MAX } from './idempotency.ts'
import { STATE_TYPES } from './run.ts'
import { boolean, dictionary, durationWithin, integer, lax, uuid, valueError } from './schema.ts'

/** How long a run waits once more when somebody postpones it, unless its action says otherwise. */
export const POSTPONE_SECONDS = 3_600
/** What an action may choose in its place: a minute to 31 days. */
const POSTPONE_SECONDS_MIN = 60
const POSTPONE_SECONDS_MAX = 31 * 86_400

/** `selected`: the thing of the given id; `inferred`: the one the triggering event is about. */
const source = z.enum(['selected', 'inferred']).default('selected')
const idOrNull = uuid.nullable().default(null)
const anyKeys = dictionary(z.unknown()).nullable().default(null)

/** A refinement: the id is there exactly when the source is `selected`. */
const namedBy =
  (field: string) =>
  (action: object & { source: string }, context: z.core.$RefinementCtx): void => {
    const given = (action as Record<string, unknown>)[field] !== null
    if (action.source === 'selected' && !given) {
      context.addIssue(valueError(`${field} is required`))
    }
    if (action.source === 'inferred' && given) {
      context.addIssue(valueError(`${field} is not allowed`))
    }
  }

const plain = <const T extends string>(type: T) => z.object({ type: z.literal(type) })

const onDeployment = <const T extends string>(type: T) =>
  z
    .object({ type: z.literal(type), source, deployment_id: idOrNull })
    .superRefine(namedBy('deployment_id'))

const onWorkPool = <const T extends string>(type: T) =>
  z
    .object({ type: z.literal(type), source, work_pool_id: idOrNull })
    .superRefine(namedBy('work_pool_id'))

const onWorkQueue = <const T extends string>(type: T) =>
  z
    .object({ type: z.literal(type), source, work_queue_id: idOrNull })
    .superRefine(namedBy('work_queue_id'))

const onAutomation = <const T extends string>(type: T) =>
  z
    .object({ type: z.literal(type), source, automation_id: idOrNull })
    .superRefine(namedBy('automation_id'))

/** A payload that is no text becomes indented JSON text, templates in it included. */
const payload = lax(z.string(), (value) =>
  typeof value === 'string' || value === null ? value : JSON.stringify(value, null, 2),
)

/** Whom to ask about a run that waits, in which words (review.ts), and by how much an answer may postpone it. */
const review = z.object({
  block_document_id: uuid,
  subject: z.string().nullish(),
  body: payload.nullish(),
  postpone: durationWithin(
    z.number().min(POSTPONE_SECONDS_MIN).max(POSTPONE_SECONDS_MAX),
  ).nullish(),
})

const runDeployment = z
  .object({
    type: z.literal('run-deployment'),
    source,
    deployment_id: idOrNull,
    parameters: anyKeys,
    job_variables: anyKeys,
    schedule_after: durationWithin(z.number().min(0, { abort: true })).default(0),
    // Ours: firings whose keys read alike within so many days make one run. Left out of answers unless it was sent.
    idempotency_key: z.string().nullish(),
    idempotency_window: integer.pipe(z.number().min(1).max(IDEMPOTENCY_DAYS_MAX)).nullish(),
    // Ours too.
    review: review.nullish(),
  })
  .superRefine(namedBy('deployment_id'))
  .superRefine(({ review, schedule_after }, context) => {
    if (review && schedule_after === 0) {
      context.addIssue(valueError('review needs a schedule_after: without one no run waits'))
    }
  })

const changeFlowRunState = z.object({
  type: z.literal('change-flow-run-state'),
  name: z.string().nullable().default(null),
  state: z.enum(STATE_TYPES),
  message: z.string().nullable().default(null),
  force: boolean.default(false),
})

const sendNotification = z.object({
  type: z.literal('send-notification'),
  block_document_id: uuid,
  subject: z.string().default('Prefect automated notification'),
  body: z.string(),
})

const callWebhook = z.object({
  type: z.literal('call-webhook'),
  block_document_id: uuid,
  payload: payload.default(''),
})

/** The source of entries that name no other. The rule for inbound events leaves it out, so that no entry comes back to us. */
export const PUT_EVENT_SOURCE = 'tripline'

/** A bus by its name or its ARN. */
const EVENT_BUS = /^(arn:aws[\w-]*:events:[a-z\d-]+:\d{12}:event-bus\/)?[/.\-_A-Za-z\d]{1,256}$/

/** Ours: an entry put onto an EventBridge bus, that of this installation if none is named. */
const putEvent = z.object({
  type: z.literal('put-event'),
  event_bus: z
    .string()
    .regex(EVENT_BUS, { error: 'Input should be the name or the ARN of an event bus' })
    .nullable()
    .default(null),
  source: z
    .string()
    .min(1)
    .max(256)
    .refine((source) => !source.startsWith('aws.'), {
      error: "Value error, sources that begin with 'aws.' are those of AWS itself",
    })
    .default(PUT_EVENT_SOURCE),
  detail_type: z.string().min(1),
  detail: dictionary(z.unknown()).default({}),
})

/** In Prefect's order, which decides between alternatives when an action has no `type`. */
const PREFECT_ACTIONS = [
  plain('do-nothing'),
  runDeployment,
  onDeployment('pause-deployment'),
  onDeployment('resume-deployment'),
  plain('cancel-flow-run'),
  plain('delete-flow-run'),
  changeFlowRunState,
  onWorkQueue('pause-work-queue'),
  onWorkQueue('resume-work-queue'),
  sendNotification,
  callWebhook,
  onAutomation('pause-automation'),
  onAutomation('resume-automation'),
  plain('suspend-flow-run'),
  plain('resume-flow-run'),
  onWorkPool('pause-work-pool'),
  onWorkPool('resume-work-pool'),
] as const

const byType = z.discriminatedUnion('type', [...PREFECT_ACTIONS, putEvent])

/** An action. Without a `type` it is the first of Prefect's that accepts it and uses most of its fields: `{}` does nothing. */
export const actionSchema = lax(byType, (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('type' in value)
    ? { ...value, type: kindOf(value) }
    : value,
)

/** An action as stored: what was left out is null or has its default. */
export type Action = z.output<typeof byType>
export type RunDeployment = z.output<typeof runDeployment>

function kindOf(action: object): string {
  let kind = 'do-nothing'
  let most = 0
  for (const schema of PREFECT_ACTIONS) {
    const { type, ...fields } = schema.shape
    const used = Object.keys(fields).filter((field) => field in action).length
    if (used > most && schema.safeParse({ ...action, type: type.value }).success) {
      kind = type.value
      most = used
    }
  }
  return kind
}

/** Texts of an action that are templates, by field. Parameters of runs are templates too, but have rules of their own. */
export function templatesOf(action: Action): Record<string, string> {
  if (action.type === 'send-notification') return { subject: action.subject, body: action.body }
  if (action.type === 'call-webhook') return { payload: action.payload }
  if (action.type === 'put-event') return { detail_type: action.detail_type }
  if (action.type !== 'run-deployment') return {}
  const { idempotency_key, review } = action
  return Object.fromEntries(
    Object.entries({
      idempotency_key,
      'review.subject': review?.subject,
      'review.body': review?.body,
    }).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** The field of an action whose values may be templates and variables, and its values: null for actions that have none. */
export function hydratedOf(
  action: Action,
): [field: string, values: Record<string, unknown> | null] {
  if (action.type === 'put-event') return ['detail', action.detail]
  return ['parameters', action.type === 'run-deployment' ? action.parameters : null]
}
