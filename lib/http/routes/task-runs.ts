// Task runs (Prefect: server/api/task_runs.py): those that stand for subflows. The others' states are events in the feed.
import { z } from 'zod'
import { by, type Filter, filterOf, tags, text, time, within } from '../../core/criteria.ts'
import { notFound } from '../../core/errors.ts'
import { descending, pageFields, pageOf } from '../../core/order.ts'
import type { Services, Workspace } from '../../core/ports.ts'
import { stateFilter } from '../../core/run-filter.ts'
import { parseBody, uuid } from '../../core/schema.ts'
import { newTaskRun, type TaskRun, taskRunCreateSchema } from '../../core/task-run.ts'
import { idsAsked } from '../listing.ts'
import { created, idParam, ok, type Route } from '../route.ts'

const ids = text(uuid)
const words = text(z.string())

const anything = { schema: z.unknown(), holds: () => [] }

const taskRunFilter: Filter<TaskRun> = filterOf({
  id: by(ids, (task: TaskRun) => task.id),
  name: by(words, (task: TaskRun) => task.name),
  tags: by(tags, (task: TaskRun) => task.tags),
  flow_run_id: by(ids, (task: TaskRun) => task.flow_run_id),
  start_time: by(time, (task: TaskRun) => task.start_time),
  end_time: by(time, (task: TaskRun) => task.end_time),
  expected_start_time: by(time, (task: TaskRun) => task.expected_start_time),
  state: within(stateFilter),
  /** Every one that is kept stands for a subflow. */
  subflow_runs: by(anything, () => null),
})

const listingSchema = z.object({ task_runs: taskRunFilter.schema, ...pageFields })

export function taskRunRoutes({
  runs,
  clock,
  ids,
}: Pick<Services, 'runs' | 'clock' | 'ids'>): Route[] {
  /** Those of the flow runs, or under the ids, that a filter names. */
  async function candidates(
    workspace: Workspace,
    asked: z.output<typeof listingSchema>['task_runs'],
  ): Promise<TaskRun[]> {
    const named = idsAsked(asked, 'id')
    if (named) {
      const found = await Promise.all(named.map((id) => runs.task(workspace, id)))
      return found.flatMap((one) => one?.value ?? [])
    }
    const flowRuns = idsAsked(asked, 'flow_run_id') ?? []
    return (await Promise.all(flowRuns.map((id) => runs.tasks(workspace, id)))).flat()
  }

  return [
    {
      method: 'POST',
      path: '/task_runs',
      summary: 'Create a task run; the same keys in the same flow run answer the same one',
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
      summary: 'Task runs of the flow runs that are named, page by page',
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        const found = (await candidates(call.workspace, asked.task_runs))
          .filter((task: TaskRun) => taskRunFilter.passes(asked.task_runs, task))
          .sort(descending((task: TaskRun) => task.created))
        return ok(pageOf(found, asked).map(answer))
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
  estimated_start_time_delta: 0,
})
