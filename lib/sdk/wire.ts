// Bodies and answers of the API as the SDK sends and gets them: the wire's own objects and keys, so what the REST reference says of
// them is true here.

import type { keyAnswer } from '../core/api-key.ts'
import type { Artifact } from '../core/artifact.ts'
import type { ConcurrencyLimit } from '../core/concurrency-limit.ts'
import type { Deployment, Worker, WorkPool, WorkQueue } from '../core/deployment.ts'
import type { Event } from '../core/event.ts'
import type { Change } from '../core/json-diff.ts'
import type { LogLine } from '../core/log-line.ts'
import type { FlowRun, State, StateType } from '../core/run.ts'
import type { TaskRun } from '../core/task-run.ts'
import type { Variable } from '../core/variable.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import type { Trial } from '../core/webhook-trial.ts'
import type { AutomationBody } from './triggers.ts'

/** A state as proposed: the server gives it an id and a time. */
export interface ProposedState {
  type: StateType
  name?: string
  message?: string
  data?: unknown
  state_details?: Record<string, unknown>
}

/** An API key as listed: its text is in no listing. */
export type ShownKey = ReturnType<typeof keyAnswer>
/** An API key as made or rotated: `key` is the text. */
export type MadeKey = ShownKey & { key: string }

/** What the server made of a proposed state (Prefect's OrchestrationResult). */
export interface Orchestration {
  status: 'ACCEPT' | 'REJECT' | 'ABORT' | 'WAIT'
  state: State | null
  details: { type: string; reason?: string | null; delay_seconds?: number }
}

/** One page of stored events; `next` reads the following one and is null on the last. */
export interface EventPage {
  events: Event[]
  total: number
  next: (() => Promise<EventPage>) | null
}

export interface NewFlowRun {
  flow_id: string
  deployment_id?: string
  name?: string
  state?: ProposedState
  parameters?: Record<string, unknown>
  tags?: string[]
  idempotency_key?: string
  job_variables?: Record<string, unknown>
  empirical_policy?: RunPolicy
  parent_task_run_id?: string
}

/** How often a run is tried again, and how many seconds later. */
export type RunPolicy = Pick<FlowRun['empirical_policy'], 'retries' | 'retry_delay'>

export type FlowRunChange = Partial<Pick<FlowRun, 'name' | 'tags' | 'parameters'>> & {
  empirical_policy?: RunPolicy
  infrastructure_pid?: string
}

export type NewTaskRun = Pick<TaskRun, 'flow_run_id' | 'task_key' | 'dynamic_key'> & {
  name?: string
  state?: ProposedState
}

export type NewDeployment = Pick<Deployment, 'name' | 'flow_id'> & DeploymentChange
export type DeploymentChange = Partial<
  Pick<
    Deployment,
    | 'tags'
    | 'parameters'
    | 'description'
    | 'version'
    | 'paused'
    | 'parameter_openapi_schema'
    | 'enforce_parameter_schema'
    | 'entrypoint'
    | 'path'
    | 'work_pool_name'
    | 'work_queue_name'
    | 'job_variables'
    | 'concurrency_limit'
    | 'labels'
    | 'pull_steps'
  > & { schedules: NewSchedule[] }
>

/** A schedule as sent: one of `cron`, `interval` (seconds) and `rrule`. */
export interface NewSchedule {
  active?: boolean
  schedule: Record<string, unknown>
  parameters?: Record<string, unknown>
  slug?: string | null
  max_scheduled_runs?: number | null
}

export type NewWebhook = Pick<Webhook, 'name'> &
  Partial<Pick<Webhook, 'description' | 'enabled' | 'template'>> &
  Record<string, unknown>

export type { WebhookDelivery } from '../core/webhook-delivery.ts'

/** A request as a webhook would get it. A body that is no text is sent as JSON. */
export interface RenderRequest {
  method?: string
  headers?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
}

/** What a template makes of a request, and the automations that this would concern. */
export interface RenderedTrial extends Trial {
  automations: { id: string; name: string; event: number; trigger: string; effect: string }[]
}

/** What another template makes of a kept call; each change by its JSON Pointer. */
export interface Rerendered extends Trial {
  diff: Change[]
}

/** What to backtest: an automation that need not be saved, the saved one that it would replace, or that one alone. */
export interface BacktestRequest {
  automation?: AutomationBody
  automation_id?: string
  /** ISO 8601. @default seven days before `until` */
  since?: string
  /** @default now */
  until?: string
  /** When to end with what there is. @default 25 */
  max_seconds?: number
}

export type NewWorkPool = Pick<WorkPool, 'name'> &
  Partial<Pick<WorkPool, 'description' | 'type' | 'base_job_template' | 'is_paused'>> & {
    concurrency_limit?: number | null
  }
export type WorkPoolChange = Partial<Omit<NewWorkPool, 'name' | 'type'>>

export type NewVariable = Pick<Variable, 'name' | 'value'> & { tags?: string[] }

export type NewLog = Pick<
  LogLine,
  'name' | 'level' | 'message' | 'timestamp' | 'flow_run_id' | 'task_run_id'
>

/**
 * Prefect's filters, as the REST reference has them: `{ flow_runs: { state: { type: { any_:
 * ['FAILED'] } } } }`.
 */
export type Filter = Record<string, unknown>

export type NewWorkQueue = Pick<WorkQueue, 'name'> &
  Partial<Pick<WorkQueue, 'description' | 'is_paused' | 'concurrency_limit' | 'priority'>>

export type NewConcurrencyLimit = Pick<ConcurrencyLimit, 'name' | 'limit'> &
  Partial<Pick<ConcurrencyLimit, 'active' | 'slot_decay_per_second'>>

/** An artifact as sent; those of one key are versions of one thing. */
export type NewArtifact = Partial<Omit<Artifact, 'id' | 'created' | 'updated'>>

/** A block as sent: what is secret in its data is sealed, and never read back. */
export interface NewBlock {
  name: string
  block_type_id: string
  block_schema_id: string
  data: Record<string, unknown>
}

/** A block as read: secrets are stars. */
export type BlockAnswer = NewBlock & {
  id: string
  created: string
  updated: string
  block_type: { slug: string; name: string }
}

/** A worker as read. */
export type ShownWorker = Worker & { status: 'ONLINE' | 'OFFLINE' }
