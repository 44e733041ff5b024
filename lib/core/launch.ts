// Push pools: those whose runs nobody asks for, but which are launched when they are due: by invoking a Lambda function, calling an
// address, or putting an event onto a bus. What is launched may be launched twice; it takes the run over from the launch (lease.ts),
// and the second finds it taken.
import type { Deployment, WorkPool } from './deployment.ts'
import { uuidv5 } from './ids.ts'
import type { FlowRun, State } from './run.ts'
import type { ProposedState } from './run-state.ts'

const PUSH_POOLS = ['lambda', 'http', 'eventbridge'] as const

export const isPushPool = (type: string): boolean =>
  (PUSH_POOLS as readonly string[]).includes(type)

/** What a launched program gets: the SDK's `toLambda` and `toHono` read it. */
export interface LaunchMessage {
  type: 'tripline.launch'
  flow_run_id: string
  /** The name under which the run is held until whoever is launched takes it over. */
  launch_id: string
  flow: string
  deployment: string
}

/** Where a run is launched, by the type of its pool. */
export type LaunchTarget =
  | { kind: 'lambda'; functionName: string }
  | { kind: 'http'; blockDocumentId: string }
  | { kind: 'eventbridge'; bus: string | null; source: string; detailType: string }

/**
 * Where a run goes: the pool's defaults, the deployment's job variables over them, the run's over those. `fault` says which is missing.
 */
export function targetOf(
  pool: WorkPool,
  deployment: Deployment | null,
  run: FlowRun,
): LaunchTarget | { fault: string } {
  const variables: Record<string, unknown> = {
    ...defaultsOf(pool),
    ...deployment?.job_variables,
    ...run.job_variables,
  }
  const text = (name: string): string | null =>
    typeof variables[name] === 'string' && variables[name] !== '' ? variables[name] : null
  const missing = (name: string) => ({
    fault: `Neither the work pool '${pool.name}' nor the deployment has a job variable '${name}'`,
  })
  switch (pool.type) {
    case 'lambda': {
      const functionName = text('function_name')
      return functionName ? { kind: 'lambda', functionName } : missing('function_name')
    }
    case 'http': {
      const blockDocumentId = text('webhook_block_id')
      return blockDocumentId ? { kind: 'http', blockDocumentId } : missing('webhook_block_id')
    }
    case 'eventbridge': {
      const [source, detailType] = [text('source'), text('detail_type')]
      return {
        kind: 'eventbridge',
        bus: text('event_bus_name'),
        source: source ?? 'tripline',
        detailType: detailType ?? 'tripline.launch',
      }
    }
    default:
      return { fault: `Work pools of type '${pool.type}' launch nothing` }
  }
}

/** As Prefect's base job templates say them: `variables.properties.<name>.default`. */
function defaultsOf({ base_job_template }: WorkPool): Record<string, unknown> {
  const { properties } = (base_job_template.variables ?? {}) as {
    properties?: Record<string, { default?: unknown }>
  }
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([name, property]) => [name, property?.default]),
  )
}

const LAUNCHES = '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6b05'
/** Seconds that a launched program may take to begin: queues and cold starts on the way included. */
const BEGIN_SECONDS = 900
/** Seconds between attempts to launch. */
const WAITS_SECONDS = [2, 10, 60, 300] as const

/** How far the launch of a run has come. */
export interface Launch {
  id: string
  /** Attempts that came to nothing. */
  failures: number
}

/** The launch that a state is of: a new one of a run that is due, the present one of a run that is being launched. */
export function launchOf(state: State): Launch | null {
  if (state.type === 'SCHEDULED') return { id: uuidv5(`${state.id}/launch`, LAUNCHES), failures: 0 }
  const { launch_id: id, launch_failures: failures } = state.state_details
  return state.type === 'PENDING' && typeof id === 'string'
    ? { id, failures: Number(failures) }
    : null
}

/** The state of a run that is being launched; `failure` tells of the attempt before. */
export function launching({ id, failures }: Launch, failure: string | null): ProposedState {
  return {
    type: 'PENDING',
    name: failure === null ? 'Pending' : 'Submitting',
    ...(failure !== null && { message: `Attempt ${failures} to launch it failed: ${failure}` }),
    state_details: {
      launch_id: id,
      launch_failures: failures,
      lease_holder: id,
      lease_seconds: BEGIN_SECONDS,
    },
  }
}

/** Seconds until a launch that failed so often is tried again; null when it is given up. */
export const waitAfter = (failures: number): number | null => WAITS_SECONDS[failures - 1] ?? null
