// One deployment of a project, with its triggers, against the one of its flow and name. Triggers
// are automations that the deployment owns; if one of them differs all are made anew, as Prefect's
// deploy does. Which it had is kept in a label, because the API does not tell who owns what.

import type { Deployment } from '../core/deployment.ts'
import { scheduleCreateSchema } from '../core/deployment-schema.ts'
import type { Client } from '../sdk/client.ts'
import { type AutomationBody, automationOf, ownerOf, scheduleBody } from '../sdk/triggers.ts'
import type { NewDeployment } from '../sdk/wire.ts'
import { type Difference, differences, sameKeys } from './difference.ts'
import { isRunnable, loadFlow, splitEntrypoint } from './entrypoint.ts'
import type { Change } from './plan.ts'
import { normalized, shape } from './plan-automation.ts'
import type { ChangedTrigger } from './plan-backtest.ts'
import type { Project } from './project.ts'
import type { DeploymentDefinition } from './project-schema.ts'

/** The label that has the names of a deployment's triggers, as JSON. */
const TRIGGERS_LABEL = 'tripline.triggers'

/** Stands for the id of a deployment that is not there yet. */
const NOT_YET = '00000000-0000-0000-0000-000000000000'

/** @throws CommandError with file and line for what the server would refuse */
export async function planDeployment(
  client: Client,
  project: Project,
  index: number,
): Promise<Change> {
  const definition = project.deployments[index] as DeploymentDefinition
  const { flow, schema } = await flowOf(project.root, definition)
  const known = await client.deployments.byName(flow, definition.name)
  const body = bodyOf(definition, schema)
  const triggers = await triggersThere(client, project, index, known)
  const found = [
    ...differences(known ? shapeOf(known, body) : {}, comparable(body)),
    ...triggers.flatMap((trigger) => trigger.differences),
  ]
  return {
    kind: 'deployment',
    name: `${flow}/${definition.name}`,
    action: !known ? 'create' : found.length === 0 ? 'none' : 'update',
    differences: found,
    triggers: triggers.flatMap(({ changed }) => changed ?? []),
    make: () => make(client, flow, definition, body),
  }
}

async function make(
  client: Client,
  flow: string,
  definition: DeploymentDefinition,
  body: Omit<NewDeployment, 'name' | 'flow_id'>,
): Promise<string> {
  const { name } = definition
  const { id: flowId } = await client.flows.create(flow)
  const names = JSON.stringify(triggersOf(definition, NOT_YET).map((trigger) => trigger.name))
  const labels = { [TRIGGERS_LABEL]: names }
  const { id } = await client.deployments.create({ name, flow_id: flowId, ...body, labels })
  await client.automations.deleteOwnedBy(ownerOf(id))
  for (const automation of triggersOf(definition, id)) await client.automations.create(automation)
  return id
}

const triggersOf = ({ name, triggers = [] }: DeploymentDefinition, id: string): AutomationBody[] =>
  triggers.map((trigger, i) => automationOf(trigger, { id, name }, i + 1))

/** The flow's name and the schema of its parameters; of a flow that does not run here, its name. */
async function flowOf(
  root: string,
  { entrypoint, flow_name: said }: DeploymentDefinition,
): Promise<{ flow: string; schema: Record<string, unknown> | null }> {
  if (isRunnable(entrypoint)) {
    const flow = await loadFlow(root, entrypoint)
    return { flow: flow.name, schema: flow.toDeployment({ name: '' }).parameterSchema }
  }
  const { name } = splitEntrypoint(entrypoint)
  return { flow: said ?? (name ?? '').replaceAll('_', '-'), schema: null }
}

/** Everything that a project can say of a deployment; what it does not say is emptied. */
function bodyOf(
  definition: DeploymentDefinition,
  schema: Record<string, unknown> | null,
): Omit<NewDeployment, 'name' | 'flow_id'> {
  const { work_pool: pool, paused, schedule, schedules } = definition
  const all = schedules ?? (schedule ? [schedule] : [])
  return {
    entrypoint: definition.entrypoint,
    version: definition.version ?? null,
    description: definition.description ?? null,
    tags: definition.tags ?? [],
    parameters: definition.parameters ?? {},
    enforce_parameter_schema: definition.enforce_parameter_schema ?? schema !== null,
    ...(schema && { parameter_openapi_schema: schema }),
    concurrency_limit: definition.concurrency_limit ?? null,
    ...(paused !== undefined && { paused }),
    work_pool_name: pool?.name ?? null,
    ...(pool?.work_queue_name !== undefined && { work_queue_name: pool.work_queue_name }),
    job_variables: pool?.job_variables ?? {},
    schedules: all.map((one) => scheduleBody(one)),
  }
}

/** The body with its schedules as the server will have them. */
const comparable = (body: Omit<NewDeployment, 'name' | 'flow_id'>) => ({
  ...body,
  schedules: (body.schedules ?? []).map((one) => {
    const { replaces, ...schedule } = scheduleCreateSchema.parse(one)
    return schedule
  }),
})

/** What the server has, in the form of `comparable`: the keys that the project speaks of. */
function shapeOf(
  known: Deployment & { global_concurrency_limit?: { limit: number } | null },
  body: Omit<NewDeployment, 'name' | 'flow_id'>,
): Record<string, unknown> {
  const wanted = comparable(body)
  return {
    ...sameKeys({ ...known }, wanted),
    concurrency_limit: known.global_concurrency_limit?.limit ?? known.concurrency_limit,
    schedules: known.schedules.map((schedule, i) => {
      const { schedule: form, ...like } = wanted.schedules[i] ?? schedule
      return {
        ...sameKeys({ ...schedule }, like),
        schedule: sameKeys({ ...schedule.schedule }, { ...form }), // an anchor nobody named is no difference
      }
    }),
  }
}

/** A trigger of the deployment beside the one of its name, or one that is gone. */
interface TriggerThere {
  differences: Difference[]
  changed: ChangedTrigger | null
}

async function triggersThere(
  client: Client,
  project: Project,
  index: number,
  known: Deployment | null,
): Promise<TriggerThere[]> {
  const definition = project.deployments[index] as DeploymentDefinition
  const wanted = triggersOf(definition, known?.id ?? NOT_YET)
  const related = known ? await client.automations.relatedTo(ownerOf(known.id)) : []
  const present = new Map(related.map((automation) => [automation.name, automation]))
  const there = wanted.map((body, i): TriggerThere => {
    const was = present.get(body.name)
    const next = normalized(project.source, ['deployments', index, 'triggers', i], body)
    const path = `triggers.${body.name}`
    const found = differences(was ? shape(was) : undefined, next, path)
    const isChanged = found.some(
      (one) => one.path === path || one.path.startsWith(`${path}.trigger`),
    )
    return {
      differences: found,
      changed: isChanged ? { body, replaces: was?.id ?? null } : null,
    }
  })
  const names = new Set(wanted.map(({ name }) => name))
  const gone = formerTriggers(known, definition.name, [...present.keys()])
    .filter((name) => !names.has(name))
    .map((name): TriggerThere => {
      const gone = { path: `triggers.${name}`, from: present.get(name)?.name, to: undefined }
      return { differences: [gone], changed: null }
    })
  return [...there, ...gone]
}

/** Triggers that were the deployment's: those of its label, and those with a name only triggers have. */
function formerTriggers(known: Deployment | null, name: string, present: string[]): string[] {
  const label = known?.labels[TRIGGERS_LABEL]
  const labelled = typeof label === 'string' ? (JSON.parse(label) as string[]) : []
  const prefix = `${name}__automation_`
  const isUnnamed = (one: string) =>
    one.startsWith(prefix) && /^\d+$/.test(one.slice(prefix.length))
  return present.filter((one) => labelled.includes(one) || isUnnamed(one))
}
