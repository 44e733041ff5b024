// One deployment of a project, with its triggers, against the one of its flow and name. Triggers
// are automations that the deployment owns; if one of them differs all are made anew, as Prefect's
// deploy does, and after all deployments, because they may name others.
import type { Deployment } from '../core/deployment.ts'
import { scheduleCreateSchema } from '../core/deployment-schema.ts'
import { NOT_YET } from '../core/ids.ts'
import type { Client } from '../sdk/client.ts'
import { scheduleBody } from '../sdk/schedule.ts'
import { type AutomationBody, automationOf, ownerOf } from '../sdk/triggers.ts'
import type { NewDeployment } from '../sdk/wire.ts'
import { type Difference, differences, sameKeys } from './difference.ts'
import { isRunnable, loadFlow, splitEntrypoint } from './entrypoint.ts'
import { triggersOwnedBy } from './owned-triggers.ts'
import { normalized, shape } from './plan-automation.ts'
import type { ChangedTrigger } from './plan-backtest.ts'
import type { Change } from './plan-change.ts'
import type { Project } from './project.ts'
import type { DeploymentDefinition } from './project-schema.ts'
import { finding, withIds } from './references.ts'

/** @throws CommandError with file and line for what the server would refuse */
export async function planDeployment(
  client: Client,
  project: Project,
  index: number,
): Promise<Change> {
  const definition = project.deployments[index] as DeploymentDefinition
  const { flow, schema } = await flowOf(project.root, definition)
  const known = await client.deployments.byName(flow, definition.name)
  const body = bodyOf(project, definition, schema)
  const triggers = await triggersThere(client, project, index, known)
  const found = [
    ...differences(known ? shapeOf(known, body) : {}, comparable(body)),
    ...triggers.flatMap((trigger) => trigger.differences),
  ]
  let id = known?.id ?? NOT_YET
  return {
    kind: 'deployment',
    name: `${flow}/${definition.name}`,
    action: !known ? 'create' : found.length === 0 ? 'none' : 'update',
    differences: found,
    triggers: triggers.flatMap(({ changed }) => changed ?? []),
    async make() {
      const { id: flowId } = await client.flows.create(flow)
      const made = { name: definition.name, flow_id: flowId, ...body }
      id = (await client.deployments.create(made)).id
      return id
    },
    async settle() {
      const wanted = await triggersOf(client, project, index, { id, isMade: true })
      await client.automations.deleteOwnedBy(ownerOf(id))
      for (const automation of wanted) await client.automations.create(automation)
    },
  }
}

/** Its triggers as automations, with ids for what they name. */
async function triggersOf(
  client: Client,
  project: Project,
  index: number,
  { id, isMade }: { id: string; isMade: boolean },
): Promise<AutomationBody[]> {
  const { name, triggers = [] } = project.deployments[index] as DeploymentDefinition
  const bodies = triggers.map((trigger, i) => automationOf(trigger, { id, name }, i + 1))
  return Promise.all(
    bodies.map((body, i) => {
      const path = ['deployments', index, 'triggers', i]
      return withIds(body, finding(client, project, path, isMade))
    }),
  )
}

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
  { pull }: Pick<Project, 'pull'>,
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
    ...(schema ? { parameter_openapi_schema: schema } : { pull_steps: definition.pull ?? pull }),
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
  const { name } = project.deployments[index] as DeploymentDefinition
  const wanted = await triggersOf(client, project, index, {
    id: known?.id ?? NOT_YET,
    isMade: false,
  })
  const owned = known ? await triggersOwnedBy(client, { id: known.id, name }) : []
  const present = new Map(owned.map((automation) => [automation.name, automation]))
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
  const gone = [...present.keys()]
    .filter((former) => !names.has(former))
    .map((former): TriggerThere => {
      const difference = { path: `triggers.${former}`, from: former, to: undefined }
      return { differences: [difference], changed: null }
    })
  return [...there, ...gone]
}
