// Work pools (Prefect: server/api/workers.py): where runs wait for workers. Queues are in work-queues.ts.
import { z } from 'zod'
import { type WorkPool, withPause, workPoolId, workQueueId } from '../../core/deployment.ts'
import { objectName } from '../../core/deployment-schema.ts'
import { Refusal } from '../../core/errors.ts'
import { NAMED_ORDERS, pageFields, pageOf } from '../../core/order.ts'
import { workPoolFilter } from '../../core/run-filter.ts'
import { boolean, dictionary, integer, parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { changePool } from '../../steps/pause.ts'
import { DEFAULT_QUEUE, newQueue, noPool } from '../../steps/place.ts'
import { slotsTaken } from '../../steps/work-slots.ts'
import { workPoolAnswer } from '../answers.ts'
import { type Call, created, noContent, ok, type Route } from '../route.ts'
import { concurrencyStatusRoutes } from './concurrency-status.ts'
import { poolName, readPool, type WorkPoolServices } from './pool-lookup.ts'
import { workQueueStatusRoutes } from './work-queue-status.ts'
import { workQueueRoutes } from './work-queues.ts'
import { workerRoutes } from './workers.ts'

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

export const workPoolRoutes = (services: WorkPoolServices): Route[] => [
  ...poolRoutes(services),
  ...workerRoutes(services),
  ...workQueueRoutes(services),
  ...workQueueStatusRoutes(services),
  ...concurrencyStatusRoutes(services),
]

function poolRoutes(services: WorkPoolServices): Route[] {
  const { workPools, clock } = services

  async function answer(workspace: Workspace, pool: WorkPool) {
    const [workers, slots] = await Promise.all([
      workPools.workers(workspace, pool.name),
      slotsTaken(services)(workspace, pool, async () => {
        const queues = await workPools.queues(workspace, pool.name)
        return queues.map(({ value }) => value)
      }),
    ])
    return workPoolAnswer(pool, slots, workers, clock.now())
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
        const name = poolName(call)
        const pool = await changePool(services)(call.workspace, name, (was) => changed(was, sent))
        if (!pool) throw noPool(name)
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
