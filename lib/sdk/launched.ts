// One run that somebody else has claimed and handed to this process: a serving process to its child, a worker, or the server that
// launched it on a push pool. Handed over twice, it is run once: the second finds it held by the first.
import type { FlowRun } from '../core/run.ts'
import { contextOf, execute, type FlowDefinition, type Outcome, reportCrash } from './engine.ts'
import type { ServedDeployment, ServeOptions } from './register.ts'
import { delayBefore } from './retry.ts'
import { type Hold, statesOnServer } from './run-state.ts'
import { closeRuntime, type Runtime, runtime } from './runtime.ts'

/** A flow of whatever parameters, as those need it who run it without calling it. */
export interface Launchable {
  toDeployment(options: ServeOptions<never>): ServedDeployment
}

/** A run that is handed on, as the server sends it to push pools. */
export interface Launch {
  flow_run_id: string
  /** The name under which the run is held until whoever is launched takes it over. */
  launch_id: string
}

/**
 * Runs it to its end.
 * @throws ApiError, UnreachableError when the server cannot be asked
 */
export async function runLaunched(
  definition: FlowDefinition<unknown>,
  { flow_run_id, launch_id }: Launch,
  at: Runtime,
): Promise<Outcome<unknown>> {
  return runHeld(definition, await at.client.runs.get(flow_run_id), { handedBy: launch_id }, at)
}

/**
 * Runs one scheduled run of a flow here and now, as the command line does for its worker. Without a holder it is claimed first.
 * @throws ApiError, UnreachableError when the server cannot be asked; Error when somebody else has the run
 */
export async function runHere(flow: Launchable, runId: string, holder?: string): Promise<void> {
  const at = runtime()
  const { definition } = flow.toDeployment({ name: '' })
  const run = await at.client.runs.get(runId)
  const name = holder ?? at.newId()
  if (holder === undefined) {
    const verdict = await statesOnServer(run, at, { holder: name }).propose({ type: 'PENDING' })
    if (verdict.kind === 'refused') throw new Error(`run '${run.name}': ${verdict.reason}`)
  }
  await runHeld(definition, run, { holder: name }, at)
  await closeRuntime(at)
}

/**
 * Reports one run Crashed whose process has died, and calls the flow's hooks here and now, as the command line does for its worker.
 * @throws ApiError, UnreachableError when the server cannot be asked
 */
export async function crashHere(
  flow: Launchable,
  runId: string,
  { holder, reason }: { holder: string; reason: string },
): Promise<void> {
  const at = runtime()
  const { definition } = flow.toDeployment({ name: '' })
  const run = await at.client.runs.get(runId)
  const states = statesOnServer(run, at, { holder })
  const deployment = await deploymentOf(run, at)
  const attempt = { definition, states, deployment, isRecorded: true }
  await reportCrash(attempt, reason, contextOf(attempt, new AbortController().signal, at))
  await closeRuntime(at)
}

/** Runs what this process holds, or is handed. */
export async function runHeld(
  definition: FlowDefinition<unknown>,
  run: FlowRun,
  hold: Hold,
  at: Runtime,
): Promise<Outcome<unknown>> {
  const states = statesOnServer(run, at, hold)
  const { parameters } = run
  const deployment = await deploymentOf(run, at)
  await tellRetries(run, definition, at)
  return execute({ definition, states, deployment, parameters, isRecorded: true }, at)
}

async function deploymentOf({ deployment_id: id }: FlowRun, { client }: Pick<Runtime, 'client'>) {
  return id ? { id, name: (await client.deployments.get(id)).name } : null
}

/** The server retries a run whose process dies, as often as the flow says. */
export async function tellRetries(
  { id }: FlowRun,
  { retries, retryDelaySeconds = 0 }: FlowDefinition<unknown>,
  { client }: Pick<Runtime, 'client'>,
): Promise<void> {
  if (retries === 0) return
  const retry_delay = Math.round(delayBefore(1, { retries, retryDelaySeconds }, 0))
  await client.runs.update(id, { empirical_policy: { retries, retry_delay } })
}
