// Late: runs that nobody took fifteen seconds after their time say so (Prefect: server/services/late_runs.py). A late run waits
// on as before; the new state is there to be seen, and to be reacted to.
import { NAMESPACE, uuidv5 } from '../core/ids.ts'
import { LATE_AFTER } from '../core/late.ts'
import { proposeState } from '../core/orchestration.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { ALL_TIME, formatInstant, type Micros, parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { amend } from './amend.ts'

/** Runs of one poller that are looked at: those that are late already are among them. */
const OVERDUE_RUNS_MAX = 10_000

/** Marks the overdue runs of a deployment or work queue; answers when the next one will be, or null. */
export const markLate =
  ({ runs, clock }: Pick<Services, 'runs' | 'clock'>) =>
  async (workspace: Workspace, pollerId: string): Promise<Micros | null> => {
    const now = clock.now()
    const before = formatInstant(now - LATE_AFTER)
    const overdue = await runs.due(workspace, pollerId, before, OVERDUE_RUNS_MAX)
    for (const { id } of overdue.filter((run) => waits(run))) {
      await amend<FlowRun>(
        () => runs.get(workspace, id),
        (run) => (waits(run) ? late(run, now) : run),
        (run, was) => runs.replace(workspace, run, was),
      )
    }
    const all = await runs.due(workspace, pollerId, ALL_TIME, overdue.length + 1)
    const next = all.find(waits)
    const dueAt = parseInstant(next?.next_scheduled_start_time ?? '')
    return dueAt === null ? null : dueAt + LATE_AFTER
  }

const waits = (run: FlowRun): boolean =>
  run.state?.type === 'SCHEDULED' && run.state.name === 'Scheduled'

function late(run: FlowRun, now: Micros): FlowRun {
  const state_details = { scheduled_time: run.next_scheduled_start_time }
  const newStateId = uuidv5(`${run.state?.id}/late`, NAMESPACE.state)
  const proposed = { type: 'SCHEDULED', name: 'Late', state_details } as const
  return proposeState(run, proposed, { force: true, now, newStateId }).run ?? run
}
