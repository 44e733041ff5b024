// Where runs wait, and how many go on at once: work pools, their queues, and limits.
import type { ConcurrencyLimit } from '../core/concurrency-limit.ts'
import type { WorkPool, WorkQueue } from '../core/deployment.ts'
import type { FlowRun } from '../core/run.ts'
import { orNull, type Request } from './http.ts'
import type {
  Filter,
  NewConcurrencyLimit,
  NewWorkPool,
  NewWorkQueue,
  ShownWorker,
  WorkPoolChange,
} from './wire.ts'

/** Work pools by their names, with the workers that ask them for runs. */
export const workPools = (request: Request) => ({
  create: (pool: NewWorkPool) => request<WorkPool>('POST', '/work_pools/', pool),
  byName: (name: string) => orNull(request<WorkPool>('GET', poolPath(name))),
  filter: (filter: Filter = {}) => request<WorkPool[]>('POST', '/work_pools/filter', filter),
  update: (name: string, change: WorkPoolChange) => request<null>('PATCH', poolPath(name), change),
  delete: (name: string) => request<null>('DELETE', poolPath(name)),
  /** Runs that wait for a worker and are due before a moment, by their queues' priority. */
  scheduledRuns: (name: string, before: string, queues: string[] = []) =>
    request<{ flow_run: FlowRun }[]>('POST', `${poolPath(name)}/get_scheduled_flow_runs`, {
      scheduled_before: before,
      work_queue_names: queues,
    }),
  /** Says that a worker is there; one that is not heard of is OFFLINE. */
  heartbeat: (name: string, worker: string, intervalSeconds: number) =>
    request<null>('POST', `${poolPath(name)}/workers/heartbeat`, {
      name: worker,
      heartbeat_interval_seconds: intervalSeconds,
    }),
  workers: (name: string) => request<ShownWorker[]>('POST', `${poolPath(name)}/workers/filter`, {}),
})

/** Queues of a work pool, by the names of both. */
export const workQueues = (request: Request) => ({
  create: (pool: string, queue: NewWorkQueue) =>
    request<WorkQueue>('POST', `${poolPath(pool)}/queues`, queue),
  list: (pool: string) => request<WorkQueue[]>('POST', `${poolPath(pool)}/queues/filter`, {}),
  update: (pool: string, name: string, change: Partial<NewWorkQueue>) =>
    request<null>('PATCH', `${poolPath(pool)}/queues/${encodeURIComponent(name)}`, change),
  delete: (pool: string, name: string) =>
    request<null>('DELETE', `${poolPath(pool)}/queues/${encodeURIComponent(name)}`),
})

/** Limits on how much goes on at once, across runs; by id or name. */
export const concurrencyLimits = (request: Request) => ({
  create: (limit: NewConcurrencyLimit) =>
    request<ConcurrencyLimit>('POST', '/v2/concurrency_limits/', limit),
  get: (idOrName: string) => request<ConcurrencyLimit>('GET', limitPath(idOrName)),
  filter: (filter: Filter = {}) =>
    request<ConcurrencyLimit[]>('POST', '/v2/concurrency_limits/filter', filter),
  update: (idOrName: string, change: Partial<NewConcurrencyLimit>) =>
    request<null>('PATCH', limitPath(idOrName), change),
  delete: (idOrName: string) => request<null>('DELETE', limitPath(idOrName)),
})

const poolPath = (name: string) => `/work_pools/${encodeURIComponent(name)}`
const limitPath = (idOrName: string) => `/v2/concurrency_limits/${encodeURIComponent(idOrName)}`
