// Workers of a pool (Prefect: server/api/workers.py): what they tell of themselves, who they are, and the runs that they ask for.
import { z } from 'zod'
import { workerId } from '../../core/deployment.ts'
import { objectName } from '../../core/deployment-schema.ts'
import { notFound } from '../../core/errors.ts'
import { pageFields, pageOf, pageSize } from '../../core/order.ts'
import { instant, integer, parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import { changePool } from '../../steps/pause.ts'
import { pollWorkPool } from '../../steps/poll.ts'
import { runAnswer, workerAnswer } from '../answers.ts'
import { noContent, ok, type Route } from '../route.ts'
import { poolName, readPool, type WorkPoolServices } from './pool-lookup.ts'

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

export function workerRoutes(services: WorkPoolServices): Route[] {
  const { workPools, clock } = services
  return [
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
        await changePool(services)(call.workspace, pool.name, (was) =>
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
