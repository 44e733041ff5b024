// Stored objects as Prefect's client reads them: what is derived at the moment of asking is added here, what is ours is left out.
import { type ConcurrencyLimit, limitOf } from '../core/concurrency-limit.ts'
import type {
  Deployment,
  DeploymentSchedule,
  Worker,
  WorkPool,
  WorkQueue,
} from '../core/deployment.ts'
import { descending } from '../core/order.ts'
import { isOnline } from '../core/readiness.ts'
import { type FlowRun, isTerminal } from '../core/run.ts'
import { slotsTaken } from '../core/slots.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'

/** FlowRunResponse. Estimates are as of `now`. */
export function runAnswer(run: FlowRun, now: Micros) {
  const { previous_state, ...fields } = run
  const { state } = run
  return {
    ...fields,
    state_id: state?.id ?? null,
    state_type: state?.type ?? null,
    state_name: state?.name ?? null,
    estimated_run_time:
      run.total_run_time + (state?.type === 'RUNNING' ? secondsSince(state.timestamp, now) : 0),
    estimated_start_time_delta: lateness(run, now),
  }
}

/** Seconds a run began, or so far has not begun, after it was expected to. */
function lateness(run: FlowRun, now: Micros): number {
  const { expected_start_time: expected, start_time: start, state } = run
  if (!expected) return 0
  if (start) return secondsSince(expected, parseInstant(start) ?? now)
  return state && isTerminal(state.type) ? 0 : secondsSince(expected, now)
}

const secondsSince = (instant: string, now: Micros): number =>
  Math.max(0, now - (parseInstant(instant) ?? now)) / MICROS_PER_SECOND

/** DeploymentResponse. Its concurrency limit is shown where Prefect keeps it now: as one of the global limits. */
export function deploymentAnswer(deployment: Deployment, limits: ConcurrencyLimit[], now: Micros) {
  const { work_pool_id, schedules, global_concurrency_limit_id, ...fields } = deployment
  const limit = limitOf(deployment, limits)
  return {
    ...fields,
    schedules: schedulesAnswer(schedules),
    concurrency_limit: null,
    global_concurrency_limit: limit && limitAnswer(limit, now),
  }
}

/** GlobalConcurrencyLimitResponse, with the slots that are taken now. */
export function limitAnswer(limit: ConcurrencyLimit, now: Micros) {
  const { denied_slots, avg_slot_occupancy_seconds, leases, ...shown } = limit
  return { ...shown, active_slots: slotsTaken(limit, now) }
}

/** Schedules of a deployment, last changed first. */
export const schedulesAnswer = (schedules: DeploymentSchedule[]) =>
  schedules.toSorted(descending(({ updated }) => updated)).map(scheduleAnswer)

/** DeploymentSchedule: what it replaced is no longer of interest. */
export function scheduleAnswer({ replaces, ...schedule }: DeploymentSchedule) {
  return schedule
}

/** WorkPoolResponse. A pool is ready while one of its workers is. */
export function workPoolAnswer(
  pool: WorkPool,
  active_slots: number | null,
  workers: Worker[],
  now: Micros,
) {
  const { status_since, ...fields } = pool
  const isServed = workers.some((worker) => isOnline(worker, now))
  const status: WorkPool['status'] = pool.is_paused ? 'PAUSED' : isServed ? 'READY' : 'NOT_READY'
  return { ...fields, status, active_slots }
}

/** WorkQueueResponse. */
export const workQueueAnswer = (queue: WorkQueue, active_slots: number | null) => ({
  ...queue,
  active_slots,
})

/** WorkerResponse. */
export const workerAnswer = (worker: Worker, now: Micros) => ({
  ...worker,
  status: isOnline(worker, now) ? ('ONLINE' as const) : ('OFFLINE' as const),
})
