// Task runs (Prefect: server/api/task_runs.py): those that stand for subflows are made here; the others the client's events tell of.
import { z } from 'zod'
import { by, type Filter, filterOf, tags, text, time, within } from '../../core/criteria.ts'
import { notFound } from '../../core/errors.ts'
import { ascending, descending, type Order, pageFields, pageOf } from '../../core/order.ts'
import type { Services, Workspace } from '../../core/ports.ts'
import { stateFilter } from '../../core/run-filter.ts'
import { boolean, parseBody, uuid } from '../../core/schema.ts'
import { newTaskRun, subflowOf, type TaskRun, taskRunCreateSchema } from '../../core/task-run.ts'
import { MICROS_PER_SECOND, parseInstant } from '../../core/time.ts'
import { filterFields, idsAsked, listRuns } from '../listing.ts'
import { created, idParam, ok, type Route } from '../route.ts'

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

const countSchema = z.object({ ...filterFields, task_runs: taskRunFilter.schema })
const listingSchema = z.object({
  ...countSchema.shape,
  ...pageFields,
  sort: z.enum(Object.keys(ORDERS) as [keyof typeof ORDERS]).nullish(),
})

type Uses = Pick<Services, 'flows' | 'deployments' | 'runs' | 'workPools' | 'clock' | 'ids'>

export function taskRunRoutes(services: Uses): Route[] {
  const { runs, clock, ids } = services

  /** Those that a filter names, those of the flow runs that filters mean, or else the newest. */
  async function candidates(
    workspace: Workspace,
    { task_runs: asked, ...others }: z.output<typeof countSchema>,
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

  async function list(workspace: Workspace, asked: z.output<typeof countSchema>) {
    const found = await candidates(workspace, asked)
    return found.filter((task) => taskRunFilter.passes(asked.task_runs, task))
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
    {
      method: 'POST',
      path: '/task_runs/filter',
      summary: 'Task runs that meet filters, page by page',
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        const found = await list(call.workspace, asked)
        return ok(pageOf(found.sort(ORDERS[asked.sort ?? 'ID_DESC']), asked).map(answer))
      },
    },
    {
      method: 'POST',
      path: '/task_runs/count',
      summary: 'The number of task runs that meet filters',
      body: countSchema,
      async handle(call) {
        const asked = parseBody(countSchema, (await call.body()) ?? {})
        return ok((await list(call.workspace, asked)).length)
      },
    },
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
