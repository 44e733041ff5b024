// Serving: runs of registered deployments are taken from the server when due and executed in this
// process, as Prefect's runner does it. Any number of processes may serve one deployment: a run
// belongs to whoever brings it to Pending first.
import { hostname } from 'node:os'
import type { FlowRun } from '../core/run.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import { pollSecondsOf } from './config.ts'
import { execute, type FlowDefinition } from './engine.ts'
import { ApiError, UnreachableError } from './http.ts'
import { type Registered, register, type ServedDeployment } from './register.ts'
import { delayBefore } from './retry.ts'
import { type RunStates, statesOnServer } from './run-state.ts'
import { closeRuntime, type Runtime, runtime } from './runtime.ts'
import { onStopSignal } from './signals.ts'

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

/** How far ahead the server is asked for runs (as Prefect's runner does). */
const AHEAD_SECONDS = 10
/**
 * How long before its time a run is taken, beyond the next poll; else it waits on the server, free
 * for others and for changes.
 */
const TAKE_MARGIN_SECONDS = 1

/**
 * Registers deployments made by `flow.toDeployment()` and runs what is scheduled for them, until it
 * is stopped.
 * @throws ApiError when the server refuses one, UnreachableError when there is no server
 */
export async function serve(...deployments: ServedDeployment[]): Promise<Serving> {
  const at = runtime()
  const registered: Registered[] = []
  for (const deployment of deployments) registered.push(await register(deployment, at))

  const pollSeconds = Math.min(
    ...registered.map((one) => one.pollSeconds ?? pollSecondsOf(at.config)),
  )
  const stopping = new AbortController()
  const unlisten = onStopSignal(() => stopping.abort())
  const finished = pollUntil(stopping.signal, registered, pollSeconds, at)
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

/** Polls until told to stop, then resolves when the last run that was taken has ended. */
async function pollUntil(
  stopping: AbortSignal,
  deployments: Registered[],
  pollSeconds: number,
  at: Runtime,
): Promise<void> {
  const active = new Map<string, { deployment: Registered; end: Promise<void> }>()
  const hasRoom = (deployment: Registered) => {
    const taken = [...active.values()].filter((one) => one.deployment === deployment).length
    return taken < (deployment.limit ?? Number.POSITIVE_INFINITY)
  }
  while (!stopping.aborted) {
    const horizon = at.clock.now() + (pollSeconds + TAKE_MARGIN_SECONDS) * MICROS_PER_SECOND
    for (const run of await dueRuns(deployments, at)) {
      const deployment = deployments.find(({ id }) => id === run.deployment_id)
      if (stopping.aborted || !deployment || dueAt(run) > horizon) continue
      if (active.has(run.id) || !hasRoom(deployment)) continue
      const end = take(run, deployment, at).finally(() => active.delete(run.id))
      active.set(run.id, { deployment, end })
    }
    await at.clock.sleep(pollSeconds * 1000, { signal: stopping })
  }
  if (active.size > 0) {
    at.say(`stopping when ${active.size} runs have ended; a second signal cuts them off`)
  }
  await Promise.all([...active.values()].map(({ end }) => end))
}

/**
 * Runs due within the next seconds, earliest first. A server that is away or refuses is told of,
 * and asked again.
 */
async function dueRuns(
  deployments: Registered[],
  { client, clock, say }: Runtime,
): Promise<FlowRun[]> {
  const before = formatInstant(clock.now() + AHEAD_SECONDS * MICROS_PER_SECOND)
  const ids = deployments.map(({ id }) => id)
  try {
    const runs = await client.deployments.scheduledRuns(ids, before)
    return runs.sort((a, b) => dueAt(a) - dueAt(b))
  } catch (error) {
    if (!(error instanceof UnreachableError || error instanceof ApiError)) throw error
    say(`no runs for now, asking on: ${error.message}`)
    return []
  }
}

const dueAt = (run: FlowRun): Micros =>
  parseInstant(run.state?.state_details.scheduled_time ?? run.next_scheduled_start_time ?? '') ?? 0

/**
 * Takes a run, if nobody was faster, and runs it at its time. Never rejects: a run's failure is its
 * own affair.
 */
async function take(
  run: FlowRun,
  { id, name, definition }: Registered,
  at: Runtime,
): Promise<void> {
  const states = statesOnServer(run, at)
  const deployment = { id, name }
  try {
    if (!(await claim(states, at))) return
    const { parameters } = run
    await tellRetries(run, definition, at)
    await execute({ definition, states, deployment, parameters, isRecorded: true }, at)
  } catch (error) {
    at.say(`run '${run.name}' of '${name}' is left as it is: ${(error as Error).message}`)
  }
}

/** The server retries a run whose process dies, as often as the flow says. */
async function tellRetries(
  { id }: FlowRun,
  { retries, retryDelaySeconds = 0 }: FlowDefinition<unknown>,
  { client }: Runtime,
): Promise<void> {
  if (retries === 0) return
  const retry_delay = Math.round(delayBefore(1, { retries, retryDelaySeconds }, 0))
  await client.runs.update(id, { empirical_policy: { retries, retry_delay } })
}

/**
 * Brings a run to Pending; false when another process was faster. The message says whose it is: when
 * the server took our word but its answer was lost, the repeated request is refused, and the state
 * that holds is known to be ours.
 */
async function claim({ propose }: RunStates, { newId }: Runtime): Promise<boolean> {
  const message = `Taken by process ${process.pid} on ${hostname()}, ${newId()}`
  const verdict = await propose({ type: 'PENDING', name: 'Pending', message })
  if (verdict.kind !== 'refused') return verdict.kind === 'accepted'
  return verdict.state?.type === 'PENDING' && verdict.state.message === message
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
