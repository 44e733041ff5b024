// Automations in files of their own, as bodies for the API: what `automation create -f` takes, and the automations of a project file,
// with durations as people write them.

import type { Automation } from '../core/automation.ts'
import { triggerSchema as apiTriggerSchema } from '../core/trigger-schema.ts'
import type { Client } from '../sdk/client.ts'
import { type AutomationBody, triggerBody } from '../sdk/triggers.ts'
import { type Path, readDocument, type SourceDocument } from './document.ts'
import { usage } from './errors.ts'
import { isObject, readText } from './input.ts'
import { triggerSchema } from './project-schema.ts'
import type { Terminal } from './terminal.ts'

/** Stands for the id of a deployment that is only named. */
const SOME_DEPLOYMENT = '00000000-0000-0000-0000-000000000000'

const LISTS = ['actions', 'actions_on_trigger', 'actions_on_resolve'] as const

/** An automation as a file has it, and where. */
interface Placed {
  path: Path
  automation: Record<string, unknown>
}

/** The automations of a document: one, a list, or those under `automations:`; none where something else is among them. */
export function automationsOf({ value }: SourceDocument): Placed[] {
  const isUnder = isObject(value) && Array.isArray(value.automations)
  const inside = isUnder ? value.automations : value
  const found = (Array.isArray(inside) ? inside : [inside]).filter(isObject)
  if (Array.isArray(inside) && found.length < inside.length) return []
  return found.map((automation, i) => ({
    path: [...(isUnder ? ['automations'] : []), ...(Array.isArray(inside) ? [i] : [])],
    automation: { ...automation, trigger: triggerOf(automation.trigger) },
  }))
}

/**
 * The automations of a file, with what it may leave out where nothing is saved.
 * @throws CommandError when it holds none
 */
export function automationBodies(terminal: Pick<Terminal, 'cwd'>, path: string): AutomationBody[] {
  const found = automationsOf(readDocument(path, readText(terminal, path)))
  if (found.length === 0) throw usage(`${path} holds no automation`)
  return found.map(({ automation }) => bodyOf(automation))
}

function bodyOf(automation: Record<string, unknown>): AutomationBody {
  const body: Record<string, unknown> = { name: 'unnamed', actions: [], ...automation }
  for (const list of LISTS) {
    if (Array.isArray(body[list])) body[list] = body[list].map(actionBody)
  }
  return body as unknown as AutomationBody
}

/** A trigger as the API takes it; what it would refuse is read as in project files. */
function triggerOf(trigger: unknown): unknown {
  if (apiTriggerSchema.safeParse(trigger).success) return trigger
  const lenient = triggerSchema.safeParse(trigger)
  return lenient.success ? triggerBody(lenient.data) : trigger
}

/** Where a trigger has a key that nobody reads, which the API, as Prefect's, passes over: probably a misspelt one. */
export function unreadKey(trigger: unknown): Path | null {
  const issues = triggerSchema.safeParse(withoutIds(trigger)).error?.issues ?? []
  const issue = issues.find(({ code }) => code === 'unrecognized_keys')
  return issue?.code === 'unrecognized_keys' ? [...(issue.path as Path), issue.keys[0] ?? ''] : null
}

/** Those that a server has given; `inspect` prints them. */
function withoutIds(trigger: unknown): unknown {
  if (!isObject(trigger)) return trigger
  const { id, triggers, ...rest } = trigger
  return { ...rest, ...(Array.isArray(triggers) && { triggers: triggers.map(withoutIds) }) }
}

/** What the file calls `deployment: flow/name` gets an id in its place: that of `withDeployments`, or one that nothing has. */
function actionBody(action: unknown): unknown {
  return isObject(action) && typeof action.deployment === 'string'
    ? { deployment_id: SOME_DEPLOYMENT, ...action }
    : action
}

/** The automation with the ids of the deployments that it names, as far as they are there. */
export async function withDeployments(
  client: Client,
  body: AutomationBody,
): Promise<AutomationBody> {
  const next: AutomationBody = { ...body }
  for (const list of LISTS) {
    const actions = body[list]
    if (!actions) continue
    next[list] = await Promise.all(
      actions.map(async ({ deployment, ...action }) => {
        const [flow = '', name = ''] = String(deployment ?? '').split('/')
        const found = name === '' ? null : await client.deployments.byName(flow, name)
        return found ? { ...action, deployment_id: found.id } : action
      }),
    )
  }
  return next
}

/** The saved automation of a name; null when there is none. */
export async function automationNamed(client: Client, name: string): Promise<Automation | null> {
  const [found] = await client.automations.filter({ automations: { name: { any_: [name] } } })
  return found ?? null
}
