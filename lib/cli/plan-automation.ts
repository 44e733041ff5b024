// One automation of a project against the one of its name. Both are read by the core's own schema,
// so whatever the server would fill in is no difference, and what it would refuse is told before.
import { type Automation, automationUpdateSchema } from '../core/automation.ts'
import { Refusal } from '../core/errors.ts'
import { parseBody } from '../core/schema.ts'
import type { Trigger } from '../core/trigger.ts'
import type { Client } from '../sdk/client.ts'
import { type AutomationBody, triggerBody } from '../sdk/triggers.ts'
import { automationNamed } from './automation-file.ts'
import { differences } from './difference.ts'
import type { Path, SourceDocument } from './document.ts'
import type { Change } from './plan.ts'
import type { Project } from './project.ts'
import type { ActionDefinition, AutomationDefinition } from './project-schema.ts'

/** Stands for the id of a deployment that the same plan is going to make. */
const NOT_YET = '00000000-0000-0000-0000-000000000000'

const LISTS = ['actions', 'actions_on_trigger', 'actions_on_resolve'] as const

/** @throws CommandError with file and line for what the server would refuse */
export async function planAutomation(
  client: Client,
  project: Project,
  index: number,
): Promise<Change> {
  const definition = project.automations[index] as AutomationDefinition
  const { name } = definition
  const path = ['automations', index]
  const known = await automationNamed(client, name)
  const body = await bodyOf(client, project, definition, path)
  const wanted = normalized(project.source, path, body)
  const found = differences(known ? shape(known) : {}, wanted)
  return {
    kind: 'automation',
    name,
    action: !known ? 'create' : found.length === 0 ? 'none' : 'update',
    differences: found,
    triggers:
      !known || found.some(({ path }) => path.startsWith('trigger'))
        ? [{ body, replaces: known?.id ?? null }]
        : [],
    async make() {
      const body = await bodyOf(client, project, definition, path) // deployments are there by now
      if (!known) return (await client.automations.create(body)).id
      await client.automations.update(known.id, body)
      return known.id
    },
  }
}

async function bodyOf(
  client: Client,
  project: Project,
  definition: AutomationDefinition,
  path: Path,
): Promise<AutomationBody> {
  const body: AutomationBody = {
    ...definition,
    trigger: triggerBody(definition.trigger),
    actions: [],
  }
  for (const key of LISTS) {
    const actions = definition[key]
    if (!actions) continue
    body[key] = await Promise.all(
      actions.map((action, i) => actionBody(client, project, action, [...path, key, i])),
    )
  }
  return body
}

/** An action with the id of the deployment that it names. */
async function actionBody(
  client: Client,
  { source, deployments }: Project,
  { deployment, ...action }: ActionDefinition,
  path: Path,
): Promise<AutomationBody['actions'][number]> {
  if (deployment === undefined) return action
  const [flow = '', name = ''] = deployment.split('/')
  const found = await client.deployments.byName(flow, name)
  if (found) return { ...action, deployment_id: found.id }
  if (deployments.some((one) => one.name === name)) return { ...action, deployment_id: NOT_YET }
  throw source.fault(
    [...path, 'deployment'],
    `there is no deployment '${deployment}', here or on the server`,
    '`tripline deployment ls` lists those that are there.',
  )
}

type Comparable = Omit<Automation, 'id' | 'created' | 'updated' | 'trigger'> & { trigger: unknown }

/**
 * What the server would make of a body.
 * @throws CommandError with file, line and path of the first fault
 */
export function normalized(
  source: SourceDocument,
  path: Path,
  { owner_resource, ...body }: AutomationBody,
): Comparable {
  try {
    const draft = parseBody(automationUpdateSchema, body)
    return { ...draft, trigger: withoutIds(draft.trigger as Trigger) } as Comparable
  } catch (error) {
    const [fault] = error instanceof Refusal ? error.faults : []
    if (!fault) throw error
    throw source.fault([...path, ...fault.loc.slice(1)], fault.msg)
  }
}

/** An automation of the server's in the form of `normalized`. */
export function shape({ id, created, updated, trigger, ...rest }: Automation): Comparable {
  return { ...rest, trigger: withoutIds(trigger) }
}

function withoutIds({ id, ...trigger }: Trigger): object {
  if (!('triggers' in trigger)) return trigger
  return { ...trigger, triggers: trigger.triggers.map(withoutIds) }
}
