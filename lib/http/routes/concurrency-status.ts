// Who has the slots of a work pool and of a queue (Prefect: …/concurrency_status), for `prefect work-pool slots` and
// `prefect work-queue slots`.
import { z } from 'zod'
import type { WorkQueue } from '../../core/deployment.ts'
import { ascending, PAGE_MAX, pageFields, pageOf, pageSize } from '../../core/order.ts'
import type { FlowRun } from '../../core/run.ts'
import { integer, parseBody } from '../../core/schema.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../../core/time.ts'
import { countAtWork, sumOf } from '../../steps/work-slots.ts'
import { ok, type Route } from '../route.ts'
import { poolName, readPool, readQueue, type WorkPoolServices } from './pool-lookup.ts'

const queueSchema = z.object({
  page: integer.pipe(z.number().min(1)).default(1),
  limit: pageFields.limit,
})
const poolSchema = queueSchema.extend({
  flow_run_limit: integer.pipe(z.number().min(0).max(PAGE_MAX)).default(10),
})

/** Runs at work that are looked at in one queue. */
const RUNS_MAX = 1_000

export function concurrencyStatusRoutes(services: WorkPoolServices): Route[] {
  const { workPools, runs, clock } = services

  /** Those that were first to take their slot come first. */
  async function holders(workspace: string, { id }: WorkQueue): Promise<FlowRun[]> {
    const found = await runs.listActive(workspace, id, RUNS_MAX)
    return found.sort(ascending((run) => run.start_time ?? run.state?.timestamp ?? null))
  }

  return [
    {
      method: 'POST',
      path: '/work_pools/:pool/concurrency_status',
      summary: 'Who has the slots of a work pool, by its queues',
      body: poolSchema,
      async handle(call) {
        const asked = parseBody(poolSchema, (await call.body()) ?? {})
        const pool = await readPool(services, call.workspace, poolName(call))
        const all = (await workPools.queues(call.workspace, pool.name)).map(({ value }) => value)
        const counts = await countAtWork(services, call.workspace, all)
        const { shown, ...place } = paged(all.sort(ascending(({ priority }) => priority)), asked)
        const queues = shown.map(async (queue) => {
          const held = await holders(call.workspace, queue)
          return {
            queue_id: queue.id,
            queue_name: queue.name,
            active_slots: counts.get(queue.id) ?? 0,
            concurrency_limit: queue.concurrency_limit,
            flow_runs: held.slice(0, asked.flow_run_limit).map((run) => slot(run, clock.now())),
            flow_run_count: counts.get(queue.id) ?? 0,
          }
        })
        const { concurrency_limit } = pool
        const active_slots = sumOf(counts)
        return ok({ active_slots, concurrency_limit, queues: await Promise.all(queues), ...place })
      },
    },
    {
      method: 'POST',
      path: '/work_queues/:queue/concurrency_status',
      summary: 'Who has the slots of a queue',
      body: queueSchema,
      async handle(call) {
        const asked = parseBody(queueSchema, (await call.body()) ?? {})
        const queue = await readQueue(services, call)
        const held = await holders(call.workspace, queue)
        const { shown, ...place } = paged(held, asked)
        const flow_runs = shown.map((run) => slot(run, clock.now()))
        const { concurrency_limit } = queue
        return ok({ active_slots: held.length, concurrency_limit, flow_runs, ...place })
      },
    },
  ]
}

function paged<T>(all: T[], asked: z.output<typeof queueSchema>) {
  const limit = pageSize(asked)
  const { page } = asked
  return {
    shown: pageOf(all, { limit, offset: (page - 1) * limit }),
    count: all.length,
    limit,
    pages: limit > 0 ? Math.ceil(all.length / limit) : 0,
    page,
  }
}

/** FlowRunSlotSummary. */
function slot({ id, name, state, start_time }: FlowRun, now: Micros) {
  const since = state && parseInstant(state.timestamp)
  return {
    id,
    name,
    state_type: state?.type ?? null,
    state_name: state?.name ?? null,
    start_time,
    state_timestamp: state?.timestamp ?? null,
    time_in_current_state: since === null ? null : Math.max(0, now - since) / MICROS_PER_SECOND,
  }
}
