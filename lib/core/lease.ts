// Leases: who is at work on a run, and until when he may be silent. Prefect finds runs whose process died by an automation that
// somebody must write; here the process that claims a run says in `state_details` who it is and how often it will be heard of, and
// a run that is silent for longer is taken from it. Clients that say nothing (Prefect's) hold no lease and are left alone.
import type { FlowRun, State, StateDetails, StateType } from './run.ts'
import type { ProposedState } from './run-state.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'

export interface Lease {
  /** Known to the holder alone: a state proposed under another name is refused. */
  holder: string
  /** Silence after which the run is taken away. */
  seconds: number
}

/** States in which somebody is at work. */
const HELD: readonly StateType[] = ['PENDING', 'RUNNING', 'CANCELLING', 'PAUSED']

/** The lease on a run in this state, or null. */
export function leaseOf(state: Pick<State, 'type' | 'state_details'> | null): Lease | null {
  const { lease_holder: holder, lease_seconds: seconds } = state?.state_details ?? {}
  if (!state || !HELD.includes(state.type) || !holder || !seconds) return null
  return { holder, seconds }
}

/** Until when the lease lasts that a state began. Heartbeats make it last longer. */
export const leaseEnd = (state: State, { seconds }: Lease): Micros =>
  (parseInstant(state.timestamp) ?? 0) + seconds * MICROS_PER_SECOND

/**
 * Whether a state is proposed by somebody who no longer holds the run. Only Pending is free to all: by it a run is claimed. Who
 * was handed a run says from whom, in `lease_was`: of two that were handed the same one, the second comes too late.
 */
export function isStranger(from: State, to: ProposedState): boolean {
  const { lease_holder: holder, lease_was: was } = to.state_details ?? {}
  if (!holder || (to.type === 'PENDING' && from.type === 'SCHEDULED')) return false
  return leaseOf(from)?.holder !== (was ?? holder)
}

/** Whether a state is proposed by who holds the run. */
export function isHolder(from: State, { state_details }: ProposedState): boolean {
  const lease = leaseOf(from)
  return lease !== null && lease.holder === state_details?.lease_holder
}

/** The lease goes on through states that others propose, such as Cancelling. */
export function withLease(from: State, to: ProposedState): ProposedState {
  const lease = leaseOf(from)
  const { lease_was, ...details }: StateDetails = to.state_details ?? {}
  if (!lease || !HELD.includes(to.type) || details.lease_holder) {
    return lease_was === undefined ? to : { ...to, state_details: details }
  }
  const kept = { lease_holder: lease.holder, lease_seconds: lease.seconds }
  return { ...to, state_details: { ...details, ...kept } }
}

/**
 * The state of a run whose holder was silent for too long. One that had not begun waits for the next who asks; one that ran is tried
 * again as often as its `retries` say, else it is Crashed; one that was to be cancelled is. Null when nobody holds it.
 */
export function stateAfterSilence(run: FlowRun, now: Micros): ProposedState | null {
  const lease = leaseOf(run.state)
  if (!lease || !run.state) return null
  const why = `Nothing was heard of it for ${lease.seconds} s`
  const { retries, retry_delay } = run.empirical_policy
  if (run.state.type === 'CANCELLING') return { type: 'CANCELLED', message: `${why}.` }
  if (run.deployment_id !== null) {
    // What was launched and never began would not begin the next time either.
    const isFree = run.state.type === 'PENDING' && !run.state.state_details.launch_id
    if (isFree) return again(`${why}, and it had not begun.`, now)
    const isLeft = run.run_count > 0 && run.run_count <= (retries ?? 0)
    if (isLeft) return again(`${why}; retrying.`, now + (retry_delay ?? 0) * MICROS_PER_SECOND)
  }
  return { type: 'CRASHED', message: `${why}: its process has ended, or cannot reach us.` }
}

const again = (message: string, at: Micros): ProposedState => ({
  type: 'SCHEDULED',
  name: 'AwaitingRetry',
  message,
  state_details: { scheduled_time: formatInstant(at) },
})
