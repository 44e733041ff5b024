// What runs, and what it tells: flows, deployments, runs of both kinds, their artifacts and logs.
import type { Artifact } from '../core/artifact.ts'
import type { Deployment, DeploymentSchedule, Flow } from '../core/deployment.ts'
import type { RunExplanation } from '../core/explain-run.ts'
import type { LogLine } from '../core/log-line.ts'
import type { FlowRun, State } from '../core/run.ts'
import type { TaskRun } from '../core/task-run.ts'
import { orNull, type Request } from './http.ts'
import type {
  DeploymentChange,
  Filter,
  FlowRunChange,
  NewArtifact,
  NewDeployment,
  NewFlowRun,
  NewLog,
  NewSchedule,
  NewTaskRun,
  Orchestration,
  ProposedState,
} from './wire.ts'

/** Flows are known by their names. */
export const flows = (request: Request) => ({
  /** The flow of that name, made now if it is new. */
  create: (name: string, tags: string[] = []) => request<Flow>('POST', '/flows/', { name, tags }),
  get: (id: string) => request<Flow>('GET', `/flows/${id}`),
  filter: (filter: Filter = {}) => request<Flow[]>('POST', '/flows/filter', filter),
})

/** Deployments, their schedules, and the runs that are asked of them. */
export const deployments = (request: Request) => ({
  /** Makes or replaces the deployment of that flow and name. */
  create: (deployment: NewDeployment) => request<Deployment>('POST', '/deployments/', deployment),
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
})

/** Flow runs, and the states that are proposed for them. */
export const runs = (request: Request) => ({
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
  update: (id: string, change: FlowRunChange) => request<null>('PATCH', `/flow_runs/${id}`, change),
  /** Lets a paused run go on. */
  resume: (id: string) => request<Orchestration>('POST', `/flow_runs/${id}/resume`),
  states: (id: string) => request<State[]>('GET', `/flow_run_states/?flow_run_id=${id}`),
  /** Why there is such a run, and what came of it. */
  explain: (id: string) => request<RunExplanation>('GET', `/flow_runs/${id}/explain`),
  count: (filter: Filter = {}) => request<number>('POST', '/flow_runs/count', filter),
  delete: (id: string) => request<null>('DELETE', `/flow_runs/${id}`),
})

/** Task runs of flow runs. */
export const taskRuns = (request: Request) => ({
  create: (task: NewTaskRun) => request<TaskRun>('POST', '/task_runs/', task),
  get: (id: string) => request<TaskRun>('GET', `/task_runs/${id}`),
  filter: (filter: Filter = {}) => request<TaskRun[]>('POST', '/task_runs/filter', filter),
  count: (filter: Filter = {}) => request<number>('POST', '/task_runs/count', filter),
})

/** What runs leave behind for people to read. */
export const artifacts = (request: Request) => ({
  /** The next version of its key. */
  create: (artifact: NewArtifact) => request<Artifact>('POST', '/artifacts/', artifact),
  /** The last version of a key. */
  latest: (key: string) =>
    orNull(request<Artifact>('GET', `/artifacts/${encodeURIComponent(key)}/latest`)),
})

/** Lines of flow runs and task runs. */
export const logs = (request: Request) => ({
  write: (lines: NewLog[]) => request<null>('POST', '/logs/', lines),
  filter: (filter: Filter = {}) => request<LogLine[]>('POST', '/logs/filter', filter),
})
