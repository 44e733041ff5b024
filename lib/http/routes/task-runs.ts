// Task runs (Prefect: server/api/task_runs.py): those that stand for subflows are made here; the others the client's events tell of.
import { z } from 'zod'
import { by, type Filter, filterOf, tags, text, time, within } from '../../core/criteria.ts'
import { notFound } from '../../core/errors.ts'
import { ascending, descending, type Order } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import { stateFilter } from '../../core/run-filter.ts'
import { setStateSchema } from '../../core/run-schema.ts'
import { boolean, parseBody, uuid } from '../../core/schema.ts'
import {
  enterTaskState,
  newTaskRun,
  subflowOf,
  type TaskRun,
  taskRunCreateSchema,
} from '../../core/task-run.ts'
import { formatInstant, MICROS_PER_SECOND, parseInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { amend, remove } from '../../steps/amend.ts'
import { filterFields, idsAsked, listRuns } from '../listing.ts'
import { type Listing, listingRoutes, paginateRoute } from '../listing-routes.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'
import { historyRoute } from './run-history.ts'

const ids = text(uuid)
const words = text(z.string())

/** Whether there is something: a subflow that the task run stands for. */
const existence = {
  schema: z.object({ exists_: boolean.nullish() }),
  holds: ({ exists_ }: { exists_?: boolean | null }, there: boolean) =>
    exists_ === undefined || exists_ === null ? [] : [exists_ === there],
}

const taskRunFilter: Filter<TaskRun> = filterOf({
  id: by(ids, (task: TaskRun) => task.id),
  name: by(words, (task: TaskRun) => task.name),
  tags: by(tags, (task: TaskRun) => task.tags),
  flow_run_id: by(ids, (task: TaskRun) => task.flow_run_id),
  start_time: by(time, (task: TaskRun) => task.start_time),
  end_time: by(time, (task: TaskRun) => task.end_time),
  expected_start_time: by(time, (task: TaskRun) => task.expected_start_time),
  state: within(stateFilter),
  subflow_runs: by(existence, (task: TaskRun) => subflowOf(task) !== null),
})

/** Task runs of the whole workspace that a listing looks at, newest first, when no run narrows it down. */
const TASKS_LISTED_MAX = 2_000

const ORDERS = {
  ID_DESC: descending<TaskRun>(({ id }) => id),
  EXPECTED_START_TIME_ASC: ascending<TaskRun>((task) => task.expected_start_time),
  EXPECTED_START_TIME_DESC: descending<TaskRun>((task) => task.expected_start_time),
  NAME_ASC: ascending<TaskRun>(({ name }) => name),
  NAME_DESC: descending<TaskRun>(({ name }) => name),
  NEXT_SCHEDULED_START_TIME_ASC: ascending<TaskRun>((task) => task.next_scheduled_start_time),
  END_TIME_DESC: descending<TaskRun>((task) => task.end_time),
} satisfies Record<string, Order<TaskRun>>

const filters = { ...filterFields, task_runs: taskRunFilter.schema }
type Asked = z.output<z.ZodObject<typeof filters>>

const updateSchema = z.strictObject({ name: z.string().min(1).optional() })

type Uses = Pick<Services, 'flows' | 'deployments' | 'runs' | 'workPools' | 'clock' | 'ids'>

export function taskRunRoutes(services: Uses): Route[] {
  const { runs, clock, ids } = services

  /** Those that a filter names, those of the flow runs that filters mean, or else the newest. */
  async function candidates(
    workspace: Workspace,
    { task_runs: asked, ...others }: Asked,
  ): Promise<TaskRun[]> {
    const named = idsAsked(asked, 'id')
    if (named) {
      const found = await Promise.all(named.map((id) => runs.task(workspace, id)))
      return found.flatMap((one) => one?.value ?? [])
    }
    const isNarrowed = Object.values(others).some((filter) => filter)
    const meant = isNarrowed
      ? (await listRuns(services, workspace, others)).map(({ id }) => id)
      : idsAsked(asked, 'flow_run_id')
    if (!meant) return runs.newestTasks(workspace, TASKS_LISTED_MAX)
    return (await Promise.all(meant.map((id) => runs.tasks(workspace, id)))).flat()
  }

  const listing: Listing<TaskRun, typeof filters> = {
    path: '/task_runs',
    what: 'task runs',
    filters,
    orders: ORDERS,
    async list(workspace, asked) {
      const found = await candidates(workspace, asked)
      return found.filter((task) => taskRunFilter.passes(asked.task_runs, task))
    },
    show: (_, page) => page.map(answer),
  }

  async function change(call: Call, decide: (task: TaskRun) => TaskRun): Promise<TaskRun> {
    const changed = await amend<TaskRun>(
      () => runs.task(call.workspace, idParam(call)),
      decide,
      (next, was) => runs.replaceTask(call.workspace, next, was),
    )
    if (!changed) throw notFound('Task run')
    return changed
  }

  return [
    {
      method: 'POST',
      path: '/task_runs',
      summary: 'Create a task run; the same keys in the same flow run answer the same one',
      body: taskRunCreateSchema,
      answers: [201, 200],
      async handle(call) {
        const sent = parseBody(taskRunCreateSchema, await call.body())
        const task = newTaskRun(sent, { stateId: ids.next(), now: clock.now() })
        if (await runs.createTask(call.workspace, task)) return created(answer(task))
        const known = await runs.task(call.workspace, task.id)
        return ok(answer(known?.value ?? task))
      },
    },
    ...listingRoutes(listing),
    paginateRoute(listing),
    historyRoute({
      ...listing,
      list: async (workspace, asked) => (await listing.list(workspace, asked)).map(answer),
    }),
    {
      method: 'GET',
      path: '/task_runs/:id',
      summary: 'A task run',
      async handle(call) {
        const found = await runs.task(call.workspace, idParam(call))
        if (!found) throw notFound('Task run')
        return ok(answer(found.value))
      },
    },
    {
      method: 'PATCH',
      path: '/task_runs/:id',
      summary: 'Rename a task run',
      body: updateSchema,
      async handle(call) {
        const { name } = parseBody(updateSchema, await call.body())
        const updated = formatInstant(clock.now())
        await change(call, (task) => ({ ...task, name: name ?? task.name, updated }))
        return noContent
      },
    },
    {
      method: 'POST',
      path: '/task_runs/:id/set_state',
      summary: 'Set the state of a task run: the client decides on it, so no rule is asked',
      body: setStateSchema,
      answers: [201],
      async handle(call) {
        const { state } = parseBody(setStateSchema, await call.body())
        const at = { id: ids.next(), now: clock.now() }
        const changed = await change(call, (task) => enterTaskState(task, state, at))
        const details = { type: 'accept_details' }
        return created({ state: changed.state, status: 'ACCEPT', details })
      },
    },
    {
      method: 'DELETE',
      path: '/task_runs/:id',
      summary: 'Delete a task run',
      async handle(call) {
        const id = idParam(call)
        const isGone = await remove<TaskRun>(
          () => runs.task(call.workspace, id),
          (was) => runs.deleteTask(call.workspace, was),
        )
        if (!isGone) throw notFound('Task run')
        return noContent
      },
    },
  ]
}

const answer = (task: TaskRun) => ({
  ...task,
  state_id: task.state?.id ?? null,
  state_type: task.state?.type ?? null,
  state_name: task.state?.name ?? null,
  estimated_run_time: task.total_run_time,
  estimated_start_time_delta: secondsLate(task),
})

/** Seconds a task run began after it was expected to. */
function secondsLate({ expected_start_time: expected, start_time: start }: TaskRun): number {
  const [from, to] = [parseInstant(expected ?? ''), parseInstant(start ?? '')]
  return from === null || to === null ? 0 : Math.max(0, to - from) / MICROS_PER_SECOND
}
