import { describe, expect, it } from 'vitest'
import { type OrchestrationResult, proposeState } from '../../lib/core/orchestration.ts'
import { type FlowRun, NO_POLICY, type StateDetails, type StateType } from '../../lib/core/run.ts'
import { newFlowRun } from '../../lib/core/run-creation.ts'
import { enterState, newState, type ProposedState } from '../../lib/core/run-state.ts'
import { formatInstant, MICROS_PER_SECOND, parseInstant } from '../../lib/core/time.ts'

const NOW = parseInstant('2026-11-21T09:00:00.000000Z') ?? 0
const FLOW = '11111111-1111-5111-8111-111111111111'
const DEPLOYMENT = '22222222-2222-5222-8222-222222222222'
const secondsOn = (seconds: number) => formatInstant(NOW + seconds * MICROS_PER_SECOND)

interface Given {
  name?: string
  data?: unknown
  details?: StateDetails
  run?: Partial<FlowRun>
}

/** A run of a deployment that is in a state. */
function runIn(type: StateType, { name, data, details = {}, run = {} }: Given = {}): FlowRun {
  const blank = newFlowRun(
    {
      id: '33333333-3333-5333-8333-333333333333',
      stateId: 'first',
      flowId: FLOW,
      deployment: null,
      state: { type: 'PENDING' },
      now: NOW,
    },
    {},
  )
  const state = newState(
    blank.id,
    { type, name, data, state_details: details },
    { id: 'before', now: NOW },
  )
  return { ...enterState({ ...blank, deployment_id: DEPLOYMENT }, state), ...run }
}

const propose = (run: FlowRun, to: ProposedState, force = false, now = NOW) =>
  proposeState(run, to, { force, now, newStateId: 'next' })

const outcome = ({ status, details, state }: OrchestrationResult) => [
  status,
  'reason' in details ? details.reason : null,
  state?.name,
]

const CANCELLING = 'Cannot transition flows that are cancelling to a state other than Cancelled.'
const cannotBePending = (type: StateType) =>
  `This run is in a ${type} state and cannot transition to a PENDING state.`
const persisted = { storage_key: 'k' }

describe('proposing a state', () => {
  it.each<[string, FlowRun, ProposedState, [string, string | null, string]]>([
    [
      'SCHEDULED to PENDING before its time',
      runIn('SCHEDULED', { details: { scheduled_time: secondsOn(60) } }),
      { type: 'PENDING' },
      ['ACCEPT', null, 'Pending'],
    ],
    [
      'PENDING to PENDING',
      runIn('PENDING'),
      { type: 'PENDING' },
      ['ABORT', cannotBePending('PENDING'), 'Pending'],
    ],
    [
      'PENDING to Submitting',
      runIn('PENDING'),
      { type: 'PENDING', name: 'Submitting' },
      ['ACCEPT', null, 'Submitting'],
    ],
    [
      'Submitting back to Pending',
      runIn('PENDING', { name: 'Submitting' }),
      { type: 'PENDING', name: 'Pending' },
      ['ABORT', cannotBePending('PENDING'), 'Submitting'],
    ],
    [
      'Submitting to another name',
      runIn('PENDING', { name: 'Submitting' }),
      { type: 'PENDING', name: 'InfrastructurePending' },
      ['ACCEPT', null, 'InfrastructurePending'],
    ],
    [
      'CANCELLED to PENDING',
      runIn('CANCELLED'),
      { type: 'PENDING' },
      ['ABORT', cannotBePending('CANCELLED'), 'Cancelled'],
    ],
    ['CANCELLED to RUNNING', runIn('CANCELLED'), { type: 'RUNNING' }, ['ACCEPT', null, 'Running']],
    [
      'RUNNING to PENDING',
      runIn('RUNNING'),
      { type: 'PENDING' },
      ['ABORT', cannotBePending('RUNNING'), 'Running'],
    ],
    ['RUNNING to RUNNING', runIn('RUNNING'), { type: 'RUNNING' }, ['ACCEPT', null, 'Running']],
    [
      'RUNNING to COMPLETED',
      runIn('RUNNING'),
      { type: 'COMPLETED' },
      ['ACCEPT', null, 'Completed'],
    ],
    [
      'COMPLETED to RUNNING without a persisted result',
      runIn('COMPLETED'),
      { type: 'RUNNING' },
      ['ACCEPT', null, 'Running'],
    ],
    [
      'COMPLETED to RUNNING with one',
      runIn('COMPLETED', { data: persisted }),
      { type: 'RUNNING' },
      ['REJECT', 'Run is already COMPLETED.', 'Completed'],
    ],
    [
      'COMPLETED with a result to COMPLETED without',
      runIn('COMPLETED', { data: persisted }),
      { type: 'COMPLETED' },
      [
        'REJECT',
        'Cannot overwrite a COMPLETED state that carries persisted result data with one that does not.',
        'Completed',
      ],
    ],
    [
      'COMPLETED to CANCELLING',
      runIn('COMPLETED'),
      { type: 'CANCELLING' },
      ['ABORT', 'Run is already in terminal state COMPLETED.', 'Completed'],
    ],
    [
      'FAILED to PAUSED',
      runIn('FAILED'),
      { type: 'PAUSED' },
      ['ABORT', 'Run is already in terminal state FAILED.', 'Failed'],
    ],
    [
      'CANCELLED to CRASHED',
      runIn('CANCELLED'),
      { type: 'CRASHED' },
      ['ABORT', 'Run is already in terminal state CANCELLED.', 'Cancelled'],
    ],
    ['FAILED to SCHEDULED', runIn('FAILED'), { type: 'SCHEDULED' }, ['ACCEPT', null, 'Scheduled']],
    [
      'FAILED to SCHEDULED without a deployment',
      runIn('FAILED', { run: { deployment_id: null } }),
      { type: 'SCHEDULED' },
      ['ABORT', 'Cannot reschedule a run without an associated deployment.', 'Failed'],
    ],
    [
      'SCHEDULED to CANCELLING',
      runIn('SCHEDULED'),
      { type: 'CANCELLING' },
      ['REJECT', 'Scheduled flow run has no infrastructure to terminate.', 'Cancelled'],
    ],
    [
      'AwaitingRetry to CANCELLING while its process is there',
      runIn('SCHEDULED', { name: 'AwaitingRetry', run: { infrastructure_pid: '7' } }),
      { type: 'CANCELLING' },
      ['ACCEPT', null, 'Cancelling'],
    ],
    [
      'a suspended run to CANCELLING',
      runIn('PAUSED', { name: 'Suspended', details: { pause_reschedule: true } }),
      { type: 'CANCELLING' },
      ['REJECT', 'Suspended flow run has no infrastructure to terminate.', 'Cancelled'],
    ],
    [
      'CANCELLING to COMPLETED',
      runIn('CANCELLING'),
      { type: 'COMPLETED' },
      ['REJECT', CANCELLING, 'Cancelling'],
    ],
    [
      'CANCELLING to PENDING',
      runIn('CANCELLING'),
      { type: 'PENDING' },
      ['REJECT', CANCELLING, 'Cancelling'],
    ],
    [
      'CANCELLING to CANCELLED',
      runIn('CANCELLING'),
      { type: 'CANCELLED' },
      ['ACCEPT', null, 'Cancelled'],
    ],
    [
      'SCHEDULED to Late',
      runIn('SCHEDULED'),
      { type: 'SCHEDULED', name: 'Late' },
      ['ACCEPT', null, 'Late'],
    ],
    [
      'PENDING to Late',
      runIn('PENDING'),
      { type: 'SCHEDULED', name: 'Late' },
      ['REJECT', 'Only scheduled flows can be marked late.', 'Pending'],
    ],
    ['RUNNING to PAUSED', runIn('RUNNING'), { type: 'PAUSED' }, ['ACCEPT', null, 'Paused']],
    [
      'PENDING to Suspended',
      runIn('PENDING'),
      { type: 'PAUSED', name: 'Suspended' },
      ['REJECT', 'Cannot suspend flows that are not currently running.', 'Pending'],
    ],
    [
      'a pause that was',
      runIn('RUNNING', { run: { empirical_policy: { ...NO_POLICY, pause_keys: ['k'] } } }),
      { type: 'PAUSED', state_details: { pause_key: 'k' } },
      ['REJECT', 'This pause has already fired.', 'Running'],
    ],
    [
      'suspending without a deployment',
      runIn('RUNNING', { run: { deployment_id: null } }),
      { type: 'PAUSED', name: 'Suspended', state_details: { pause_reschedule: true } },
      ['ABORT', 'Cannot suspend flows without a deployment.', 'Running'],
    ],
    ['PAUSED to RUNNING', runIn('PAUSED'), { type: 'RUNNING' }, ['ACCEPT', null, 'Running']],
    [
      'PAUSED to PENDING',
      runIn('PAUSED'),
      { type: 'PENDING' },
      [
        'REJECT',
        'This run cannot transition to the StateType.PENDING state from the StateType.PAUSED state.',
        'Paused',
      ],
    ],
    [
      'PAUSED to RUNNING after its timeout',
      runIn('PAUSED', { details: { pause_timeout: secondsOn(-1) } }),
      { type: 'RUNNING' },
      ['REJECT', 'The flow run pause has timed out and can no longer resume.', 'Failed'],
    ],
    [
      'a transition that was made',
      runIn('RUNNING', { details: { transition_id: 't' } }),
      { type: 'RUNNING', state_details: { transition_id: 't' } },
      ['REJECT', 'This run has already made this state transition.', 'Running'],
    ],
  ])('%s', (_, run, to, expected) => {
    const { answer } = propose(run, to)

    expect(outcome(answer)).toEqual(expected)
  })

  it('writes a state when it gives another one than was proposed, and none when it refuses', () => {
    const given = propose(runIn('SCHEDULED'), { type: 'CANCELLING' })
    const refused = propose(runIn('CANCELLING'), { type: 'COMPLETED' })

    expect(given).toMatchObject({ written: true, run: { state: { type: 'CANCELLED' } } })
    expect(refused).toMatchObject({ written: false, run: null })
  })

  it('does not even by force lose a result, or ask anybody to stop what never began', () => {
    const lost = propose(runIn('COMPLETED', { data: persisted }), { type: 'COMPLETED' }, true)
    const cancelled = propose(runIn('SCHEDULED'), { type: 'CANCELLING' }, true)

    expect(lost.answer.status).toBe('REJECT')
    expect(cancelled.answer).toMatchObject({ status: 'REJECT', state: { type: 'CANCELLED' } })
  })

  it('takes any other state by force', () => {
    const { answer, run } = propose(runIn('CANCELLED'), { type: 'RUNNING' }, true)

    expect(answer.status).toBe('ACCEPT')
    expect(run).toMatchObject({ run_count: 1, end_time: null })
  })
})

describe('a run that is too early', () => {
  it.each([
    [3600, 3600],
    [1.5, 1],
    [1.51, 2],
    [0.51, 1],
  ])('%d s before its time is told to wait %d s', (early, delay) => {
    const run = runIn('PENDING', { details: { scheduled_time: secondsOn(early) } })

    const { answer, written } = propose(run, { type: 'RUNNING' })

    expect(written).toBe(false)
    expect(answer.details).toEqual({
      type: 'wait_details',
      delay_seconds: delay,
      reason: 'Scheduled time is in the future',
    })
  })

  it.each([0.5, 0.1, 0, -5])('%d s before its time may start', (early) => {
    const run = runIn('SCHEDULED', { details: { scheduled_time: secondsOn(early) } })

    expect(propose(run, { type: 'RUNNING' }).answer.status).toBe('ACCEPT')
  })

  it('remembers its time through Pending and Submitting', () => {
    const scheduled = runIn('SCHEDULED', { details: { scheduled_time: secondsOn(60) } })

    const pending = propose(scheduled, { type: 'PENDING' }).run ?? scheduled
    const submitting = propose(pending, { type: 'PENDING', name: 'Submitting' }).run ?? scheduled

    expect(submitting.state?.state_details.scheduled_time).toBe(secondsOn(60))
    expect(propose(submitting, { type: 'RUNNING' }).answer.status).toBe('WAIT')
  })
})

describe('entering states', () => {
  it('keeps a run’s times and counts', () => {
    const scheduled = runIn('SCHEDULED', {
      details: { scheduled_time: secondsOn(0) },
      run: { expected_start_time: secondsOn(0) },
    })

    const running = propose(scheduled, { type: 'RUNNING' }, false, NOW + 2_000_000).run ?? scheduled
    const done = propose(running, { type: 'COMPLETED' }, false, NOW + 5_500_000).run ?? scheduled

    expect(running).toMatchObject({
      run_count: 1,
      start_time: secondsOn(2),
      end_time: null,
      next_scheduled_start_time: null,
      total_run_time: 0,
      previous_state: { id: 'before', type: 'SCHEDULED', name: 'Scheduled' },
    })
    expect(done).toMatchObject({
      expected_start_time: secondsOn(0),
      start_time: secondsOn(2),
      end_time: secondsOn(5.5),
      total_run_time: 3.5,
    })
  })

  it('does not count a paused run that goes on as another run', () => {
    const paused = runIn('PAUSED', { run: { run_count: 1 } })

    const running = propose(paused, { type: 'RUNNING' }).run

    expect(running).toMatchObject({ run_count: 1, empirical_policy: { resuming: false } })
  })

  it('retries a failed run as often as its policy says, after its delay', () => {
    const policy = { ...NO_POLICY, retries: 1, retry_delay: 30 }
    const first = runIn('RUNNING', { run: { run_count: 1, empirical_policy: policy } })
    const second = runIn('RUNNING', { run: { run_count: 2, empirical_policy: policy } })

    const again = propose(first, { type: 'FAILED', message: 'no' })

    expect(outcome(again.answer)).toEqual(['REJECT', 'Retrying', 'AwaitingRetry'])
    expect(again.run).toMatchObject({
      next_scheduled_start_time: secondsOn(30),
      end_time: null,
      empirical_policy: { retry_type: 'in_process' },
    })
    expect(propose(second, { type: 'FAILED' }).answer.status).toBe('ACCEPT')
  })
})
