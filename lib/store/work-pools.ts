// Work pools, their queues and their workers. A pool and its default queue come into being together.
import type { Worker, WorkPool, WorkQueue } from '../core/deployment.ts'
import type { WorkPoolStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import type { Table } from './client.ts'
import { objectsOf } from './objects.ts'
import { keys, objectItem } from './table.ts'

export function workPoolStore(table: Table): WorkPoolStore {
  const pools = objectsOf<WorkPool>(table, KIND.workPool, keys.workPool, (pool) => pool.name)
  const queuesOf = (pool: string) =>
    objectsOf<WorkQueue>(
      table,
      KIND.workQueue,
      (workspace, name) => keys.workQueue(workspace, pool, name),
      (queue) => queue.name,
    )
  const workersOf = (pool: string) =>
    objectsOf<Worker>(
      table,
      KIND.worker,
      (workspace, name) => keys.worker(workspace, pool, name),
      (worker) => worker.name,
    )

  return {
    async create(workspace, pool, queue) {
      const failed = await table.transact([
        {
          put: objectItem(KIND.workPool, keys.workPool(workspace, pool.name), pool, 1),
          on: 'new',
        },
        {
          put: objectItem(
            KIND.workQueue,
            keys.workQueue(workspace, pool.name, queue.name),
            queue,
            1,
          ),
        },
      ])
      return failed.length === 0
    },
    get: pools.get,
    list: pools.list,
    replace: pools.replace,

    async delete(workspace, name) {
      const queues = queuesOf(name)
      for (const queue of await queues.list(workspace)) await queues.delete(workspace, queue.name)
      const workers = workersOf(name)
      for (const worker of await workers.list(workspace)) {
        await workers.delete(workspace, worker.name)
      }
      return pools.delete(workspace, name)
    },

    queues: (workspace, pool) => queuesOf(pool).listStored(workspace),
    queue: (workspace, pool, name) => queuesOf(pool).get(workspace, name),
    createQueue: (workspace, queue) => queuesOf(queue.work_pool_name).create(workspace, queue),
    replaceQueue: (workspace, next, was) =>
      queuesOf(was.value.work_pool_name).replace(workspace, next, was),
    deleteQueue: (workspace, pool, name) => queuesOf(pool).delete(workspace, name),

    workers: (workspace, pool) => workersOf(pool).list(workspace),
    async putWorker(workspace, pool, worker) {
      const key = keys.worker(workspace, pool, worker.name)
      await table.put(objectItem(KIND.worker, key, worker, 1))
    },
    deleteWorker: (workspace, pool, name) => workersOf(pool).delete(workspace, name),
  }
}
