// Moving a run to another state: proposed, decided on by core/orchestration.ts, and put back on condition that nobody was faster. The
// same for a request and for an automation's action.
import {
  type Orchestrated,
  type OrchestrationResult,
  type ProposalOptions,
  proposeState,
} from '../core/orchestration.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import type { ProposedState } from '../core/run-state.ts'
import type { Workspace } from '../core/workspace.ts'
import { amend } from './amend.ts'
import { followSubflow } from './follow-subflow.ts'

/** What the API answers; `written` when the run was changed. */
export type Moved = Pick<Orchestrated, 'written' | 'answer'>

/** Null when there is no such run. Of two moves at one moment the second is decided on anew, after the first. */
export const moveRun =
  ({ runs }: Pick<Services, 'runs'>) =>
  async (
    workspace: Workspace,
    id: string,
    decide: (run: FlowRun) => Orchestrated,
  ): Promise<Moved | null> => {
    let decided: Orchestrated | null = null
    await amend<FlowRun>(
      () => runs.get(workspace, id),
      (run) => {
        decided = decide(run)
        return decided.run ?? run
      },
      (run, was) => runs.replace(workspace, run, was),
    )
    const moved = decided as Orchestrated | null // assigned by amend, which the compiler cannot see
    if (moved?.run) await followSubflow({ runs }, workspace, moved.run)
    return moved
  }

export type MoveOptions = ProposalOptions

/** Lets a paused run go on: in its own process, or, if it left that, in a new one. */
export function resumeRun(run: FlowRun, options: MoveOptions): Orchestrated {
  if (run.state?.type !== 'PAUSED')
    return abort(run, 'Cannot resume a flow run that is not paused.')
  const leaves = run.state.state_details.pause_reschedule
  const next: ProposedState = leaves ? { type: 'SCHEDULED', name: 'Resuming' } : { type: 'RUNNING' }
  return proposeState(run, next, options)
}

function abort({ state }: FlowRun, reason: string): Orchestrated {
  const answer: OrchestrationResult = {
    state,
    status: 'ABORT',
    details: { type: 'abort_details', reason },
  }
  return { run: null, written: false, answer }
}

/** A decision to leave the run as it is. */
export const unchanged = ({ state }: FlowRun): Orchestrated => ({
  run: null,
  written: false,
  answer: { state, status: 'ACCEPT', details: { type: 'accept_details' } },
})
