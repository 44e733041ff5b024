// A subflow's run and the task run that stands for it in the calling run: the second follows the first, in the same request, for
// the client reads it right afterwards.
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { followSubflow as follow, type TaskRun } from '../core/task-run.ts'
import type { Workspace } from '../core/workspace.ts'
import { amend } from './amend.ts'

export async function followSubflow(
  { runs }: Pick<Services, 'runs'>,
  workspace: Workspace,
  run: FlowRun,
): Promise<void> {
  const { parent_task_run_id: parent } = run
  if (parent === null) return
  await amend<TaskRun>(
    () => runs.task(workspace, parent),
    (task) => follow(task, run),
    (task, was) => runs.replaceTask(workspace, task, was),
  )
}
