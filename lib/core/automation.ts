// Automations: a trigger and what is done when it fires. Requests are read here, in Prefect's shapes and with its refusals
// (server/events/schemas/automations.py, api/automations.py).
import { z } from 'zod'
import { type Action, actionSchema, hydratedOf, templatesOf } from './action-schema.ts'
import { type Fault, invalid } from './errors.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import { isTooDeep } from './json-body.ts'
import { boolean, instant, parseBody, uuid } from './schema.ts'
import { formatInstant, type Micros } from './time.ts'
import type { ResourceSpecification, Trigger } from './trigger.ts'
import { type TriggerDraft, triggerSchema, withNewIds } from './trigger-schema.ts'

/** An automation as stored and read. `created` and `updated` are instants in the form of `formatInstant`. */
export interface Automation {
  id: string
  created: string
  updated: string
  name: string
  description: string
  enabled: boolean
  tags: string[]
  trigger: Trigger
  actions: Action[]
  actions_on_trigger: Action[]
  actions_on_resolve: Action[]
}

/** An automation with what reads of it do not show. */
export interface OwnedAutomation {
  automation: Automation
  /** The resource that owns it, as `prefect.deployment.<id>`: deleted with "owned-by". */
  owner: string | null
}

/** Bytes of an automation as JSON: it must fit into one item of the table (400 KB) with room for its keys. */
export const AUTOMATION_BYTES_MAX = 300_000

const updateFields = {
  name: z.string(),
  description: z.string().default(''),
  enabled: boolean.default(true),
  tags: z.array(z.string()).default([]),
  trigger: triggerSchema,
  actions: z.array(actionSchema),
  actions_on_trigger: z.array(actionSchema).default([]),
  actions_on_resolve: z.array(actionSchema).default([]),
}

/** The body of PUT /automations/{id}: unknown fields are refused, the owner among them. */
export const automationUpdateSchema = z.strictObject(updateFields)
/** The body of POST /automations/. */
export const automationCreateSchema = z.strictObject({
  ...updateFields,
  owner_resource: z.string().nullable().default(null),
})
/** An automation as answered. */
export const automationSchema = z.object({
  id: uuid,
  created: instant,
  updated: instant,
  ...updateFields,
})
/** The body of PATCH /automations/{id}. */
export const automationPatchSchema = z.strictObject({ enabled: boolean.default(true) })

type Draft = z.output<typeof automationUpdateSchema>

/** What reading an automation needs from outside: ids, the time, and an opinion on templates. */
export interface AutomationContext {
  newId: () => string
  now: Micros
  templates: TemplateChecks
}

/** What is wrong with templates, known when they are saved; core/template answers it. */
export interface TemplateChecks {
  /** What is wrong with a text as a template, or null. */
  template(text: string): string | null
  /** What is wrong with the parameters of a run, one line each. */
  parameters(parameters: Record<string, unknown>): string[]
}

/**
 * The automation of POST /automations/, under new ids, and the resource that owns it. An owner's second automation of one name
 * gets the id of the first: the caller finds it taken, and gives it another.
 * @throws Refusal 422 with every fault found
 */
export function parseAutomationCreate(
  body: unknown,
  context: AutomationContext,
): { automation: Automation; owner: string | null } {
  checkSize(body)
  const { owner_resource, ...draft } = parseBody(automationCreateSchema, body)
  checkDraft(draft, context)
  const now = formatInstant(context.now)
  const id = owner_resource === null ? context.newId() : ownedId(owner_resource, draft.name)
  const automation = { id, created: now, updated: now, ...named(draft, context) }
  return { automation, owner: owner_resource }
}

/**
 * An owned automation is deleted and made anew with every deployment of its owner: by its name it is the same one, and its unchanged
 * triggers go on from the buckets they had.
 */
const ownedId = (owner: string, name: string): string =>
  uuidv5(`${owner}/${name}`, NAMESPACE.automation)

/**
 * An automation with all that PUT /automations/{id} replaces; its id and creation stay.
 * @throws Refusal 422 with every fault found, before it is known whether the automation exists
 */
export function parseAutomationUpdate(
  body: unknown,
  context: AutomationContext,
): (was: Automation) => Automation {
  checkSize(body)
  const draft = parseBody(automationUpdateSchema, body)
  checkDraft(draft, context)
  const next = named(draft, context)
  return ({ id, created }) => ({ id, created, updated: formatInstant(context.now), ...next })
}

/**
 * An automation with what PATCH /automations/{id} changes: whether it is enabled.
 * @throws Refusal 422 with every fault found
 */
export function parseAutomationPatch(
  body: unknown,
  { now }: Pick<AutomationContext, 'now'>,
): (was: Automation) => Automation {
  const { enabled } = parseBody(automationPatchSchema, body)
  return (was) => ({ ...was, enabled, updated: formatInstant(now) })
}

const named = (draft: Draft, { newId }: AutomationContext) => ({
  ...draft,
  trigger: withNewIds(draft.trigger, newId),
})

function checkDraft(draft: Draft, { templates }: AutomationContext): void {
  const faults = (['actions', 'actions_on_trigger', 'actions_on_resolve'] as const).flatMap((key) =>
    draft[key].flatMap((action, i) => templateFaults(action, ['body', key, i], templates)),
  )
  if (faults.length > 0) throw invalid(faults)
  checkSize(draft)
  refuseLoops(draft)
}

/** Before reading, so that a body of megabytes costs little; and after, since defaults make it grow. */
function checkSize(automation: unknown): void {
  if (isTooDeep(automation)) return // parseBody refuses it, JSON.stringify would overflow
  const bytes = Buffer.byteLength(JSON.stringify(automation) ?? '')
  if (bytes <= AUTOMATION_BYTES_MAX) return
  throw refusedAsAWhole(`An automation has at most ${AUTOMATION_BYTES_MAX} bytes, not ${bytes}`)
}

function templateFaults(action: Action, loc: Fault['loc'], checks: TemplateChecks): Fault[] {
  const faults: Fault[] = []
  for (const [field, text] of Object.entries(templatesOf(action))) {
    const wrong = checks.template(text)
    if (wrong === null) continue
    const msg = `Value error, '${field}' is not a valid template: ${wrong}`
    faults.push({ loc: [...loc, ...field.split('.')], type: 'value_error', msg })
  }
  const [field, values] = hydratedOf(action)
  const wrong = values ? checks.parameters(values) : []
  const msg = `Value error, Invalid ${field}: \n${wrong.join('\n')}`
  if (wrong.length > 0) faults.push({ loc: [...loc, field], type: 'value_error', msg })
  return faults
}

const refusedAsAWhole = (message: string) =>
  invalid([{ loc: ['body'], type: 'value_error', msg: `Value error, ${message}` }])

/** States that every run of a deployment goes through: reacting to one by running a deployment goes on forever. */
const LOOPING_EVENTS = [
  'prefect.flow-run.Scheduled',
  'prefect.flow-run.Pending',
  'prefect.flow-run.Running',
  'prefect.flow-run.*',
]

/**
 * Refuse the loops that can be seen when saving, those and only those that Prefect refuses: an enabled reactive event
 * trigger on such an event, and an inferred deployment, or a selected one when no label narrows the runs down.
 */
function refuseLoops({ enabled, trigger, actions }: Draft): void {
  if (!enabled || trigger.type !== 'event' || trigger.posture !== 'Reactive') return
  if (!trigger.expect.some((name) => LOOPING_EVENTS.includes(name))) return
  for (const action of actions) {
    if (action.type !== 'run-deployment') continue
    if (action.source === 'inferred') {
      throw refusedAsAWhole(
        'Running an inferred deployment from a flow run state change event will lead to an infinite loop of ' +
          'flow runs. Choose a specific deployment, and narrow `match` or `match_related` down.',
      )
    }
    if (coversAllRuns(trigger)) {
      throw refusedAsAWhole(
        'Running a selected deployment from a flow run state change event may lead to an infinite loop of flow ' +
          'runs. Narrow `match` or `match_related` down so that runs of that deployment are left out.',
      )
    }
  }
}

function coversAllRuns({
  match,
  match_related,
}: Extract<TriggerDraft, { type: 'event' }>): boolean {
  const related = Array.isArray(match_related) ? match_related : [match_related]
  return isOfAllRuns(match) && related.some(isOfAllRuns)
}

function isOfAllRuns(specification: ResourceSpecification): boolean {
  const labels = Object.keys(specification)
  if (labels.length === 0) return true
  const ids = labels.length === 1 ? (specification['prefect.resource.id'] ?? []) : []
  return [ids].flat().includes('prefect.flow-run.*')
}
