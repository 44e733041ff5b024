// What `tripline migrate` reads of a server: everything that a project file can describe, and the names of what has an id there.
import type { Automation } from '../core/automation.ts'
import type { Deployment, WorkPool, WorkQueue } from '../core/deployment.ts'
import type { Variable } from '../core/variable.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import type { Client } from '../sdk/client.ts'
import { ApiError } from '../sdk/http.ts'
import { triggersOwnedBy } from './owned-triggers.ts'
import type { Kind, Names } from './references.ts'

/** Objects of one answer of the server. */
const PAGE = 200

export interface Found {
  variables: Variable[]
  workPools: { pool: WorkPool; queues: WorkQueue[] }[]
  deployments: { flow: string; deployment: MigratedDeployment; triggers: Automation[] }[]
  /** Those that are no deployment's triggers. */
  automations: Automation[]
  webhooks: Webhook[]
  names: Names
}

/** Prefect tells a limit beside the deployment that it belongs to. */
export type MigratedDeployment = Deployment & {
  global_concurrency_limit?: { limit: number } | null
}

export async function readServer(there: Client): Promise<Found> {
  const flows = await all((page) => there.flows.filter(page))
  const known: MigratedDeployment[] = await all((page) => there.deployments.filter(page))
  const pools = await all((page) => there.workPools.filter(page))
  const automations = await all((page) => there.automations.filter(page))
  const flowName = (id: string) => flows.find((flow) => flow.id === id)?.name ?? '?'
  const deployments = []
  for (const deployment of known) {
    const triggers = await triggersOwnedBy(there, deployment)
    deployments.push({ flow: flowName(deployment.flow_id), deployment, triggers })
  }
  const workPools = []
  for (const pool of pools) {
    workPools.push({ pool, queues: await there.workQueues.list(pool.name) })
  }
  const owned = new Set(deployments.flatMap(({ triggers }) => triggers.map(({ id }) => id)))
  const blocks = await there.blocks.filter()
  return {
    variables: await all((page) => there.variables.filter(page)),
    workPools,
    deployments,
    automations: automations.filter(({ id }) => !owned.has(id)),
    webhooks: await orNone(there.webhooks.filter()),
    names: namesOf([
      ...flows.map((flow) => ['flow', flow.id, flow.name] as const),
      ...known.map(
        ({ id, flow_id, name }) => ['deployment', id, `${flowName(flow_id)}/${name}`] as const,
      ),
      ...pools.map(({ id, name }) => ['work_pool', id, name] as const),
      ...workPools.flatMap(({ pool, queues }) =>
        queues.map(({ id, name }) => ['work_queue', id, `${pool.name}/${name}`] as const),
      ),
      ...automations.map(({ id, name }) => ['automation', id, name] as const),
      ...blocks.map(
        ({ id, name, block_type }) => ['block', id, `${block_type.slug}/${name}`] as const,
      ),
    ]),
  }
}

function namesOf(named: (readonly [kind: Kind, id: string, name: string])[]): Names {
  const names = new Map(named.map(([kind, id, name]) => [`${kind} ${id}`, name]))
  return (kind, id) => names.get(`${kind} ${id}`)
}

async function all<T>(
  list: (page: { limit: number; offset: number }) => Promise<T[]>,
): Promise<T[]> {
  const found: T[] = []
  for (;;) {
    const page = await list({ limit: PAGE, offset: found.length })
    found.push(...page)
    if (page.length < PAGE) return found
  }
}

/** Webhooks are Cloud's: a server of one's own has none. */
async function orNone(webhooks: Promise<Webhook[]>): Promise<Webhook[]> {
  try {
    return await webhooks
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return []
    throw error
  }
}
