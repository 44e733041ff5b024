// Flows, deployments, work pools and queues, in Prefect's shapes. Flows, deployments and pools are found by what makes them
// unique, so their ids derive from it: writing one twice is writing one.
import { uuidv5 } from './ids.ts'
import type { Creator } from './run.ts'
import type { Schedule } from './schedule.ts'

export interface Flow {
  id: string
  created: string
  updated: string
  name: string
  tags: string[]
  labels: Record<string, unknown>
}

export interface Deployment {
  id: string
  created: string
  updated: string
  name: string
  flow_id: string
  version: string | null
  description: string | null
  paused: boolean
  schedules: DeploymentSchedule[]
  concurrency_limit: number | null
  /** The shared limit that it names. Those stored before there were any have no such field. */
  global_concurrency_limit_id?: string | null
  concurrency_options: Record<string, unknown> | null
  job_variables: Record<string, unknown>
  parameters: Record<string, unknown>
  parameter_openapi_schema: Record<string, unknown> | null
  enforce_parameter_schema: boolean
  tags: string[]
  labels: Record<string, unknown>
  work_pool_name: string | null
  work_pool_id: string | null
  work_queue_name: string | null
  work_queue_id: string | null
  last_polled: string | null
  status: 'READY' | 'NOT_READY'
  path: string | null
  pull_steps: unknown[]
  entrypoint: string | null
  storage_document_id: string | null
  infrastructure_document_id: string | null
  created_by: Creator | null
  updated_by: Creator | null
}

/** When runs of a deployment are made by themselves (core/scheduled-run.ts). */
export interface DeploymentSchedule {
  id: string
  created: string
  updated: string
  deployment_id: string
  schedule: Schedule
  active: boolean
  max_scheduled_runs: number | null
  parameters: Record<string, unknown>
  slug: string | null
  replaces: string | null
}

export interface WorkPool {
  id: string
  created: string
  updated: string
  name: string
  description: string | null
  type: string
  base_job_template: Record<string, unknown>
  is_paused: boolean
  concurrency_limit: number | null
  status: 'READY' | 'NOT_READY' | 'PAUSED'
  /** When its status last changed, so that the events of two changes know each other; null before the first. Never sent. */
  status_since: string | null
  default_queue_id: string
  /** Prefect's WorkPoolStorageConfiguration, kept as sent. */
  storage_configuration: Record<string, unknown>
}

export interface WorkQueue {
  id: string
  created: string
  updated: string
  name: string
  description: string
  is_paused: boolean
  concurrency_limit: number | null
  priority: number
  work_pool_id: string
  work_pool_name: string
  filter: Record<string, unknown> | null
  last_polled: string | null
  status: 'READY' | 'NOT_READY' | 'PAUSED'
}

/** Whoever takes runs from a pool. */
export interface Worker {
  id: string
  created: string
  updated: string
  name: string
  work_pool_id: string
  last_heartbeat_time: string
  heartbeat_interval_seconds: number | null
}

/** A pool or queue that is paused, or no longer is: then it is not ready until somebody asks it for work. */
export function withPause<T extends Pick<WorkPool, 'is_paused' | 'status'>>(
  was: T,
  isPaused: boolean,
): T {
  const resumed = was.status === 'PAUSED' ? 'NOT_READY' : was.status
  return { ...was, is_paused: isPaused, status: isPaused ? 'PAUSED' : resumed }
}

const NAMES = '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6b01'

export const flowId = (workspace: string, name: string): string =>
  uuidv5(`${workspace}/flow/${name}`, NAMES)

export const deploymentId = (flow: string, name: string): string =>
  uuidv5(`${flow}/deployment/${name}`, NAMES)

export const workPoolId = (workspace: string, name: string): string =>
  uuidv5(`${workspace}/work-pool/${name}`, NAMES)

export const workQueueId = (pool: string, name: string): string =>
  uuidv5(`${pool}/work-queue/${name}`, NAMES)

export const workerId = (pool: string, name: string): string =>
  uuidv5(`${pool}/worker/${name}`, NAMES)
