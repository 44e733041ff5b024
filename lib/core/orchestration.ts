// Orchestration: which state a run may move to, and what the move does to the run (Prefect: server/orchestration/core_policy.py
// and global_policy.py). Rules are asked in order and the first one that objects decides.
import { isHolder, isStranger, withLease } from './lease.ts'
import { type FlowRun, type FlowRunPolicy, isTerminal, type State, type StateType } from './run.ts'
import { type Slot, stateWithoutSlot, withSlotLease } from './run-slot.ts'
import { enterState, newState, type ProposedState } from './run-state.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'

/** The answer to set_state. `state` is the one the run is in afterwards. */
export interface OrchestrationResult {
  state: State | null
  status: 'ACCEPT' | 'REJECT' | 'ABORT' | 'WAIT'
  details:
    | { type: 'accept_details' }
    | { type: 'reject_details'; reason: string }
    | { type: 'abort_details'; reason: string }
    | { type: 'wait_details'; delay_seconds: number; reason: string }
}

/** `run` is the run to be stored when a state was written; otherwise nothing changed. */
export type Orchestrated =
  | { run: FlowRun; written: true; answer: OrchestrationResult }
  | { run: null; written: false; answer: OrchestrationResult }

export interface ProposalOptions {
  force: boolean
  now: Micros
  newStateId: string
  /** What came of asking for a slot under the deployment's limit; null when none was needed. */
  slot?: Slot | null
}

/**
 * Decides on a proposed state. Depending on the rules the run takes it (ACCEPT), takes another one or keeps its own (REJECT),
 * the client is to give up (ABORT), or to ask again later (WAIT). With `force` hardly any rule is asked.
 */
export function proposeState(
  run: FlowRun,
  proposed: ProposedState,
  { force, now, newStateId, slot = null }: ProposalOptions,
): Orchestrated {
  const from = run.state
  const rules = force ? FORCED_RULES : RULES
  const objection = from && objectionOf(rules, { run, from, to: proposed, now, slot })
  if (objection === null) {
    const policy = force || !from ? run.empirical_policy : policyAfter(run, from, proposed)
    const to = from && !force ? carried(from, proposed, slot) : proposed
    const state = newState(run.id, to, { id: newStateId, now })
    const next = enterState({ ...run, empirical_policy: policy }, state)
    return { run: next, written: true, answer: accepted(state) }
  }
  const { answer, instead, policy } = objection
  if (!instead) return { run: null, written: false, answer: { state: from, ...answer } }
  const isRetried = policy?.retry_type === 'in_process'
  const to = from ? withSlotLease(from, instead, { slot: null, isRetried }) : instead
  const state = newState(run.id, to, { id: newStateId, now })
  const next = enterState(
    { ...run, empirical_policy: { ...run.empirical_policy, ...policy } },
    state,
  )
  return { run: next, written: true, answer: { state, ...answer } }
}

/** A proposed state with what the state before hands on to it. */
const carried = (from: State, to: ProposedState, slot: Slot | null): ProposedState =>
  withSlotLease(from, withLease(from, withScheduledTime(from, to)), { slot, isRetried: false })

const accepted = (state: State): OrchestrationResult => ({
  state,
  status: 'ACCEPT',
  details: { type: 'accept_details' },
})

interface Move {
  run: FlowRun
  from: State
  to: ProposedState
  now: Micros
  slot: Slot | null
}

interface Objection {
  answer: Omit<OrchestrationResult, 'state'>
  /** The state to be entered in place of the proposed one. */
  instead?: ProposedState
  policy?: Partial<FlowRunPolicy>
}

const abort = (reason: string): Objection => ({
  answer: { status: 'ABORT', details: { type: 'abort_details', reason } },
})

const reject = (reason: string, instead?: ProposedState): Objection => ({
  answer: { status: 'REJECT', details: { type: 'reject_details', reason } },
  ...(instead ? { instead } : {}),
})

const wait = (seconds: number, reason: string): Objection => ({
  answer: {
    status: 'WAIT',
    details: { type: 'wait_details', delay_seconds: seconds, reason },
  },
})

function objectionOf(rules: readonly Rule[], move: Move): Objection | null {
  for (const rule of rules) {
    const objection = rule(move)
    if (objection) return objection
  }
  return null
}

type Rule = (move: Move) => Objection | null

/** In Prefect's order, which decides where several rules object. */
const RULES: readonly Rule[] = [
  refuseRepetition,
  refuseStranger,
  guardTerminal,
  keepResult,
  onlyCancelWhatIsCancelling,
  cancelWithoutInfrastructure,
  refuseSecondSubmission,
  onlyScheduledIsLate,
  guardPausing,
  guardResuming,
  waitForScheduledTime,
  waitForSlot,
  retryFailed,
]

/** What even force does not do. */
const FORCED_RULES: readonly Rule[] = [keepResult, cancelWithoutInfrastructure]

/** A client that did not hear our answer asks again with the same transition id. */
function refuseRepetition({ from, to }: Move): Objection | null {
  const id = to.state_details?.transition_id
  if (!id || from.state_details.transition_id !== id) return null
  return reject('This run has already made this state transition.')
}

/** Who was silent for too long does not speak for the run any more: somebody else may be at work on it. */
function refuseStranger({ from, to }: Move): Objection | null {
  return isStranger(from, to) ? abort('This run is no longer held by the process that asks.') : null
}

function guardTerminal({ run, from, to }: Move): Objection | null {
  if (!isTerminal(from.type)) return null
  if (to.type === 'CANCELLING' || to.type === 'PAUSED' || to.type === 'CRASHED') {
    return abort(`Run is already in terminal state ${from.type}.`)
  }
  const hasResult = from.type === 'COMPLETED' && isPersisted(from.data)
  if (hasResult && !isTerminal(to.type)) return reject('Run is already COMPLETED.')
  if (to.type === 'SCHEDULED' && run.deployment_id === null) {
    return abort('Cannot reschedule a run without an associated deployment.')
  }
  return null
}

/** A result that was kept is not forgotten for a second completion without one. */
function keepResult({ from, to }: Move): Objection | null {
  if (from.type !== 'COMPLETED' || to.type !== 'COMPLETED') return null
  if (!isPersisted(from.data) || isPersisted(to.data)) return null
  return reject(
    'Cannot overwrite a COMPLETED state that carries persisted result data with one that does not.',
  )
}

/** Whether a state's data are those of a result that the client has kept. */
const isPersisted = (data: unknown): boolean =>
  typeof data === 'object' &&
  data !== null &&
  Object.keys(data).length > 0 &&
  (data as { type?: unknown }).type !== 'unpersisted'

function onlyCancelWhatIsCancelling({ from, to }: Move): Objection | null {
  if (from.type !== 'CANCELLING' || to.type === 'CANCELLED') return null
  return reject('Cannot transition flows that are cancelling to a state other than Cancelled.')
}

/** CANCELLING asks somebody to stop a process; where there is none the run is CANCELLED at once. */
function cancelWithoutInfrastructure({ run, from, to }: Move): Objection | null {
  if (to.type !== 'CANCELLING') return null
  const cancelled: ProposedState = { type: 'CANCELLED' }
  if (from.type === 'SCHEDULED' && (!run.infrastructure_pid || from.name === 'Resuming')) {
    return reject('Scheduled flow run has no infrastructure to terminate.', cancelled)
  }
  if (from.type === 'PAUSED' && from.state_details.pause_reschedule) {
    return reject('Suspended flow run has no infrastructure to terminate.', cancelled)
  }
  return null
}

/**
 * What keeps two pollers from running one run: only the first takes it to Pending. Whoever did may go on from there, to
 * Submitting and further.
 */
function refuseSecondSubmission({ from, to }: Move): Objection | null {
  const name = to.name ?? 'Pending'
  const goesOn =
    from.type === 'PENDING' && name !== 'Pending' && (name !== from.name || isHolder(from, to))
  if (to.type !== 'PENDING' || goesOn || !SUBMITTED.includes(from.type)) return null
  return abort(`This run is in a ${from.type} state and cannot transition to a PENDING state.`)
}

const SUBMITTED: readonly StateType[] = ['PENDING', 'RUNNING', 'CANCELLED']

function onlyScheduledIsLate({ from, to }: Move): Objection | null {
  const marksLate = to.type === 'SCHEDULED' && to.name === 'Late'
  if (!marksLate || from.type === 'SCHEDULED') return null
  return reject('Only scheduled flows can be marked late.')
}

function guardPausing({ run, from, to }: Move): Objection | null {
  if (to.type !== 'PAUSED') return null
  const verb = to.name === 'Suspended' ? 'suspend' : 'pause'
  if (from.type !== 'RUNNING') {
    return reject(`Cannot ${verb} flows that are not currently running.`)
  }
  const { pause_key: key, pause_reschedule: leaves } = to.state_details ?? {}
  if (key && run.empirical_policy.pause_keys.includes(key)) {
    return reject(`This ${verb} has already fired.`)
  }
  if (leaves && run.parent_task_run_id) return abort(`Cannot ${verb} subflows.`)
  if (leaves && run.deployment_id === null) {
    return abort(`Cannot ${verb} flows without a deployment.`)
  }
  return null
}

function guardResuming({ run, from, to, now }: Move): Objection | null {
  if (from.type !== 'PAUSED') return null
  if (to.type !== 'RUNNING' && to.type !== 'SCHEDULED' && !isTerminal(to.type)) {
    return reject(
      `This run cannot transition to the StateType.${to.type} state from the StateType.PAUSED state.`,
    )
  }
  const name = (to.name ?? to.type).toLowerCase()
  if (from.state_details.pause_reschedule && run.deployment_id === null) {
    return reject(`Cannot reschedule a ${name} flow run without a deployment.`)
  }
  const end = parseInstant(from.state_details.pause_timeout ?? '')
  if (end === null || end >= now) return null
  return reject('The flow run pause has timed out and can no longer resume.', {
    type: 'FAILED',
    message: `The flow was ${name} and never resumed.`,
  })
}

/** Whole seconds, as the protocol has it: a run may start up to half a second early. */
function waitForScheduledTime({ from, to, now }: Move): Objection | null {
  if (to.type !== 'RUNNING' || (from.type !== 'SCHEDULED' && from.type !== 'PENDING')) return null
  const at = parseInstant(from.state_details.scheduled_time ?? '')
  if (at === null) return null
  const seconds = Math.ceil((at - now) / MICROS_PER_SECOND - 0.5) // a half second is rounded down
  return seconds > 0 ? wait(seconds, 'Scheduled time is in the future') : null
}

function waitForSlot({ slot, now }: Move): Objection | null {
  if (slot === null || slot.kind === 'held') return null
  if (slot.kind === 'never') {
    return abort(
      'The deployment concurrency limit is 0. The flow will deadlock if submitted again.',
    )
  }
  const { reason, instead } = stateWithoutSlot(slot, now)
  return reject(reason, instead)
}

function retryFailed({ run, from, to, now }: Move): Objection | null {
  const { retries, retry_delay } = run.empirical_policy
  if (from.type !== 'RUNNING' || to.type !== 'FAILED') return null
  if (retries === null || run.run_count > retries) return null
  const again: ProposedState = {
    type: 'SCHEDULED',
    name: 'AwaitingRetry',
    message: to.message,
    data: to.data,
    state_details: { scheduled_time: formatInstant(now + (retry_delay ?? 0) * MICROS_PER_SECOND) },
  }
  const policy = { resuming: false, pause_keys: [], retry_type: 'in_process' as const }
  return { ...reject('Retrying', again), policy }
}

/** PENDING remembers when the run was meant to start: without it nobody would be told to wait. */
function withScheduledTime(from: State, to: ProposedState): ProposedState {
  const waits = from.type === 'SCHEDULED' || from.type === 'PENDING'
  if (to.type !== 'PENDING' || !waits || to.state_details?.scheduled_time) return to
  const scheduled_time = from.state_details.scheduled_time ?? null
  return { ...to, state_details: { ...to.state_details, scheduled_time } }
}

function policyAfter(run: FlowRun, from: State, to: ProposedState): FlowRunPolicy {
  const policy = run.empirical_policy
  if (isTerminal(from.type) && !isTerminal(to.type)) {
    const retry_type = to.type === 'SCHEDULED' ? 'reschedule' : null
    return { ...policy, resuming: false, pause_keys: [], retry_type }
  }
  if (from.type === 'RUNNING' && to.type === 'FAILED') return { ...policy, retry_type: null }
  if (from.type === 'PAUSED') return { ...policy, resuming: true }
  const key = to.type === 'PAUSED' && to.state_details?.pause_key
  return key ? { ...policy, pause_keys: [...policy.pause_keys, key] } : policy
}
