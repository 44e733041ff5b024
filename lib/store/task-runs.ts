// Task runs, beside the flow run they belong to, and found by their id through an index.
import type { RunStore } from '../core/ports.ts'
import type { TaskRun } from '../core/task-run.ts'
import type { Workspace } from '../core/workspace.ts'
import { KIND } from '../names.ts'
import { type Item, queryAll, type Table } from './client.ts'
import { keys, NO_RUN, objectItem, readObject } from './table.ts'

type TaskRunStore = Pick<
  RunStore,
  'createTask' | 'task' | 'taskOf' | 'tasks' | 'replaceTask' | 'deleteTask'
>

/** The part of the store of runs that keeps their tasks. */
export function taskRunStore(table: Table): TaskRunStore {
  return {
    createTask: (workspace, task) => table.put(itemOf(workspace, task, 1), 'new'),

    async task(workspace, id) {
      const { o } = keys.taskRunById(workspace, id)
      const { items } = await table.query({ index: 'owner', partition: o, limit: 1 })
      const listed = items[0]
      const item = listed && (await table.get({ pk: String(listed.pk), sk: String(listed.sk) }))
      return item ? readObject<TaskRun>(item) : null
    },

    async taskOf(workspace, runId, id) {
      const item = await table.get(keys.taskRun(workspace, runId ?? NO_RUN, id))
      return item ? readObject<TaskRun>(item) : null
    },

    async tasks(workspace, runId) {
      const partition = keys.run(workspace, runId).pk
      const items = await queryAll(table, { partition, prefix: 'task#' })
      return items.map((item) => readObject<TaskRun>(item).value)
    },

    replaceTask: (workspace, next, was) =>
      table.put(itemOf(workspace, next, was.version + 1), { version: was.version }),

    deleteTask: (workspace, { value, version }) =>
      table.delete(keys.taskRun(workspace, value.flow_run_id ?? NO_RUN, value.id), { version }),
  }
}

const itemOf = (workspace: Workspace, task: TaskRun, version: number): Item =>
  objectItem(
    KIND.taskRun,
    keys.taskRun(workspace, task.flow_run_id ?? NO_RUN, task.id),
    task,
    version,
    {
      ...keys.taskRunById(workspace, task.id),
      ...keys.tasksOfMonth(workspace, task.created, task.id),
    },
  )
