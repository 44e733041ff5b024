// Place: where a deployment's or a run's work waits, by the names of a pool and a queue.
import { type WorkQueue, workQueueId } from '../core/deployment.ts'
import { Refusal } from '../core/errors.ts'
import type { Services, Stored } from '../core/ports.ts'
import type { RunQueue } from '../core/run-creation.ts'
import { formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'

/** Waiting nowhere in particular: whoever serves the deployment asks for its runs. */
const NOWHERE: RunQueue = {
  work_pool_id: null,
  work_pool_name: null,
  work_queue_id: null,
  work_queue_name: null,
}

export const noPool = (name: string) => new Refusal(404, `Work pool "${name}" not found.`)

/** The queue every pool has. */
export const DEFAULT_QUEUE = 'default'

/**
 * A queue of a pool, its default one unless another is named, made if the pool has none of that name. Without a pool nowhere.
 * @throws Refusal 404 when there is no such pool
 */
export const place =
  ({ workPools, clock }: Pick<Services, 'workPools' | 'clock'>) =>
  async (
    workspace: Workspace,
    poolName: string | null | undefined,
    queueName: string | null | undefined,
  ): Promise<RunQueue> => {
    if (!poolName) return { ...NOWHERE, work_queue_name: queueName ?? null }
    const pool = (await workPools.get(workspace, poolName))?.value
    if (!pool) throw noPool(poolName)
    const name = queueName ?? DEFAULT_QUEUE
    const known = await workPools.queue(workspace, poolName, name)
    const queue =
      known?.value ??
      newQueue(
        pool,
        { name },
        formatInstant(clock.now()),
        await workPools.queues(workspace, poolName),
      )
    if (!known) await workPools.createQueue(workspace, queue)
    return {
      work_pool_id: pool.id,
      work_pool_name: pool.name,
      work_queue_id: queue.id,
      work_queue_name: queue.name,
    }
  }

/** A queue that nobody has polled yet, beside the others of its pool. */
export const newQueue = (
  pool: { id: string; name: string },
  given: Partial<WorkQueue> & { name: string },
  now: string,
  others: Stored<WorkQueue>[] = [],
): WorkQueue => ({
  description: '',
  is_paused: false,
  concurrency_limit: null,
  priority: 1,
  filter: null,
  ...given,
  id: freeId(pool.id, given.name, others),
  created: now,
  updated: now,
  work_pool_id: pool.id,
  work_pool_name: pool.name,
  last_polled: null,
  status: given.is_paused ? 'PAUSED' : 'NOT_READY',
})

/** The id that the name makes; another when a queue has it that had the name before. */
function freeId(poolId: string, name: string, others: Stored<WorkQueue>[]): string {
  const id = workQueueId(poolId, name)
  return others.some(({ value }) => value.id === id) ? freeId(poolId, id, others) : id
}
