// Follow task runs: what the client's events say of them is kept, so that they can be listed and read. Of a batch only the latest
// word on each is written.
import { Refusal } from '../core/errors.ts'
import type { Services, StoredEvent } from '../core/ports.ts'
import type { TaskRun } from '../core/task-run.ts'
import { laterOf, toldTaskRun } from '../core/task-run-event.ts'
import type { Workspace } from '../core/workspace.ts'
import { amend } from './amend.ts'

export const followTaskRuns =
  ({ runs, log }: Pick<Services, 'runs' | 'log'>) =>
  async (stored: StoredEvent[]): Promise<void> => {
    const latest = new Map<string, { workspace: Workspace; task: TaskRun }>()
    for (const { workspace, event } of stored) {
      const task = toldTaskRun(event)
      if (!task) continue
      const key = `${workspace}/${task.id}`
      const known = latest.get(key)
      latest.set(key, { workspace, task: known ? laterOf(known.task, task) : task })
    }
    await Promise.all(
      [...latest.values()].map(({ workspace, task }) => keepIfItFits(workspace, task)),
    )

    /** An event may be larger than an item: then it is an event and no more, and must not stop the stream. */
    async function keepIfItFits(workspace: Workspace, task: TaskRun): Promise<void> {
      try {
        await keep(workspace, task)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        log.warn('a task run was not kept', { task: task.id, why: error.message })
      }
    }

    async function keep(workspace: Workspace, task: TaskRun): Promise<void> {
      if (await runs.createTask(workspace, task)) return
      await amend<TaskRun>(
        () => runs.taskOf(workspace, task.flow_run_id, task.id),
        (known) => laterOf(known, task),
        (next, was) => runs.replaceTask(workspace, next, was),
      )
    }
  }
