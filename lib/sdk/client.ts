// The nouns of the API, one group each, in Prefect's paths and keys. Bodies and answers are the
// wire's own objects: what the REST reference says of them is true here.
import type { Scope } from '../core/api-key.ts'
import type { Artifact } from '../core/artifact.ts'
import type { Automation } from '../core/automation.ts'
import type { BacktestProgress, BacktestResult } from '../core/backtest.ts'
import type { ConcurrencyLimit } from '../core/concurrency-limit.ts'
import type {
  Deployment,
  DeploymentSchedule,
  Flow,
  WorkPool,
  WorkQueue,
} from '../core/deployment.ts'
import type { Event } from '../core/event.ts'
import type { Explanation } from '../core/explain.ts'
import type { RunExplanation } from '../core/explain-run.ts'
import type { AutomationExplanation } from '../core/explain-waits.ts'
import type { Fates } from '../core/fates.ts'
import type { Warning } from '../core/never.ts'
import type { LogLine, Variable } from '../core/ports.ts'
import type { FlowRun, State } from '../core/run.ts'
import type { TaskRun } from '../core/task-run.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import { ApiError, type Send, type SendForLines } from './http.ts'
import type { AutomationBody } from './triggers.ts'
import type {
  BacktestRequest,
  BlockAnswer,
  DeploymentChange,
  EventPage,
  Filter,
  FlowRunChange,
  MadeKey,
  NewArtifact,
  NewBlock,
  NewConcurrencyLimit,
  NewDeployment,
  NewFlowRun,
  NewLog,
  NewSchedule,
  NewTaskRun,
  NewVariable,
  NewWebhook,
  NewWorkPool,
  NewWorkQueue,
  Orchestration,
  ProposedState,
  RenderedTrial,
  RenderRequest,
  Rerendered,
  ShownKey,
  ShownWorker,
  WebhookDelivery,
  WorkPoolChange,
} from './wire.ts'

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
    /** Lets seconds pass on a local server's clock. What is left when it answers is to be asked for again. */
    advance: (by: number) =>
      request<{ now: string; left: number }>('POST', '/admin/advance', { by }),
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
      count: (filter: Filter = {}) => request<number>('POST', '/deployments/count', filter),
      schedules: {
        list: (id: string) => request<DeploymentSchedule[]>('GET', `/deployments/${id}/schedules`),
        create: (id: string, schedules: NewSchedule[]) =>
          request<DeploymentSchedule[]>('POST', `/deployments/${id}/schedules`, schedules),
        update: (id: string, scheduleId: string, change: Partial<NewSchedule>) =>
          request<null>('PATCH', `/deployments/${id}/schedules/${scheduleId}`, change),
        delete: (id: string, scheduleId: string) =>
          request<null>('DELETE', `/deployments/${id}/schedules/${scheduleId}`),
      },
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
      /** Why there is such a run, and what came of it. */
      explain: (id: string) => request<RunExplanation>('GET', `/flow_runs/${id}/explain`),
      count: (filter: Filter = {}) => request<number>('POST', '/flow_runs/count', filter),
      delete: (id: string) => request<null>('DELETE', `/flow_runs/${id}`),
    },
    taskRuns: {
      create: (task: NewTaskRun) => request<TaskRun>('POST', '/task_runs/', task),
      get: (id: string) => request<TaskRun>('GET', `/task_runs/${id}`),
      filter: (filter: Filter = {}) => request<TaskRun[]>('POST', '/task_runs/filter', filter),
      count: (filter: Filter = {}) => request<number>('POST', '/task_runs/count', filter),
    },
    artifacts: {
      /** The next version of its key. */
      create: (artifact: NewArtifact) => request<Artifact>('POST', '/artifacts/', artifact),
      /** The last version of a key. */
      latest: (key: string) =>
        orNull(request<Artifact>('GET', `/artifacts/${encodeURIComponent(key)}/latest`)),
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
      /** What it waits for: each count that has begun, what is missing there and until when. */
      waits: (id: string) => request<AutomationExplanation>('GET', `/automations/${id}/explain`),
      /** What a resource owns. Only our server has this: Prefect's answers 405. */
      ownedBy: (resourceId: string) =>
        request<Automation[]>('GET', `/automations/owned-by/${encodeURIComponent(resourceId)}`),
      deleteOwnedBy: (resourceId: string) =>
        request<null>('DELETE', `/automations/owned-by/${encodeURIComponent(resourceId)}`),
      /** What is probably not meant about one that could be saved, with the reasons. */
      check: async (automation: AutomationBody) =>
        (await request<{ warnings: Warning[] }>('POST', '/automations/check', automation)).warnings,
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
      get: (id: string) => request<Event>('GET', `/events/${id}`),
      /** Which of some events came late, wait or were ignored: fates by event. */
      fates: (ids: string[]) => request<Fates>('POST', '/events/fates', { event_ids: ids }),
      /** What an automation made of an event and why; of all automations, those nearest to firing first. */
      explain: (id: string, automationId?: string) =>
        request<Explanation[]>(
          'GET',
          `/events/${id}/explain${automationId === undefined ? '' : `?automation=${automationId}`}`,
        ),
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
      /** What a kept call would make of another template, and what that changes. */
      renderDelivery: (id: string, deliveryId: string, template: string) =>
        request<Rerendered>('POST', `/webhooks/${id}/deliveries/${deliveryId}/render`, {
          template,
        }),
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
      byName: (name: string) => orNull(request<WorkPool>('GET', poolPath(name))),
      filter: (filter: Filter = {}) => request<WorkPool[]>('POST', '/work_pools/filter', filter),
      update: (name: string, change: WorkPoolChange) =>
        request<null>('PATCH', poolPath(name), change),
      delete: (name: string) => request<null>('DELETE', poolPath(name)),
      /** Runs that wait for a worker and are due before a moment, by their queues' priority. */
      scheduledRuns: (name: string, before: string, queues: string[] = []) =>
        request<{ flow_run: FlowRun }[]>('POST', `${poolPath(name)}/get_scheduled_flow_runs`, {
          scheduled_before: before,
          work_queue_names: queues,
        }),
      /** Says that a worker is there; one that is not heard of is OFFLINE. */
      heartbeat: (name: string, worker: string, intervalSeconds: number) =>
        request<null>('POST', `${poolPath(name)}/workers/heartbeat`, {
          name: worker,
          heartbeat_interval_seconds: intervalSeconds,
        }),
      workers: (name: string) =>
        request<ShownWorker[]>('POST', `${poolPath(name)}/workers/filter`, {}),
    },
    workQueues: {
      create: (pool: string, queue: NewWorkQueue) =>
        request<WorkQueue>('POST', `${poolPath(pool)}/queues`, queue),
      list: (pool: string) => request<WorkQueue[]>('POST', `${poolPath(pool)}/queues/filter`, {}),
      update: (pool: string, name: string, change: Partial<NewWorkQueue>) =>
        request<null>('PATCH', `${poolPath(pool)}/queues/${encodeURIComponent(name)}`, change),
      delete: (pool: string, name: string) =>
        request<null>('DELETE', `${poolPath(pool)}/queues/${encodeURIComponent(name)}`),
    },
    concurrencyLimits: {
      create: (limit: NewConcurrencyLimit) =>
        request<ConcurrencyLimit>('POST', '/v2/concurrency_limits/', limit),
      get: (idOrName: string) => request<ConcurrencyLimit>('GET', limitPath(idOrName)),
      filter: (filter: Filter = {}) =>
        request<ConcurrencyLimit[]>('POST', '/v2/concurrency_limits/filter', filter),
      update: (idOrName: string, change: Partial<NewConcurrencyLimit>) =>
        request<null>('PATCH', limitPath(idOrName), change),
      delete: (idOrName: string) => request<null>('DELETE', limitPath(idOrName)),
    },
    blocks: {
      create: (block: NewBlock) => request<BlockAnswer>('POST', '/block_documents/', block),
      get: (id: string) => request<BlockAnswer>('GET', `/block_documents/${id}`),
      filter: (filter: Filter = {}) =>
        request<BlockAnswer[]>('POST', '/block_documents/filter', filter),
      byName: (type: string, name: string) =>
        orNull(
          request<BlockAnswer>(
            'GET',
            `/block_types/slug/${encodeURIComponent(type)}/block_documents/name/${encodeURIComponent(name)}`,
          ),
        ),
      delete: (id: string) => request<null>('DELETE', `/block_documents/${id}`),
      types: () => request<{ id: string; slug: string }[]>('POST', '/block_types/filter', {}),
      /** The schemas of a type, the newest first. */
      schemas: (typeId: string) =>
        request<{ id: string }[]>('POST', '/block_schemas/filter', {
          block_schemas: { block_type_id: { any_: [typeId] } },
        }),
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

const poolPath = (name: string) => `/work_pools/${encodeURIComponent(name)}`
const limitPath = (idOrName: string) => `/v2/concurrency_limits/${encodeURIComponent(idOrName)}`

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
