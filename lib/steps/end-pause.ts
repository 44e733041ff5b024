// End of a pause: a run that was paused until some time and never resumed has failed (Prefect: server/services/pause_expirations.py).
import { NAMESPACE, uuidv5 } from '../core/ids.ts'
import { proposeState } from '../core/orchestration.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { type Micros, parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { moveRun, unchanged } from './move-run.ts'

/** Looks at a run that may be paused for too long; answers when to look again, or null. */
export const endPause =
  ({ runs, clock }: Pick<Services, 'runs' | 'clock'>) =>
  async (workspace: Workspace, id: string): Promise<Micros | null> => {
    const now = clock.now()
    const was = await runs.get(workspace, id)
    const end = was && pauseEnd(was.value)
    if (!was?.value.state || end === null) return null
    if (end > now) return end
    const failed = { type: 'FAILED', message: 'The flow was paused and never resumed.' } as const
    const newStateId = uuidv5(`${was.value.state.id}/pause-end`, NAMESPACE.state)
    await moveRun({ runs })(workspace, id, (run) =>
      run.state?.id === was.value.state?.id
        ? proposeState(run, failed, { force: true, now, newStateId })
        : unchanged(run),
    )
    return null
  }

/** Until when a run is paused; null when it is not, or without end. */
const pauseEnd = ({ state }: FlowRun): Micros | null =>
  state?.type === 'PAUSED' ? parseInstant(state.state_details.pause_timeout ?? '') : null
