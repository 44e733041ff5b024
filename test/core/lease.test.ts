import { describe, expect, it } from 'vitest'
import { leaseOf, stateAfterSilence } from '../../lib/core/lease.ts'
import { proposeState } from '../../lib/core/orchestration.ts'
import { type FlowRun, NO_POLICY } from '../../lib/core/run.ts'
import { newFlowRun } from '../../lib/core/run-creation.ts'
import type { ProposedState } from '../../lib/core/run-state.ts'
import { parseInstant } from '../../lib/core/time.ts'

const now = parseInstant('2026-11-21T09:00:00Z') ?? 0
const ID = '00000000-0000-4000-8000-000000000001'

function propose(run: FlowRun, to: ProposedState) {
  const { run: next, answer } = proposeState(run, to, { force: false, now, newStateId: ID })
  return { run: next ?? run, ...answer }
}

function flowRun(state: ProposedState, changes: Partial<FlowRun> = {}): FlowRun {
  const start = { id: ID, stateId: ID, flowId: ID, deployment: null, state, now }
  return { ...newFlowRun(start, {}), ...changes }
}

const by = (holder: string, more = {}) => ({
  state_details: { lease_holder: holder, lease_seconds: 60, ...more },
})
/** A run of a deployment that one process has claimed. */
const claimed = (changes: Partial<FlowRun> = {}) => {
  const waiting = flowRun({ type: 'SCHEDULED' }, { deployment_id: ID, ...changes })
  return propose(waiting, { type: 'PENDING', ...by('ada') }).run
}

describe('who holds a run', () => {
  it.each<[string, ProposedState, string]>([
    ['its holder may go on', { type: 'RUNNING', ...by('ada') }, 'ACCEPT'],
    ['another may not', { type: 'RUNNING', ...by('bob') }, 'ABORT'],
    ['nor claim it', { type: 'PENDING', name: 'Submitting', ...by('bob') }, 'ABORT'],
    ['unless it was handed on', { type: 'RUNNING', ...by('bob', { lease_was: 'ada' }) }, 'ACCEPT'],
    ['a person says no name', { type: 'CANCELLING' }, 'ACCEPT'],
  ])('%s', (_, to, status) => {
    expect(propose(claimed(), to).status).toBe(status)
  })

  it('of two that were handed one run, the second comes too late', () => {
    const handed = (to: string) => ({ type: 'RUNNING' as const, ...by(to, { lease_was: 'ada' }) })
    const { run } = propose(claimed(), handed('bob'))

    expect(leaseOf(run.state)?.holder).toBe('bob')
    expect(propose(run, handed('cyd')).status).toBe('ABORT')
  })

  it('being told to stop, the holder still is', () => {
    const { run } = propose(claimed(), { type: 'CANCELLING' })

    expect(leaseOf(run.state)?.holder).toBe('ada')
    expect(propose(run, { type: 'CANCELLED', ...by('ada') }).status).toBe('ACCEPT')
  })

  it('a run that was taken away is lost for good', () => {
    const silent = claimed()
    const to = stateAfterSilence(silent, now)
    const { run } = proposeState(silent, to as ProposedState, { force: true, now, newStateId: ID })

    expect(propose(run as FlowRun, { type: 'COMPLETED', ...by('ada') }).status).toBe('ABORT')
  })
})

describe('after silence', () => {
  const running = (retries: number | null, deployment: string | null = ID) => {
    const policy = { ...NO_POLICY, retries, retry_delay: 5 }
    const changes = { empirical_policy: policy, deployment_id: deployment }
    return propose(claimed(changes), { type: 'RUNNING', ...by('ada') }).run
  }
  const scheduled = flowRun({ type: 'SCHEDULED' }, { deployment_id: ID })
  const launched = propose(scheduled, { type: 'PENDING', ...by('ada', { launch_id: 'x' }) }).run
  it.each<[string, FlowRun, string]>([
    ['what had not begun waits again', claimed(), 'AwaitingRetry'],
    ['what was launched in vain has crashed', launched, 'CRASHED'],
    ['what ran has crashed', running(null), 'CRASHED'],
    ['what has retries left waits again', running(1), 'AwaitingRetry'],
    ['what nobody would ask for has crashed', running(1, null), 'CRASHED'],
    ['what was to be cancelled is', propose(claimed(), { type: 'CANCELLING' }).run, 'CANCELLED'],
  ])('%s', (_, run, state) => {
    const to = stateAfterSilence(run, now)

    expect(to?.name ?? to?.type).toBe(state)
  })

  it('nothing happens to a run that nobody holds', () => {
    expect(stateAfterSilence(flowRun({ type: 'RUNNING' }), now)).toBeNull()
  })
})
