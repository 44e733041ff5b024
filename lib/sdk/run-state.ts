// Who decides about a run's states: the server, by its orchestration rules; or, with no server,
// nobody. The engine sees one port.
import type { Flow } from '../core/deployment.ts'
import { type FlowRun, NO_POLICY, type State } from '../core/run.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import { ApiError, UnreachableError } from './http.ts'
import type { Runtime } from './runtime.ts'
import type { Orchestration, ProposedState } from './wire.ts'

/** What became of a proposed state. */
export type Verdict =
  | { kind: 'accepted'; state: State }
  /** Ask again at that moment: the run's time has not come. */
  | { kind: 'wait'; until: Micros }
  /** Another state holds instead, for a reason. */
  | { kind: 'refused'; state: State | null; reason: string }

/** A run whose states can be proposed. `run` is kept up to date with what was accepted. */
export interface RunStates {
  run: FlowRun
  /** The name under which this process holds the run, known to it and the server. */
  holder: string
  propose(state: ProposedState): Promise<Verdict>
}

/** How long a state is offered again to a server that has gone away; a restart takes less. */
const AWAY_SECONDS_MAX = 60
const AWAY_PAUSE_MS = 2_000
/** The shortest pause before asking again, also when the server's rounding says none. */
const WAIT_SECONDS_MIN = 0.05

type World = Pick<Runtime, 'client' | 'clock' | 'say' | 'config' | 'newId'>

/**
 * States of a run that a server keeps. When the server stays away, or no longer knows the run, one
 * that is going on goes on, its states known here only; before that, the error is thrown.
 */
export function statesOnServer(
  run: FlowRun,
  world: World,
  { holder = world.newId(), handedBy }: Hold = {},
): RunStates {
  const lease = leaseDetails(holder, world)
  /** Who held the run before; said until the run is known to be ours. */
  let was = handedBy
  return {
    run,
    holder,
    async propose(given) {
      const state_details = { ...given.state_details, ...lease, ...(was && { lease_was: was }) }
      const proposed = { ...given, state_details }
      const { status, state, details } = await offer(run, proposed, world)
      const now = world.clock.now()
      switch (status) {
        case 'ACCEPT': {
          const accepted = state ?? madeHere(proposed, now, run.id)
          was = undefined
          enter(run, accepted)
          return { kind: 'accepted', state: accepted }
        }
        case 'WAIT':
          return { kind: 'wait', until: waitUntil(run, details.delay_seconds ?? 0, now) }
        case 'REJECT':
        case 'ABORT':
          run.state = state ?? (await world.client.runs.get(run.id)).state
          return { kind: 'refused', state: run.state, reason: details.reason ?? status }
        default:
          throw new Error(`a state was answered with status ${String(status satisfies never)}`)
      }
    },
  }
}

export interface Hold {
  /** @default a new one */
  holder?: string | undefined
  /** The launch, or the process, that claimed the run before and handed it to this one. */
  handedBy?: string | undefined
}

/** What a state says of who is at work on its run (core/lease.ts). */
export const leaseDetails = (holder: string, { config }: Pick<World, 'config'>) => ({
  lease_holder: holder,
  lease_seconds: config.leaseSeconds,
})

async function offer(run: FlowRun, proposed: ProposedState, world: World): Promise<Orchestration> {
  const { client, clock, say } = world
  const until = clock.now() + AWAY_SECONDS_MAX * MICROS_PER_SECOND
  for (;;) {
    try {
      return await client.runs.setState(run.id, proposed)
    } catch (error) {
      const isAway = error instanceof UnreachableError
      if (isAway && clock.now() < until) {
        await clock.sleep(AWAY_PAUSE_MS)
        continue
      }
      const isKnown = isAway || error instanceof ApiError
      if (!isKnown || run.state?.type !== 'RUNNING') throw error
      say(`run '${run.name}' could not be reported ${proposed.type}: ${error.message}`)
      return { status: 'ACCEPT', state: null, details: { type: 'accept_details' } }
    }
  }
}

/** States of a run that nobody else knows of: every one is taken. */
export function statesWithoutServer(
  run: FlowRun,
  { clock, newId }: Pick<Runtime, 'clock' | 'newId'>,
): RunStates {
  return {
    run,
    holder: run.id,
    async propose(proposed) {
      const state = madeHere(proposed, clock.now(), newId())
      enter(run, state)
      return { kind: 'accepted', state }
    },
  }
}

/**
 * A server rounds the wait to whole seconds; the state says the moment itself. Where the two
 * disagree, because the clocks do or because the moment is past here, the server's seconds count.
 */
function waitUntil(run: FlowRun, delaySeconds: number, now: Micros): Micros {
  const scheduled = parseInstant(run.state?.state_details.scheduled_time ?? '')
  return scheduled !== null && scheduled > now
    ? scheduled
    : now + Math.max(delaySeconds, WAIT_SECONDS_MIN) * MICROS_PER_SECOND
}

function madeHere(proposed: ProposedState, now: Micros, id: string): State {
  const { type, name = type, message = null, data = null, state_details = {} } = proposed
  return { id, type, name, message, data, state_details, timestamp: formatInstant(now) }
}

function enter(run: FlowRun, state: State): void {
  run.previous_state = run.state
  run.state = state
  if (state.type === 'RUNNING') {
    run.run_count += 1
    run.start_time ??= state.timestamp
  }
  if (['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'].includes(state.type)) {
    run.end_time = state.timestamp
  }
}

/** A run for when there is no server; in the shape of those that there are. */
export function runWithoutServer(
  flow: Pick<Flow, 'name'>,
  parameters: Record<string, unknown>,
  { clock, newId }: Pick<Runtime, 'clock' | 'newId'>,
): FlowRun {
  const id = newId()
  const now = formatInstant(clock.now())
  return {
    id,
    created: now,
    updated: now,
    name: `${flow.name}-${id.slice(-6)}`,
    flow_id: newId(),
    deployment_id: null,
    deployment_version: null,
    work_pool_id: null,
    work_pool_name: null,
    work_queue_id: null,
    work_queue_name: null,
    flow_version: null,
    parameters,
    idempotency_key: null,
    context: {},
    empirical_policy: NO_POLICY,
    tags: [],
    labels: {},
    parent_task_run_id: null,
    run_count: 0,
    expected_start_time: now,
    next_scheduled_start_time: null,
    start_time: null,
    end_time: null,
    total_run_time: 0,
    auto_scheduled: false,
    infrastructure_document_id: null,
    infrastructure_pid: null,
    created_by: null,
    job_variables: null,
    state: null,
    previous_state: null,
  }
}
