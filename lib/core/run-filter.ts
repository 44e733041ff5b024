// Which flows, deployments, runs, pools and variables a listing asks for, and in what order.
import { z } from 'zod'
import { by, type Filter, filterOf, flag, number, tags, text, time, within } from './criteria.ts'
import type { Deployment, Flow, WorkPool, WorkQueue } from './deployment.ts'
import type { LogLine } from './log-line.ts'
import type { FlowRun, State } from './run.ts'
import { uuid } from './schema.ts'
import type { Variable } from './variable.ts'

const ids = text(uuid)
const words = text(z.string())

/** A flow with what its filter asks of others. */
export interface ListedFlow {
  flow: Flow
  hasDeployment: boolean
}

export const flowFilter: Filter<ListedFlow> = filterOf({
  id: by(ids, ({ flow }: ListedFlow) => flow.id),
  name: by(words, ({ flow }) => flow.name),
  tags: by(tags, ({ flow }) => flow.tags),
  deployment: by(flag, ({ hasDeployment }) => hasDeployment),
})

/** A deployment with the name of its flow. */
export interface ListedDeployment {
  deployment: Deployment
  flowName: string
}

export const deploymentFilter: Filter<ListedDeployment> = filterOf({
  id: by(ids, ({ deployment }: ListedDeployment) => deployment.id),
  name: by(words, ({ deployment }) => deployment.name),
  flow_or_deployment_name: by(
    words,
    ({ deployment, flowName }) => `${flowName}/${deployment.name}`,
  ),
  paused: by(flag, ({ deployment }) => deployment.paused),
  tags: by(tags, ({ deployment }) => deployment.tags),
  work_queue_name: by(words, ({ deployment }) => deployment.work_queue_name),
  concurrency_limit: by(number, ({ deployment }) => deployment.concurrency_limit),
})

interface Stateful {
  state: Pick<State, 'type' | 'name'> | null
}

export const stateFilter: Filter<Stateful> = filterOf({
  type: by(words, (run: Stateful) => run.state?.type ?? null),
  name: by(words, (run) => run.state?.name ?? null),
})

const creatorSchema = z.strictObject({
  operator: z.enum(['and_', 'or_']).default('and_'),
  id_: z.array(uuid).nullish(),
  type_: z.array(z.string()).nullish(),
  is_null_: z.boolean().nullish(),
})

const creator = {
  schema: creatorSchema,
  holds(asked: z.output<typeof creatorSchema>, value: FlowRun['created_by']): boolean[] {
    const claims: boolean[] = []
    if (asked.id_) claims.push(asked.id_.includes(value?.id ?? ''))
    if (asked.type_) claims.push(asked.type_.includes(value?.type ?? ''))
    if (typeof asked.is_null_ === 'boolean') claims.push((value === null) === asked.is_null_)
    return claims
  },
}

export const runFilter: Filter<FlowRun> = filterOf({
  id: by(ids, (run: FlowRun) => run.id),
  name: by(words, (run) => run.name),
  tags: by(tags, (run) => run.tags),
  deployment_id: by(ids, (run) => run.deployment_id),
  work_queue_name: by(words, (run) => run.work_queue_name),
  state: within(stateFilter),
  flow_version: by(words, (run) => run.flow_version),
  start_time: by(time, (run) => run.start_time),
  end_time: by(time, (run) => run.end_time),
  expected_start_time: by(time, (run) => run.expected_start_time),
  next_scheduled_start_time: by(time, (run) => run.next_scheduled_start_time),
  /** Which flow run called a subflow is known to the task run between them, which a filter does not see: nothing passes. */
  parent_flow_run_id: by(ids, () => null),
  parent_task_run_id: by(ids, (run) => run.parent_task_run_id),
  idempotency_key: by(words, (run) => run.idempotency_key),
  created_by: by(creator, (run) => run.created_by),
})

export const workPoolFilter: Filter<Pick<WorkPool, 'id' | 'name' | 'type'>> = filterOf({
  id: by(ids, (pool: Pick<WorkPool, 'id' | 'name' | 'type'>) => pool.id),
  name: by(words, (pool) => pool.name),
  type: by(words, (pool) => pool.type),
})

export const workQueueFilter: Filter<Pick<WorkQueue, 'id' | 'name'>> = filterOf({
  id: by(ids, (queue: Pick<WorkQueue, 'id' | 'name'>) => queue.id),
  name: by(words, (queue) => queue.name),
})

export const variableFilter: Filter<Variable> = filterOf({
  id: by(ids, (variable: Variable) => variable.id),
  name: by(words, (variable) => variable.name),
  tags: by(tags, (variable) => variable.tags),
})

/** Words anywhere in a message, in any case (Prefect's log search, without its operators). */
const querySchema = z.strictObject({ query: z.string().max(200) })
const messageQuery = {
  schema: querySchema,
  holds: ({ query }: z.output<typeof querySchema>, message: string): boolean[] =>
    query
      .toLowerCase()
      .split(/\s+/)
      .map((word) => message.toLowerCase().includes(word)),
}

export const logFilter: Filter<LogLine> = filterOf({
  level: by(number, (line: LogLine) => line.level),
  timestamp: by(time, (line) => line.timestamp),
  flow_run_id: by(ids, (line) => line.flow_run_id),
  task_run_id: by(ids, (line) => line.task_run_id),
  text: by(messageQuery, (line) => line.message),
})
