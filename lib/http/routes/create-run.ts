// The end of every request for a run: it is stored, or found to be there already.
import type { Services } from '../../core/ports.ts'
import type { FlowRun } from '../../core/run.ts'
import type { Workspace } from '../../core/workspace.ts'
import { followSubflow } from '../../steps/follow-subflow.ts'
import { runAnswer } from '../answers.ts'
import { type Answer, created, ok } from '../route.ts'

/** 201 with the run, or 200 with the one that has its id already and stays as it is. */
export async function createRun(
  { runs, clock }: Pick<Services, 'runs' | 'clock'>,
  workspace: Workspace,
  run: FlowRun,
): Promise<Answer> {
  const fresh = await runs.create(workspace, [run])
  if (fresh.has(run.id)) {
    await followSubflow({ runs }, workspace, run)
    return created(runAnswer(run, clock.now()))
  }
  const known = await runs.get(workspace, run.id)
  if (!known) throw new Error(`flow run ${run.id} was deleted while it was asked for again`)
  return ok(runAnswer(known.value, clock.now()))
}
