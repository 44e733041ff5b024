// The nouns of the API, one group each, in Prefect's paths and keys. Bodies and answers are the
// wire's own objects: what the REST reference says of them is true here.
import type { keyAnswer, Scope } from '../core/api-key.ts'
import type { Automation } from '../core/automation.ts'
import type { BacktestTally } from '../core/backtest.ts'
import type { Deployment, Flow, WorkPool } from '../core/deployment.ts'
import type { Event } from '../core/event.ts'
import type { LogLine, Variable } from '../core/ports.ts'
import type { Rehearsed } from '../core/rehearsal.ts'
import type { FlowRun, State, StateType } from '../core/run.ts'
import type { TaskRun } from '../core/task-run.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import type { WebhookDelivery } from '../core/webhook-delivery.ts'
import type { Trial } from '../core/webhook-trial.ts'
import { ApiError, type Send, type SendForLines } from './http.ts'
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

/** What an automation would have done. */
export interface BacktestResult extends BacktestTally {
  samples: BacktestSample[]
  /** Why it did not come to the end; null: it did. */
  incomplete: 'time' | 'memory' | null
}

export interface BacktestSample {
  triggered: string
  trigger_states: string[]
  labels: Record<string, string>
  event: Event | null
  actions: Rehearsed[]
}

export interface BacktestProgress {
  events: number
  reached: string
  /** Between 0 and 1. */
  share: number
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

export type Client = ReturnType<typeof createClient>

/**
 * A client over one way of sending. Every call throws ApiError when the server says no, and
 * UnreachableError when nobody answers; calls that look something up by name answer null when it is
 * not there.
 */
export function createClient(send: Send, sendForLines: SendForLines = notInLines) {
  const request = async <T>(...args: Parameters<Send>): Promise<T> => (await send(...args)) as T
  const events = async (...args: Parameters<Send>): Promise<EventPage> => {
    const page = await request<{ events: Event[]; total: number; next_page: string | null }>(
      ...args,
    )
    const { next_page: next } = page
    return {
      events: page.events,
      total: page.total,
      next: next === null ? null : () => events('GET', next),
    }
  }
  return {
    /** The version of the server. */
    version: () => request<string>('GET', '/admin/version'),
    flows: {
      /** The flow of that name, made now if it is new. */
      create: (name: string, tags: string[] = []) =>
        request<Flow>('POST', '/flows/', { name, tags }),
      get: (id: string) => request<Flow>('GET', `/flows/${id}`),
      filter: (filter: Filter = {}) => request<Flow[]>('POST', '/flows/filter', filter),
    },
    deployments: {
      /** Makes or replaces the deployment of that flow and name. */
      create: (deployment: NewDeployment) =>
        request<Deployment>('POST', '/deployments/', deployment),
      update: (id: string, change: DeploymentChange) =>
        request<null>('PATCH', `/deployments/${id}`, change),
      get: (id: string) => request<Deployment>('GET', `/deployments/${id}`),
      byName: (flow: string, deployment: string) =>
        orNull(
          request<Deployment>(
            'GET',
            `/deployments/name/${encodeURIComponent(flow)}/${encodeURIComponent(deployment)}`,
          ),
        ),
      filter: (filter: Filter = {}) => request<Deployment[]>('POST', '/deployments/filter', filter),
      delete: (id: string) => request<null>('DELETE', `/deployments/${id}`),
      /** A run of it, at once or at the `scheduled_time` of the state's details. */
      createRun: (id: string, run: Omit<NewFlowRun, 'flow_id' | 'deployment_id'> = {}) =>
        request<FlowRun>('POST', `/deployments/${id}/create_flow_run`, run),
      /** Runs that wait for a poller and are due before a moment, earliest first. */
      scheduledRuns: (deploymentIds: string[], before: string) =>
        request<FlowRun[]>('POST', '/deployments/get_scheduled_flow_runs', {
          deployment_ids: deploymentIds,
          scheduled_before: before,
        }),
    },
    runs: {
      create: (run: NewFlowRun) => request<FlowRun>('POST', '/flow_runs/', run),
      get: (id: string) => request<FlowRun>('GET', `/flow_runs/${id}`),
      filter: (filter: Filter = {}) => request<FlowRun[]>('POST', '/flow_runs/filter', filter),
      /** Proposes a state; the answer says whether it was taken. `force` skips the rules. */
      setState: (id: string, state: ProposedState, force = false) =>
        request<Orchestration>('POST', `/flow_runs/${id}/set_state`, { state, force }),
      /**
       * Says that the holder of a run is still at work; answers whether it is still the holder. Only
       * our server has this: Prefect's answers 404.
       */
      heartbeat: (id: string, holder: string) =>
        request<{ held: boolean; state: State | null }>('POST', `/flow_runs/${id}/heartbeat`, {
          holder,
        }),
      update: (id: string, change: FlowRunChange) =>
        request<null>('PATCH', `/flow_runs/${id}`, change),
      /** Lets a paused run go on. */
      resume: (id: string) => request<Orchestration>('POST', `/flow_runs/${id}/resume`),
      states: (id: string) => request<State[]>('GET', `/flow_run_states/?flow_run_id=${id}`),
      count: (filter: Filter = {}) => request<number>('POST', '/flow_runs/count', filter),
      delete: (id: string) => request<null>('DELETE', `/flow_runs/${id}`),
    },
    taskRuns: {
      create: (task: NewTaskRun) => request<TaskRun>('POST', '/task_runs/', task),
      get: (id: string) => request<TaskRun>('GET', `/task_runs/${id}`),
      filter: (filter: Filter = {}) => request<TaskRun[]>('POST', '/task_runs/filter', filter),
      count: (filter: Filter = {}) => request<number>('POST', '/task_runs/count', filter),
    },
    logs: {
      write: (lines: NewLog[]) => request<null>('POST', '/logs/', lines),
      filter: (filter: Filter = {}) => request<LogLine[]>('POST', '/logs/filter', filter),
    },
    automations: {
      create: (automation: AutomationBody) =>
        request<Automation>('POST', '/automations/', automation),
      get: (id: string) => request<Automation>('GET', `/automations/${id}`),
      filter: (filter: Filter = {}) => request<Automation[]>('POST', '/automations/filter', filter),
      relatedTo: (resourceId: string) =>
        request<Automation[]>('GET', `/automations/related-to/${encodeURIComponent(resourceId)}`),
      /** Replaces it; its id stays, and what is counted so far is forgotten. */
      update: (id: string, automation: Omit<AutomationBody, 'owner_resource'>) =>
        request<null>('PUT', `/automations/${id}`, automation),
      setEnabled: (id: string, enabled: boolean) =>
        request<null>('PATCH', `/automations/${id}`, { enabled }),
      delete: (id: string) => request<null>('DELETE', `/automations/${id}`),
      deleteOwnedBy: (resourceId: string) =>
        request<null>('DELETE', `/automations/owned-by/${encodeURIComponent(resourceId)}`),
      /** What it would have done over the stored events; `progress` is told how far that has come. */
      async backtest(
        asked: BacktestRequest,
        progress: (soFar: BacktestProgress) => void = () => {},
      ): Promise<BacktestResult> {
        for await (const line of sendForLines('POST', '/automations/backtest', asked)) {
          const { result, progress: soFar, error } = line as Record<string, unknown>
          if (result) return result as BacktestResult
          if (soFar) progress(soFar as BacktestProgress)
          if (error) throw new ApiError('POST /automations/backtest', 500, error)
        }
        throw new ApiError('POST /automations/backtest', 500, 'The answer ended before its result.')
      },
    },
    events: {
      /** Stored events, newest first unless `order: 'ASC'`; at most 50 a page. */
      filter: (filter: Filter = {}, limit = 50) =>
        events('POST', '/events/filter', { filter, limit }),
    },
    webhooks: {
      create: (webhook: NewWebhook) => request<Webhook>('POST', '/webhooks/', webhook),
      get: (id: string) => request<Webhook>('GET', `/webhooks/${id}`),
      filter: (filter: Filter = {}) => request<Webhook[]>('POST', '/webhooks/filter', filter),
      /** Changes what is named and leaves the rest. */
      update: (id: string, change: Partial<NewWebhook>) =>
        request<null>('PATCH', `/webhooks/${id}`, change),
      setEnabled: (id: string, enabled: boolean) =>
        request<null>('PATCH', `/webhooks/${id}`, { enabled }),
      /** A new slug; the old address is dead at once. */
      rotate: (id: string) => request<Webhook>('POST', `/webhooks/${id}/rotate`),
      delete: (id: string) => request<null>('DELETE', `/webhooks/${id}`),
      /** One more secret, shown this once; a made one where none is given. */
      addSecret: (id: string, asked: { secret?: string; expire_others_after?: number } = {}) =>
        request<{ id: string; secret: string }>('POST', `/webhooks/${id}/secrets`, asked),
      removeSecret: (id: string, secretId: string) =>
        request<null>('DELETE', `/webhooks/${id}/secrets/${secretId}`),
      /** Tries a template that need not be saved. */
      render: (asked: { template: string; request?: RenderRequest; webhook_id?: string }) =>
        request<RenderedTrial>('POST', '/webhooks/render', asked),
      /** Calls that made no event, newest first, without their bodies. */
      deliveries: (id: string, filter: Filter = {}) =>
        request<WebhookDelivery[]>('POST', `/webhooks/${id}/deliveries/filter`, filter),
      delivery: (id: string, deliveryId: string) =>
        request<WebhookDelivery>('GET', `/webhooks/${id}/deliveries/${deliveryId}`),
      /** Makes events of all that the filter means, with the webhook as it is now. */
      releaseDeliveries: (id: string, filter: Filter = {}) =>
        request<{ released: object[]; failed: object[] }>(
          'POST',
          `/webhooks/${id}/deliveries/release`,
          filter,
        ),
      /** Sends an event again; `actions`: automations may act on it. */
      replay: (id: string, eventId: string, actions = false) =>
        request<{ id: string; actions: boolean }>('POST', `/webhooks/${id}/replay`, {
          event_id: eventId,
          actions,
        }),
    },
    workPools: {
      create: (pool: NewWorkPool) => request<WorkPool>('POST', '/work_pools/', pool),
      byName: (name: string) =>
        orNull(request<WorkPool>('GET', `/work_pools/${encodeURIComponent(name)}`)),
      filter: (filter: Filter = {}) => request<WorkPool[]>('POST', '/work_pools/filter', filter),
      update: (name: string, change: WorkPoolChange) =>
        request<null>('PATCH', `/work_pools/${encodeURIComponent(name)}`, change),
      delete: (name: string) => request<null>('DELETE', `/work_pools/${encodeURIComponent(name)}`),
    },
    keys: {
      /** The one answer with the key's text: nobody can see it again. */
      create: (key: { name: string; scopes: Scope[]; expires_at?: string | null }) =>
        request<MadeKey>('POST', '/keys', key),
      get: (id: string) => request<ShownKey>('GET', `/keys/${id}`),
      filter: (filter: Filter = {}) => request<ShownKey[]>('POST', '/keys/filter', filter),
      /** A new text; the old one is taken for so many seconds more. */
      rotate: (id: string, overlap_seconds: number) =>
        request<MadeKey>('POST', `/keys/${id}/rotate`, { overlap_seconds }),
      revoke: (id: string) => request<null>('DELETE', `/keys/${id}`),
    },
    variables: {
      create: (variable: NewVariable) => request<Variable>('POST', '/variables/', variable),
      byName: (name: string) =>
        orNull(request<Variable>('GET', `/variables/name/${encodeURIComponent(name)}`)),
      filter: (filter: Filter = {}) => request<Variable[]>('POST', '/variables/filter', filter),
      update: (name: string, change: Partial<NewVariable>) =>
        request<null>('PATCH', `/variables/name/${encodeURIComponent(name)}`, change),
      delete: (name: string) =>
        request<null>('DELETE', `/variables/name/${encodeURIComponent(name)}`),
    },
  }
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}

/** For clients over something that only answers as a whole. */
const notInLines: SendForLines = () => {
  throw new Error('this client cannot read answers that come in lines')
}
