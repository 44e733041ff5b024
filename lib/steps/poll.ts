// Poll: whoever runs flows asks for the runs that are due. Asking also tells that somebody is there: deployments and queues that
// are asked for become ready.
import type { Deployment, WorkPool, WorkQueue } from '../core/deployment.ts'
import type { Services, Stored } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import {
  ALL_TIME,
  formatInstant,
  MICROS_PER_SECOND,
  type Micros,
  parseInstant,
} from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { countAtWork, sumOf } from './work-slots.ts'

type Uses = Pick<Services, 'deployments' | 'workPools' | 'runs' | 'clock'>

/** What a poller says of the runs it wants. */
export interface Wanted {
  /** Scheduled at or before this instant; all that wait when null. */
  before: string | null
  limit: number
}

/** Seconds between writes that say "still polled": pollers come every two seconds, and a write costs more than a read. */
const POLLED_WRITE_SECONDS = 15

/** Runs looked at in a queue to find those of one deployment. */
const QUEUE_RUNS_MAX = 1_000

/** Due runs of deployments, earliest first. Those of a paused deployment stay where they are. */
export const pollDeployments =
  (services: Uses) =>
  async (workspace: Workspace, ids: string[], { before, limit }: Wanted): Promise<FlowRun[]> => {
    const due = await Promise.all(
      ids.map(async (id) => {
        const was = await services.deployments.get(workspace, id)
        if (!was) return []
        await markDeployment(services, workspace, was)
        if (was.value.paused) return []
        const { work_queue_id: queue } = was.value
        const most = queue ? QUEUE_RUNS_MAX : limit
        const runs = await services.runs.due(workspace, queue ?? id, before ?? ALL_TIME, most)
        return runs.filter((run) => run.deployment_id === id)
      }),
    )
    return due.flat().sort(byTime).slice(0, limit)
  }

/** Due runs of a pool's queues, by the queues' priority, then earliest first. */
export const pollWorkPool =
  (services: Uses) =>
  async (
    workspace: Workspace,
    pool: Pick<WorkPool, 'name' | 'concurrency_limit'>,
    queueNames: string[],
    { before, limit }: Wanted,
  ): Promise<FlowRun[]> => {
    const all = await services.workPools.queues(workspace, pool.name)
    const room = await roomIn(services, workspace, pool, all)
    const queues = all
      .filter(({ value }) => queueNames.length === 0 || queueNames.includes(value.name))
      .sort((a, b) => a.value.priority - b.value.priority)
    const due = await Promise.all(
      queues.map(async (was) => {
        await markQueue(services, workspace, was)
        if (was.value.is_paused) return []
        const most = Math.min(limit, room.of(was.value.id))
        if (most <= 0) return []
        const runs = await services.runs.due(workspace, was.value.id, before ?? ALL_TIME, limit)
        return (await withoutPaused(services, workspace, runs)).slice(0, most)
      }),
    )
    return due.flat().slice(0, Math.min(limit, room.ofPool))
  }

/**
 * How many runs may begin in each queue, and in the pool, by their limits. Several workers who ask at one moment may between them be
 * given more (work-slots.ts).
 */
async function roomIn(
  { runs }: Pick<Uses, 'runs'>,
  workspace: Workspace,
  pool: Pick<WorkPool, 'concurrency_limit'>,
  queues: Stored<WorkQueue>[],
): Promise<{ ofPool: number; of(queueId: string): number }> {
  const isPoolLimited = pool.concurrency_limit !== null
  const counted = queues
    .map(({ value }) => value)
    .filter((queue) => isPoolLimited || queue.concurrency_limit !== null)
  const atWork = await countAtWork({ runs }, workspace, counted)
  const limits = new Map(queues.map(({ value }) => [value.id, value.concurrency_limit]))
  const room = (limit: number | null | undefined, taken: number) =>
    limit === null || limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limit - taken)
  return {
    ofPool: room(pool.concurrency_limit, sumOf(atWork)),
    of: (id) => room(limits.get(id), atWork.get(id) ?? 0),
  }
}

async function withoutPaused(
  { deployments }: Pick<Uses, 'deployments'>,
  workspace: Workspace,
  runs: FlowRun[],
): Promise<FlowRun[]> {
  const ids = [...new Set(runs.flatMap((run) => run.deployment_id ?? []))]
  const found = await Promise.all(ids.map((id) => deployments.get(workspace, id)))
  const paused = new Set(found.flatMap((one) => (one?.value.paused ? one.value.id : [])))
  return runs.filter((run) => !paused.has(run.deployment_id ?? ''))
}

const byTime = (a: FlowRun, b: FlowRun): number =>
  (a.next_scheduled_start_time ?? '') < (b.next_scheduled_start_time ?? '') ? -1 : 1

/** Another change that comes first is as good: the next poll marks it. */
async function markDeployment(
  { deployments, clock }: Uses,
  workspace: Workspace,
  was: Stored<Deployment>,
): Promise<void> {
  const now = clock.now()
  if (was.value.status === 'READY' && isFresh(was.value.last_polled, now)) return
  const next: Deployment = { ...was.value, status: 'READY', last_polled: formatInstant(now) }
  await deployments.replace(workspace, next, was)
}

/** A queue that is polled makes the deployments that use it ready as well. */
async function markQueue(
  services: Uses,
  workspace: Workspace,
  was: Stored<WorkQueue>,
): Promise<void> {
  const now = services.clock.now()
  const status = was.value.is_paused ? 'PAUSED' : 'READY'
  if (was.value.status === status && isFresh(was.value.last_polled, now)) return
  const last_polled = formatInstant(now)
  const updated = was.value.status === status ? was.value.updated : last_polled
  const next: WorkQueue = { ...was.value, status, last_polled, updated }
  await services.workPools.replaceQueue(workspace, next, was)
  for (const { id, work_queue_id } of await services.deployments.list(workspace)) {
    if (work_queue_id !== was.value.id) continue
    const deployment = await services.deployments.get(workspace, id)
    if (deployment) await markDeployment(services, workspace, deployment)
  }
}

const isFresh = (lastPolled: string | null, now: Micros): boolean =>
  now - (parseInstant(lastPolled ?? '') ?? 0) < POLLED_WRITE_SECONDS * MICROS_PER_SECOND
