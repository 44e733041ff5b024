// A run's slot under its deployment's concurrency limit (Prefect: SecureFlowConcurrencySlots and its neighbours in
// server/orchestration/core_policy.py). It is taken on the way to Pending, named in the states while the run has it, and free again
// when a state no longer names it.
import type { ConcurrencyLimit } from './concurrency-limit.ts'
import type { Deployment } from './deployment.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import type { FlowRun, State, StateType } from './run.ts'
import type { ProposedState } from './run-state.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros } from './time.ts'

/** What came of asking for a slot: it is held, by a lease; or there is none, and what becomes of the run then. */
export type Slot =
  | { kind: 'held'; leaseId: string }
  | { kind: 'full' | 'lost'; strategy: 'ENQUEUE' | 'CANCEL_NEW' }
  | { kind: 'never' }

/** How long a run without a slot waits until it is offered again (Prefect: concurrency_slot_wait_seconds). */
const SLOT_WAIT_SECONDS = 30
/** How long a slot is kept for a run nobody renews it for (Prefect: initial_deployment_lease_duration). */
export const LEASE_SECONDS = 300

const WITH_SLOT: readonly StateType[] = ['PENDING', 'RUNNING', 'CANCELLING']

/** The lease that a run in this state has a slot by, or null. */
export const slotLeaseOf = (state: State | null | undefined): string | null =>
  (state?.state_details.deployment_concurrency_lease_id as string | null | undefined) ?? null

/** The same claim asks for the same lease, so that two who claim one run take one slot. */
export const slotLeaseId = (run: FlowRun): string =>
  uuidv5(`${run.id}/${run.state?.id}/slot`, NAMESPACE.state)

/** Whether a run must have a slot before it enters a state. */
export const asksForSlot = (run: FlowRun, to: StateType): boolean =>
  run.deployment_id !== null &&
  ((to === 'PENDING' && !WITH_SLOT.includes(run.state?.type ?? 'PENDING')) ||
    (to === 'RUNNING' && run.state?.type === 'PENDING' && slotLeaseOf(run.state) !== null))

/** Seconds that a slot is kept without being renewed, by the deployment's options. */
export const slotSeconds = ({ concurrency_options: options }: Deployment): number =>
  typeof options?.grace_period_seconds === 'number' ? options.grace_period_seconds : LEASE_SECONDS

/** What becomes of a run for which there is no slot under its deployment's limit. */
export function withoutSlot(
  run: FlowRun,
  { limit }: ConcurrencyLimit,
  { concurrency_options: options }: Deployment,
): Slot {
  if (limit === 0) return { kind: 'never' }
  const strategy = options?.collision_strategy === 'CANCEL_NEW' ? 'CANCEL_NEW' : 'ENQUEUE'
  return { kind: run.state?.type === 'PENDING' ? 'lost' : 'full', strategy }
}

/** The state in which a run that found no slot waits or ends, and the reason. */
export function stateWithoutSlot(
  slot: Exclude<Slot, { kind: 'held' | 'never' }>,
  now: Micros,
): { reason: string; instead: ProposedState } {
  if (slot.kind === 'lost') {
    const message =
      'Deployment concurrency slot lost during provisioning - no slots available to continue execution'
    const reason = 'Deployment concurrency limit reached after lease expiry.'
    return { reason, instead: { type: 'CANCELLED', message } }
  }
  const reason = 'Deployment concurrency limit reached.'
  if (slot.strategy === 'CANCEL_NEW') {
    return { reason, instead: { type: 'CANCELLED', message: reason } }
  }
  const scheduled_time = formatInstant(now + SLOT_WAIT_SECONDS * MICROS_PER_SECOND)
  const name = 'AwaitingConcurrencySlot'
  return { reason, instead: { type: 'SCHEDULED', name, state_details: { scheduled_time } } }
}

/**
 * A state with the slot that the run has in it: a new one, or the one it had, which it keeps while it is at work, and while it waits in
 * its own process to be tried again.
 */
export function withSlotLease(
  from: State,
  to: ProposedState,
  { slot, isRetried }: { slot: Slot | null; isRetried: boolean },
): ProposedState {
  const goesOn = isRetried || WITH_SLOT.includes(to.type)
  const id = slot?.kind === 'held' ? slot.leaseId : goesOn ? slotLeaseOf(from) : null
  if (id === null) return to
  return { ...to, state_details: { ...to.state_details, deployment_concurrency_lease_id: id } }
}
