// How routes find the work pool or the queue that they are about.
import type { WorkPool, WorkQueue } from '../../core/deployment.ts'
import { notFound } from '../../core/errors.ts'
import type { Services, Stored } from '../../core/ports.ts'
import type { Workspace } from '../../core/workspace.ts'
import { noPool } from '../../steps/place.ts'
import { type Call, idParam } from '../route.ts'

export type WorkPoolServices = Pick<
  Services,
  'workPools' | 'deployments' | 'runs' | 'clock' | 'ids'
>

type Uses = Pick<Services, 'workPools'>

/** The name of the pool in a path. */
export const poolName = (call: Call): string => call.params.pool ?? ''

/** @throws Refusal 404 when there is none */
export async function readPool(
  { workPools }: Uses,
  workspace: Workspace,
  name: string,
): Promise<WorkPool> {
  const found = await workPools.get(workspace, name)
  if (!found) throw noPool(name)
  return found.value
}

/** The queues of all pools of a workspace, in no particular order. */
export async function queuesOfAllPools(
  { workPools }: Uses,
  workspace: Workspace,
): Promise<Stored<WorkQueue>[]> {
  const pools = await workPools.list(workspace)
  return (await Promise.all(pools.map(({ name }) => workPools.queues(workspace, name)))).flat()
}

/** The queue in a path: by its name in a pool where the path has one, else by its id. */
export async function findQueue(services: Uses, call: Call): Promise<Stored<WorkQueue> | null> {
  if (call.params.pool !== undefined) {
    return services.workPools.queue(call.workspace, poolName(call), call.params.queue ?? '')
  }
  const id = idParam(call, 'queue')
  const all = await queuesOfAllPools(services, call.workspace)
  return all.find(({ value }) => value.id === id) ?? null
}

/** @throws Refusal 404 when there is none */
export async function readQueue(services: Uses, call: Call): Promise<WorkQueue> {
  const found = await findQueue(services, call)
  if (!found) throw notFound('Work queue')
  return found.value
}
