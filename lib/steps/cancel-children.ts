// A run that was cancelled takes with it what it called and what is not over (Prefect: server/services/cancellation_cleanup.py): its
// task runs, and the runs of its subflows, which are asked to stop where a process of their own runs them.
import { NAMESPACE, uuidv5 } from '../core/ids.ts'
import { type Orchestrated, proposeState } from '../core/orchestration.ts'
import type { Services } from '../core/ports.ts'
import { type FlowRun, isTerminal, type State } from '../core/run.ts'
import type { ProposedState } from '../core/run-state.ts'
import { enterTaskState, subflowOf, type TaskRun } from '../core/task-run.ts'
import type { Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { amend } from './amend.ts'
import { moveRun, unchanged } from './move-run.ts'

const MESSAGE = 'The parent flow run was cancelled.'

/** Follows the cancellation of a run. States get their ids from it, so that a second look changes nothing. */
export async function cancelChildren(
  { runs, clock }: Pick<Services, 'runs' | 'clock'>,
  workspace: Workspace,
  { id, state }: FlowRun,
): Promise<void> {
  const now = clock.now()
  const idOf = (child: string) => uuidv5(`${state?.id}/${child}`, NAMESPACE.state)
  for (const task of await runs.tasks(workspace, id)) {
    const child = subflowOf(task)
    if (child !== null) {
      await moveRun({ runs })(workspace, child, (run) => stopped(run, idOf(child), now))
    }
    await amend<TaskRun>(
      () => runs.taskOf(workspace, id, task.id),
      (was) =>
        isOver(was.state) ? was : enterTaskState(was, CANCELLED, { id: idOf(was.id), now }),
      (next, was) => runs.replaceTask(workspace, next, was),
    )
  }
}

const CANCELLED: ProposedState = { type: 'CANCELLED', message: MESSAGE }

const isOver = (state: State | null): boolean => !state || isTerminal(state.type)

function stopped(run: FlowRun, newStateId: string, now: Micros): Orchestrated {
  if (isOver(run.state) || run.state?.type === 'CANCELLING') return unchanged(run)
  const type = run.deployment_id ? 'CANCELLING' : 'CANCELLED'
  return proposeState(run, { type, message: MESSAGE }, { force: true, now, newStateId })
}
