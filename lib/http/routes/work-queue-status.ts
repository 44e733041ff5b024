// How work queues are doing, by id (Prefect: server/api/work_queues.py): whether somebody takes their runs in time, and which are due.
import { z } from 'zod'
import { pageFields, pageSize } from '../../core/order.ts'
import { instant, parseBody } from '../../core/schema.ts'
import { formatInstant, MICROS_PER_SECOND, parseInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { pollWorkPool } from '../../steps/poll.ts'
import { runAnswer } from '../answers.ts'
import { ok, type Route } from '../route.ts'
import { readPool, readQueue, type WorkPoolServices } from './pool-lookup.ts'

const pollSchema = z.object({ scheduled_before: instant.nullish(), limit: pageFields.limit })

/** Prefect's WorkQueueHealthPolicy, which is the same for every queue. */
const POLICY = { maximum_late_runs: 0, maximum_seconds_since_last_polled: 60 }

/** Waiting runs of a queue that are looked at for late ones. */
const WAITING_MAX = 1_000

export function workQueueStatusRoutes(services: WorkPoolServices): Route[] {
  const { runs, clock } = services

  async function lateRuns(workspace: Workspace, queueId: string): Promise<number> {
    const now = formatInstant(clock.now())
    const waiting = await runs.due(workspace, queueId, now, WAITING_MAX)
    return waiting.filter(({ state }) => state?.name === 'Late').length
  }

  return [
    {
      method: 'GET',
      path: '/work_queues/:queue/status',
      summary: 'Whether a queue is polled, and none of its runs is late',
      async handle(call) {
        const { id, last_polled } = await readQueue(services, call)
        const late_runs_count = await lateRuns(call.workspace, id)
        const polledAt = last_polled === null ? null : parseInstant(last_polled)
        const since = POLICY.maximum_seconds_since_last_polled * MICROS_PER_SECOND
        const isPolled = polledAt !== null && clock.now() - polledAt <= since
        const healthy = isPolled && late_runs_count <= POLICY.maximum_late_runs
        return ok({ healthy, late_runs_count, last_polled, health_check_policy: POLICY })
      },
    },
    {
      method: 'POST',
      path: '/work_queues/:queue/get_runs',
      summary: 'Runs of a queue that are due; asking makes the queue ready',
      body: pollSchema,
      async handle(call) {
        const asked = parseBody(pollSchema, (await call.body()) ?? {})
        const { name, work_pool_name } = await readQueue(services, call)
        const pool = await readPool(services, call.workspace, work_pool_name)
        const due = await pollWorkPool(services)(call.workspace, pool, [name], {
          before: asked.scheduled_before ?? null,
          limit: pageSize(asked),
        })
        return ok(due.map((run) => runAnswer(run, clock.now())))
      },
    },
  ]
}
