// Leases: a run whose process says nothing for longer than it promised is taken from it (core/lease.ts says what becomes of it).
import { NAMESPACE, uuidv5 } from '../core/ids.ts'
import { leaseEnd, leaseOf, stateAfterSilence } from '../core/lease.ts'
import { proposeState } from '../core/orchestration.ts'
import type { Services } from '../core/ports.ts'
import type { State } from '../core/run.ts'
import { MICROS_PER_SECOND, type Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { followSubflow } from './follow-subflow.ts'

type Uses = Pick<Services, 'runs' | 'clock'>

/** What a process hears that says it is still at work: whether the run is still its own, and the state it is in. */
export interface Heard {
  held: boolean
  state: State | null
}

/** Makes the holder's lease last longer; null when there is no such run. */
export const hearOf =
  ({ runs, clock }: Uses) =>
  async (workspace: Workspace, id: string, holder: string): Promise<Heard | null> => {
    const run = (await runs.get(workspace, id))?.value
    if (!run) return null
    const lease = leaseOf(run.state)
    if (lease?.holder !== holder) return { held: false, state: run.state }
    const until = clock.now() + lease.seconds * MICROS_PER_SECOND
    await runs.renewLease(workspace, id, { holder, until })
    return { held: true, state: run.state }
  }

/** Looks at a run whose lease may have ended; answers when to look again, or null. */
export const endLease =
  ({ runs, clock }: Uses) =>
  async (workspace: Workspace, id: string): Promise<Micros | null> => {
    const was = await runs.get(workspace, id)
    const lease = was && leaseOf(was.value.state)
    if (!was?.value.state || !lease) return null
    const renewed = await runs.lease(workspace, id)
    const until = renewed?.holder === lease.holder ? renewed.until : 0
    const end = Math.max(leaseEnd(was.value.state, lease), until)
    const now = clock.now()
    if (end > now) return end
    const to = stateAfterSilence(was.value, now)
    const newStateId = uuidv5(`${was.value.state.id}/silence`, NAMESPACE.state)
    const next = to && proposeState(was.value, to, { force: true, now, newStateId }).run
    if (!next) return null
    if (!(await runs.replace(workspace, next, was))) return now // somebody moved it: look again
    await followSubflow({ runs }, workspace, next)
    return null
  }
