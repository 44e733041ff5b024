// What a project wants against what is there: a list of changes. Things are known by their names, so
// making a plan twice leaves nothing to do. What the project does not name is not touched.
import type { Client } from '../sdk/client.ts'
import { differences, sameKeys } from './difference.ts'
import { planAutomation } from './plan-automation.ts'
import type { ChangedTrigger } from './plan-backtest.ts'
import type { Change } from './plan-change.ts'
import { planDeployment } from './plan-deployment.ts'
import { planWorkPool } from './plan-work-pool.ts'
import type { Project } from './project.ts'
import type { VariableDefinition, WebhookDefinition } from './project-schema.ts'

/**
 * In the order in which one refers to another: automations come last.
 * @throws CommandError with file and line where something cannot be
 */
export async function planProject(client: Client, project: Project): Promise<Change[]> {
  const changes: Change[] = []
  for (const definition of project.variables) changes.push(await planVariable(client, definition))
  for (const definition of project.workPools) changes.push(await planWorkPool(client, definition))
  for (const [i] of project.deployments.entries()) {
    changes.push(await planDeployment(client, project, i))
  }
  for (const definition of project.webhooks) changes.push(await planWebhook(client, definition))
  for (const [i] of project.automations.entries()) {
    changes.push(await planAutomation(client, project, i))
  }
  return changes
}

async function planVariable(client: Client, definition: VariableDefinition): Promise<Change> {
  const { name, ...settings } = definition
  const known = await client.variables.byName(name)
  const found = differences(known ? sameKeys({ ...known }, settings) : {}, settings)
  return {
    kind: 'variable',
    name,
    action: !known ? 'create' : found.length === 0 ? 'none' : 'update',
    differences: found,
    triggers: [],
    async make() {
      if (!known) return (await client.variables.create({ name, ...settings })).id
      await client.variables.update(name, settings)
      return known.id
    },
  }
}

/** Secrets are never shown again, so a changed secret alone is no difference that can be seen. */
async function planWebhook(client: Client, definition: WebhookDefinition): Promise<Change> {
  const { name, signature, ...rest } = definition
  const settings = { ...rest, description: rest.description ?? '' }
  const [known] = await client.webhooks.filter({ webhooks: { name: { any_: [name] } } })
  const change = { kind: 'webhook', name, triggers: [] as ChangedTrigger[] } as const
  if (!known) {
    const make = async () => (await client.webhooks.create(definition as { name: string })).id
    return { ...change, action: 'create', differences: differences({}, settings), make }
  }
  const found = differences(sameKeys({ ...known }, settings), settings)
  if (signature) {
    const { secret, ...shown } = signature
    const now = sameKeys({ ...known.signature }, shown)
    found.push(...differences(now, shown, 'signature'))
  }
  return {
    ...change,
    action: found.length === 0 ? 'none' : 'update',
    differences: found,
    async make() {
      await client.webhooks.update(known.id, { ...settings, ...(signature && { signature }) })
      return known.id
    },
  }
}
