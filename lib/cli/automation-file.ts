// Automations in files of their own, as bodies for the API: what `automation create -f` takes, and the automations of a project file,
// with durations as people write them.

import type { Automation } from '../core/automation.ts'
import { triggerSchema as apiTriggerSchema } from '../core/trigger-schema.ts'
import type { Client } from '../sdk/client.ts'
import { type AutomationBody, triggerBody } from '../sdk/triggers.ts'
import { usage } from './errors.ts'
import { isObject, readData } from './input.ts'
import { triggerSchema } from './project-schema.ts'
import type { Terminal } from './terminal.ts'

/** Stands for the id of a deployment that is only named. */
const SOME_DEPLOYMENT = '00000000-0000-0000-0000-000000000000'

const LISTS = ['actions', 'actions_on_trigger', 'actions_on_resolve'] as const

/**
 * The automations of a file: one, a list, or those under `automations:`.
 * @throws CommandError when it holds none
 */
export function automationBodies(terminal: Pick<Terminal, 'cwd'>, path: string): AutomationBody[] {
  const data = readData(terminal, path)
  const inside = isObject(data) && Array.isArray(data.automations) ? data.automations : data
  const found: unknown[] = Array.isArray(inside) ? inside : [inside]
  if (found.length === 0 || !found.every(isObject)) throw usage(`${path} holds no automation`)
  return found.map((automation) => bodyOf(automation))
}

function bodyOf({ trigger, ...rest }: Record<string, unknown>): AutomationBody {
  const body: Record<string, unknown> = { name: 'unnamed', actions: [], ...rest }
  for (const list of LISTS) {
    if (Array.isArray(body[list])) body[list] = body[list].map(actionBody)
  }
  return { ...body, trigger: triggerOf(trigger) } as unknown as AutomationBody
}

/** A trigger as the API takes it; what it would refuse is read as in project files. */
function triggerOf(trigger: unknown): unknown {
  if (apiTriggerSchema.safeParse(trigger).success) return trigger
  const lenient = triggerSchema.safeParse(trigger)
  return lenient.success ? triggerBody(lenient.data) : trigger
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
