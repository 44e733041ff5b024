// Work pools (Prefect: server/api/workers.py): where runs wait for workers. Queues are in work-queues.ts.
import { z } from 'zod'
import {
  type WorkPool,
  withPause,
  workerId,
  workPoolId,
  workQueueId,
} from '../../core/deployment.ts'
import { objectName } from '../../core/deployment-schema.ts'
import { notFound, Refusal } from '../../core/errors.ts'
import { NAMED_ORDERS, pageFields, pageOf, pageSize } from '../../core/order.ts'
import type { Services, Workspace } from '../../core/ports.ts'
import { workPoolFilter } from '../../core/run-filter.ts'
import { boolean, dictionary, instant, integer, parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import { changePool } from '../../steps/pause.ts'
import { DEFAULT_QUEUE, newQueue, noPool } from '../../steps/place.ts'
import { pollWorkPool } from '../../steps/poll.ts'
import { runAnswer, workerAnswer, workPoolAnswer } from '../answers.ts'
import { type Call, created, noContent, ok, type Route } from '../route.ts'
import { workQueueStatusRoutes } from './work-queue-status.ts'
import { workQueueRoutes } from './work-queues.ts'

export type WorkPoolServices = Pick<
  Services,
  'workPools' | 'deployments' | 'runs' | 'clock' | 'ids'
>

const json = dictionary(z.unknown())
const limit = integer.pipe(z.number().min(0))

const NO_STORAGE = {
  bundle_upload_step: null,
  bundle_execution_step: null,
  default_result_storage_block_id: null,
}

const createSchema = z.strictObject({
  name: objectName,
  description: z.string().nullable().default(null),
  type: z.string().default('prefect-agent'),
  base_job_template: json.default({}),
  is_paused: boolean.default(false),
  concurrency_limit: limit.nullable().default(null),
  storage_configuration: json.nullish(),
})

/** What is left out stays; null empties. */
const updateSchema = z.strictObject({
  description: z.string().nullish(),
  is_paused: boolean.nullish(),
  base_job_template: json.nullish(),
  concurrency_limit: limit.nullish(),
  storage_configuration: json.nullish(),
})

const countSchema = z.object({ work_pools: workPoolFilter.schema })
const listingSchema = z.object({ ...countSchema.shape, ...pageFields })

const pollSchema = z.object({
  work_queue_names: z.array(z.string()).nullish(),
  scheduled_before: instant.nullish(),
  scheduled_after: instant.nullish(),
  limit: pageFields.limit,
})

const heartbeatSchema = z.object({
  name: objectName,
  heartbeat_interval_seconds: integer.nullable().default(null),
})

const statuses = z.array(z.enum(['ONLINE', 'OFFLINE'])).nullish()
const workersSchema = z.object({
  workers: z
    .object({ status: z.object({ any_: statuses, not_any_: statuses }).nullish() })
    .nullish(),
  ...pageFields,
})

export const workPoolRoutes = (services: WorkPoolServices): Route[] => [
  ...poolRoutes(services),
  ...workerRoutes(services),
  ...workQueueRoutes(services),
  ...workQueueStatusRoutes(services),
]

const poolName = (call: Call): string => call.params.pool ?? ''

/** @throws Refusal 404 when there is none */
export async function readPool(
  { workPools }: Pick<Services, 'workPools'>,
  workspace: Workspace,
  name: string,
): Promise<WorkPool> {
  const found = await workPools.get(workspace, name)
  if (!found) throw noPool(name)
  return found.value
}

function poolRoutes(services: WorkPoolServices): Route[] {
  const { workPools, clock } = services

  async function answer(workspace: Workspace, pool: WorkPool) {
    const workers = await workPools.workers(workspace, pool.name)
    return workPoolAnswer(pool, workers, clock.now())
  }

  async function list(call: Call, asked: z.output<typeof countSchema>): Promise<WorkPool[]> {
    const all = await workPools.list(call.workspace)
    return all.filter((pool) => workPoolFilter.passes(asked.work_pools, pool))
  }

  return [
    {
      method: 'POST',
      path: '/work_pools',
      summary: 'Create a work pool with its default queue',
      body: createSchema,
      answers: [201],
      async handle(call) {
        const { storage_configuration: storage, ...sent } = parseBody(
          createSchema,
          await call.body(),
        )
        const id = workPoolId(call.workspace, sent.name)
        const now = formatInstant(clock.now())
        const pool: WorkPool = {
          ...sent,
          id,
          created: now,
          updated: now,
          status: sent.is_paused ? 'PAUSED' : 'NOT_READY',
          status_since: null,
          default_queue_id: workQueueId(id, DEFAULT_QUEUE),
          storage_configuration: { ...NO_STORAGE, ...storage },
        }
        const description = "The work pool's default queue."
        const queue = newQueue(pool, { name: DEFAULT_QUEUE, description }, now)
        if (await workPools.create(call.workspace, pool, queue)) {
          return created(await answer(call.workspace, pool))
        }
        throw new Refusal(409, 'A work pool with this name already exists.')
      },
    },
    {
      method: 'POST',
      path: '/work_pools/filter',
      summary: 'Work pools that meet a filter, page by page',
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        const found = (await list(call, asked)).sort(NAMED_ORDERS.NAME_ASC)
        const page = pageOf(found, asked)
        return ok(await Promise.all(page.map((pool) => answer(call.workspace, pool))))
      },
    },
    {
      method: 'POST',
      path: '/work_pools/count',
      summary: 'The number of work pools that meet a filter',
      body: countSchema,
      async handle(call) {
        return ok((await list(call, parseBody(countSchema, (await call.body()) ?? {}))).length)
      },
    },
    {
      method: 'GET',
      path: '/work_pools/:pool',
      summary: 'A work pool',
      async handle(call) {
        const pool = await readPool(services, call.workspace, poolName(call))
        return ok(await answer(call.workspace, pool))
      },
    },
    {
      method: 'PATCH',
      path: '/work_pools/:pool',
      summary: 'Change some of a work pool',
      body: updateSchema,
      async handle(call) {
        const sent = parseBody(updateSchema, await call.body())
        await change(services, call.workspace, poolName(call), (was) => changed(was, sent))
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/work_pools/:pool',
      summary: 'Delete a work pool with its queues',
      async handle(call) {
        const deleted = await workPools.delete(call.workspace, poolName(call))
        if (!deleted) throw noPool(poolName(call))
        return noContent
      },
    },
    {
      method: 'POST',
      path: '/work_pools/:pool/get_scheduled_flow_runs',
      summary: 'Runs of a pool’s queues that are due; asking makes the queues ready',
      body: pollSchema,
      async handle(call) {
        const asked = parseBody(pollSchema, (await call.body()) ?? {})
        const pool = await readPool(services, call.workspace, poolName(call))
        if (pool.is_paused) return ok([])
        const found = await pollWorkPool(services)(
          call.workspace,
          pool,
          asked.work_queue_names ?? [],
          { before: asked.scheduled_before ?? null, limit: pageSize(asked) },
        )
        const after = asked.scheduled_after
        const runs = found.filter((run) => !after || (run.next_scheduled_start_time ?? '') >= after)
        return ok(
          runs.map((run) => ({
            work_pool_id: pool.id,
            work_queue_id: run.work_queue_id,
            flow_run: runAnswer(run, clock.now()),
          })),
        )
      },
    },
  ]
}

function changed(was: WorkPool, sent: z.output<typeof updateSchema>): WorkPool {
  const { description, concurrency_limit, is_paused, base_job_template } = sent
  return {
    ...withPause(was, is_paused ?? was.is_paused),
    description: description === undefined ? was.description : description,
    concurrency_limit: concurrency_limit === undefined ? was.concurrency_limit : concurrency_limit,
    base_job_template: base_job_template ?? was.base_job_template,
    storage_configuration: { ...was.storage_configuration, ...sent.storage_configuration },
  }
}

/** @throws Refusal 404 when there is no such pool */
async function change(
  services: Pick<Services, 'workPools' | 'clock'>,
  workspace: Workspace,
  name: string,
  decide: (was: WorkPool) => WorkPool,
): Promise<void> {
  if (!(await changePool(services)(workspace, name, decide))) throw noPool(name)
}

function workerRoutes(services: WorkPoolServices): Route[] {
  const { workPools, clock } = services
  return [
    {
      method: 'POST',
      path: '/work_pools/:pool/workers/heartbeat',
      summary: 'Tell that a worker is there; its pool becomes ready',
      body: heartbeatSchema,
      answers: [204],
      async handle(call) {
        const sent = parseBody(heartbeatSchema, await call.body())
        const pool = await readPool(services, call.workspace, poolName(call))
        const id = workerId(pool.id, sent.name)
        const known = await workPools.workers(call.workspace, pool.name)
        const now = formatInstant(clock.now())
        await workPools.putWorker(call.workspace, pool.name, {
          ...sent,
          id,
          created: known.find((worker) => worker.id === id)?.created ?? now,
          updated: now,
          work_pool_id: pool.id,
          last_heartbeat_time: now,
        })
        await change(services, call.workspace, pool.name, (was) =>
          was.status === 'NOT_READY' ? { ...was, status: 'READY' } : was,
        )
        return noContent
      },
    },
    {
      method: 'POST',
      path: '/work_pools/:pool/workers/filter',
      summary: 'A pool’s workers, page by page',
      body: workersSchema,
      async handle(call) {
        const asked = parseBody(workersSchema, (await call.body()) ?? {})
        const pool = await readPool(services, call.workspace, poolName(call))
        const { any_, not_any_ } = asked.workers?.status ?? {}
        const workers = (await workPools.workers(call.workspace, pool.name))
          .map((worker) => workerAnswer(worker, clock.now()))
          .filter(({ status }) => (any_?.includes(status) ?? true) && !not_any_?.includes(status))
        return ok(pageOf(workers, asked))
      },
    },
    {
      method: 'DELETE',
      path: '/work_pools/:pool/workers/:name',
      summary: 'Forget a worker',
      async handle(call) {
        const name = call.params.name ?? ''
        if (!(await workPools.deleteWorker(call.workspace, poolName(call), name))) {
          throw notFound('Worker')
        }
        return noContent
      },
    },
  ]
}
