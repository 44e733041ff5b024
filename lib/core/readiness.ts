// Readiness: whether somebody is there to take runs (Prefect: server/services/foreman.py). Asking for runs makes a deployment and a queue
// ready, a worker's heartbeat its pool; silence takes it back.
import type { Deployment, Worker, WorkPool, WorkQueue } from './deployment.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'

/** Silence after which nobody is thought to poll any more (Prefect: deployment_last_polled_timeout_seconds and the queue's). */
const POLL_SILENCE: Micros = 60 * MICROS_PER_SECOND

/** Heartbeats that may be missed in a row (Prefect: INACTIVITY_HEARTBEAT_MULTIPLE), and seconds between them by default. */
const HEARTBEATS_MISSED_MAX = 3
const HEARTBEAT_SECONDS = 30

/** Until when a worker is thought to be there without being heard of. */
const onlineUntil = (worker: Worker): Micros =>
  (parseInstant(worker.last_heartbeat_time) ?? 0) +
  HEARTBEATS_MISSED_MAX *
    (worker.heartbeat_interval_seconds ?? HEARTBEAT_SECONDS) *
    MICROS_PER_SECOND

export const isOnline = (worker: Worker, now: Micros): boolean => onlineUntil(worker) >= now

/** Until when what was polled stays ready without being polled again. */
export const readyUntil = ({ last_polled }: Pick<Deployment, 'last_polled'>): Micros =>
  (parseInstant(last_polled ?? '') ?? 0) + POLL_SILENCE

/** Until when a pool stays ready: as long as one of its workers is there. */
export const poolReadyUntil = (workers: Worker[]): Micros =>
  Math.max(0, ...workers.map(onlineUntil))

/** What nobody polls any more is not ready; as it was if it is not said to be ready, or its time is not over. */
export function withSilence<T extends Pick<Deployment | WorkQueue, 'status' | 'last_polled'>>(
  was: T,
  now: Micros,
): T {
  return was.status === 'READY' && readyUntil(was) <= now ? { ...was, status: 'NOT_READY' } : was
}

/** When a deployment's status came to be what it is. */
export const statusSince = (deployment: Deployment): string => {
  if (deployment.last_polled === null) return deployment.updated
  return deployment.status === 'READY'
    ? deployment.last_polled
    : formatInstant(readyUntil(deployment))
}

/** A pool none of whose workers is there is not ready. */
export const withoutWorkers = (was: WorkPool, workers: Worker[], now: Micros): WorkPool =>
  was.status === 'READY' && poolReadyUntil(workers) < now ? { ...was, status: 'NOT_READY' } : was
