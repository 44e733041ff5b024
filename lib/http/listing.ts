// Listings across kinds: Prefect's listings take filters of flows, deployments, runs and pools together, whatever they list.
import { z } from 'zod'
import type { Asked } from '../core/criteria.ts'
import type { Deployment, Flow } from '../core/deployment.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import {
  deploymentFilter,
  flowFilter,
  runFilter,
  workPoolFilter,
  workQueueFilter,
} from '../core/run-filter.ts'
import { subflowOf } from '../core/task-run.ts'
import type { Workspace } from '../core/workspace.ts'

type Uses = Pick<Services, 'flows' | 'deployments' | 'runs' | 'workPools'>

/** The filters of a listing's body. By task runs nothing is narrowed down. */
export const filterFields = {
  flows: flowFilter.schema,
  flow_runs: runFilter.schema,
  deployments: deploymentFilter.schema,
  work_pools: workPoolFilter.schema,
  work_pool_queues: workQueueFilter.schema,
  task_runs: z.unknown().optional(),
}

export interface Filters {
  flows?: Asked | null | undefined
  flow_runs?: Asked | null | undefined
  deployments?: Asked | null | undefined
  work_pools?: Asked | null | undefined
  work_pool_queues?: Asked | null | undefined
}

/** Runs of the whole workspace that a listing looks at, newest first, when no flow, deployment or id narrows it down. */
const RUNS_LISTED_MAX = 2_000

export async function listFlows(
  services: Uses,
  workspace: Workspace,
  { flows: asked, deployments: ofDeployments }: Filters,
): Promise<Flow[]> {
  const [all, deployments] = await Promise.all([
    services.flows.list(workspace),
    services.deployments.list(workspace),
  ])
  const withDeployment = new Set(deployments.map(({ flow_id }) => flow_id))
  const names = new Map(all.map(({ id, name }) => [id, name]))
  const meant = deployments.filter((deployment) => {
    const flowName = names.get(deployment.flow_id) ?? ''
    return deploymentFilter.passes(ofDeployments, { deployment, flowName })
  })
  const ofMeant = new Set(meant.map(({ flow_id }) => flow_id))
  return all.filter(
    (flow) =>
      flowFilter.passes(asked, { flow, hasDeployment: withDeployment.has(flow.id) }) &&
      (!ofDeployments || ofMeant.has(flow.id)),
  )
}

export async function listDeployments(
  services: Uses,
  workspace: Workspace,
  asked: Filters,
): Promise<Deployment[]> {
  const [all, flows] = await Promise.all([
    services.deployments.list(workspace),
    listFlows(services, workspace, { flows: asked.flows }),
  ])
  const names = new Map(flows.map(({ id, name }) => [id, name]))
  const isInPool = await poolTest(services, workspace, asked)
  return all.filter((deployment) => {
    const flowName = names.get(deployment.flow_id)
    if (flowName === undefined && asked.flows) return false
    const listed = { deployment, flowName: flowName ?? '' }
    return deploymentFilter.passes(asked.deployments, listed) && isInPool(deployment)
  })
}

/** Runs that pass all filters, in no particular order. */
export async function listRuns(
  services: Uses,
  workspace: Workspace,
  asked: Filters,
): Promise<FlowRun[]> {
  const ids =
    idsAsked(asked.flow_runs, 'id') ?? (await subflowsAsked(services, workspace, asked.flow_runs))
  const meant = await meantBy(services, workspace, asked)
  const candidates = await services.runs.list(
    workspace,
    ids ? { ids } : meant.owners ? { owners: meant.owners } : { newest: RUNS_LISTED_MAX },
  )
  const isInPool = await poolTest(services, workspace, asked)
  return candidates.filter(
    (run) => runFilter.passes(asked.flow_runs, run) && meant.includes(run) && isInPool(run),
  )
}

/** Runs that pass all filters, counted; without reading them when only ids of deployments narrow them down. */
export async function countRuns(
  services: Uses,
  workspace: Workspace,
  asked: Filters,
): Promise<number> {
  const { deployments, ...others } = asked
  const narrowed = Object.values(others).some((filter) => filter)
  if (!narrowed) {
    if (!deployments) return services.runs.count(workspace, null)
    const ids = idsAsked(deployments, 'id')
    const asksMore = Object.keys(deployments).some((key) => key !== 'id' && key !== 'operator')
    if (ids && !asksMore) return services.runs.count(workspace, ids)
  }
  return (await listRuns(services, workspace, asked)).length
}

/** The ids that a filter names with nothing to fall back on, so that no others can pass; null when it names none. */
export function idsAsked(asked: Asked | null | undefined, field: string): string[] | null {
  const criterion = asked?.[field] as { any_?: string[] | null; operator?: string } | undefined
  const isStrict = asked?.operator === 'and_' && criterion?.operator === 'and_'
  return isStrict ? (criterion.any_ ?? null) : null
}

/** Runs of the subflows that named task runs stand for: a client looks for one before it starts it. */
async function subflowsAsked(
  { runs }: Uses,
  workspace: Workspace,
  asked: Asked | null | undefined,
): Promise<string[] | null> {
  const parents = idsAsked(asked, 'parent_task_run_id')
  if (!parents) return null
  const tasks = await Promise.all(parents.map((id) => runs.task(workspace, id)))
  return tasks.flatMap((task) => (task && subflowOf(task.value)) ?? [])
}

/** Whose runs flow and deployment filters mean: the owners to look under, and a test for what is found there. */
async function meantBy(services: Uses, workspace: Workspace, asked: Filters) {
  const named = idsAsked(asked.flow_runs, 'deployment_id')
  if (!asked.flows && !asked.deployments) return { owners: named, includes: () => true }
  const [flows, deployments] = await Promise.all([
    asked.flows ? listFlows(services, workspace, { flows: asked.flows }) : [],
    listDeployments(services, workspace, { deployments: asked.deployments }),
  ])
  const flowIds = new Set(flows.map(({ id }) => id))
  const ofFlows = deployments.filter(({ flow_id }) => !asked.flows || flowIds.has(flow_id))
  const deploymentIds = new Set(ofFlows.map(({ id }) => id))
  const owners = [...deploymentIds, ...(asked.deployments ? [] : flowIds)]
  return {
    owners,
    includes: (run: FlowRun) =>
      (!asked.flows || flowIds.has(run.flow_id)) &&
      (!asked.deployments || deploymentIds.has(run.deployment_id ?? '')),
  }
}

interface Pooled {
  work_pool_name: string | null
  work_queue_id: string | null
  work_queue_name: string | null
}

async function poolTest(
  { workPools }: Uses,
  workspace: Workspace,
  { work_pools: pools, work_pool_queues: queues }: Filters,
): Promise<(member: Pooled) => boolean> {
  if (!pools && !queues) return () => true
  const all = await workPools.list(workspace)
  const meant = all.filter((pool) => workPoolFilter.passes(pools, pool)).map(({ name }) => name)
  return ({ work_pool_name, work_queue_id, work_queue_name }) =>
    meant.includes(work_pool_name ?? '') &&
    workQueueFilter.passes(queues, { id: work_queue_id ?? '', name: work_queue_name ?? '' })
}
