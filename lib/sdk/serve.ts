// Serving: runs of registered deployments are taken from the server when due and executed in this
// process, or each in a child of it.
import type { FlowRun } from '../core/run.ts'
import { type Errand, errandEnv, errandOf, isLoadedOnly, runChild } from './child.ts'
import { pollSecondsOf } from './config.ts'
import { contextOf, execute, type FlowDefinition, reportCrash } from './engine.ts'
import { holdRun } from './hold.ts'
import { ApiError, UnreachableError } from './http.ts'
import { runHeld, tellRetries } from './launched.ts'
import { type Registered, register, type ServedDeployment } from './register.ts'
import type { RunStates } from './run-state.ts'
import { closeRuntime, type Runtime, runtime } from './runtime.ts'
import { onStopSignal } from './signals.ts'
import { takeRuns } from './take-runs.ts'

/** Deployments that are being served. */
export interface Serving {
  deployments: { id: string; flow: string; name: string }[]
  /**
   * Takes no more runs, finishes those taken, pauses the deployments. Resolves when all that is
   * done.
   */
  stop(): Promise<void>
  /** Resolves when serving has ended, by `stop()` or by SIGINT or SIGTERM. */
  finished: Promise<void>
}

/**
 * Registers deployments made by `flow.toDeployment()` and runs what is scheduled for them, until it
 * is stopped.
 *
 * In a child that a serving process has started for one run, it runs that one; in a process that
 * only loads flows to run them itself, such as a worker's, it does nothing.
 * @throws ApiError when the server refuses one, UnreachableError when there is no server
 */
export async function serve(...deployments: ServedDeployment[]): Promise<Serving> {
  const at = runtime()
  if (isLoadedOnly()) return over()
  const errand = errandOf()
  if (errand) return over(runErrand(errand, deployments, at).then(() => closeRuntime(at)))
  const registered: Registered[] = []
  for (const deployment of deployments) registered.push(await register(deployment, at))

  const pollSeconds = Math.min(
    ...registered.map((one) => one.pollSeconds ?? pollSecondsOf(at.config)),
  )
  const stopping = new AbortController()
  const unlisten = onStopSignal(() => stopping.abort())
  const finished = takeRuns({ pollSeconds, stopping: stopping.signal, ...of(registered, at) }, at)
    .then(() => pause(registered, at))
    .then(() => closeRuntime(at))
    .finally(unlisten)
  const names = registered.map(({ definition, name }) => `${definition.name}/${name}`)
  at.say(`serving ${names.join(', ')}; asking ${at.config.apiUrl} every ${pollSeconds} s`)
  return {
    deployments: registered.map(({ id, definition, name }) => ({
      id,
      flow: definition.name,
      name,
    })),
    stop() {
      stopping.abort()
      return finished
    },
    finished,
  }
}

const over = (finished = Promise.resolve()): Serving => ({
  deployments: [],
  stop: () => finished,
  finished,
})

function of(deployments: Registered[], at: Runtime) {
  const ids = deployments.map(({ id }) => id)
  return {
    due: (before: string) => at.client.deployments.scheduledRuns(ids, before),
    work(run: FlowRun) {
      const deployment = deployments.find(({ id }) => id === run.deployment_id)
      if (!deployment) return null
      const { name, limit = Number.POSITIVE_INFINITY } = deployment
      const inChild = deployment.isolation === 'process'
      const start = inChild ? executeInChild : executeHere
      return { of: name, limit, execute: (states: RunStates) => start(states, deployment, at) }
    },
  }
}

async function executeHere(
  states: RunStates,
  { id, name, definition }: Registered,
  at: Runtime,
): Promise<void> {
  const { parameters } = states.run
  await tellRetries(states.run, definition, at)
  await execute({ definition, states, deployment: { id, name }, parameters, isRecorded: true }, at)
}

/** The child speaks for the run; when it is gone and the run is not over, this process does. */
async function executeInChild(
  states: RunStates,
  { id, name, definition }: Registered,
  at: Runtime,
): Promise<void> {
  const { run, holder } = states
  const [stop, ended] = [new AbortController(), new AbortController()]
  void holdRun(states, { stop, ended: ended.signal }, at)
  const env = errandEnv({ flowRunId: run.id, holder })
  const fault = await runChild({ env }, stop.signal, at).finally(() => ended.abort())
  if (fault === null) return
  run.state = (await at.client.runs.get(run.id)).state
  if (run.state?.type === 'CANCELLING') return void (await states.propose({ type: 'CANCELLED' }))
  const attempt = { definition, states, deployment: { id, name }, isRecorded: true }
  await reportCrash(attempt, fault, contextOf(attempt, stop.signal, at))
}

/** In the child: the one run, with the flow of its deployment's name. */
async function runErrand(
  { flowRunId, holder }: Errand,
  deployments: ServedDeployment[],
  at: Runtime,
): Promise<void> {
  const run = await at.client.runs.get(flowRunId)
  const { name, flow_id } = await at.client.deployments.get(run.deployment_id ?? '')
  const flow = await at.client.flows.get(flow_id)
  const isMeant = (one: { name: string; definition: FlowDefinition<unknown> }) =>
    one.name === name && one.definition.name === flow.name
  const served = deployments.find(isMeant)
  if (served) await runHeld(served.definition, run, { holder }, at)
}

async function pause(deployments: Registered[], { client, say }: Runtime): Promise<void> {
  for (const { id, name } of deployments) {
    try {
      await client.deployments.update(id, { paused: true })
    } catch (error) {
      if (!(error instanceof UnreachableError || error instanceof ApiError)) throw error
      say(`'${name}' could not be paused: ${error.message}`)
    }
  }
}
