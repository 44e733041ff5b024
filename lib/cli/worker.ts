// `tripline worker`: asks a work pool for runs and executes each in a process of its own, from the entrypoint that its deployment
// names, in the directory where the worker was started. Whatever Prefect's worker is asked of, this one does: heartbeats, limits.
import { hostname } from 'node:os'
import type { Command } from 'commander'
import { isPushPool } from '../core/launch.ts'
import type { FlowRun } from '../core/run.ts'
import { type Errand, errandEnv, errandOf, runChild } from '../sdk/child.ts'
import { pollSecondsOf } from '../sdk/config.ts'
import { holdRun } from '../sdk/hold.ts'
import { ApiError, UnreachableError } from '../sdk/http.ts'
import type { RunStates } from '../sdk/run-state.ts'
import { closeRuntime, type Runtime } from '../sdk/runtime.ts'
import { takeRuns } from '../sdk/take-runs.ts'
import { loadFlow, sdkOf } from './entrypoint.ts'
import { CommandError, usage } from './errors.ts'
import { positive } from './event.ts'
import { repeated, withExample } from './help.ts'
import { say } from './output.ts'
import { lendProfile } from './serve.ts'
import type { Session } from './session.ts'

/** How often the worker says that it is there (Prefect: the same). */
const HEARTBEAT_SECONDS = 30

interface WorkerFlags {
  pool: string
  workQueue?: string[]
  name?: string
  type?: string
  limit?: number
}

export function addWorker(program: Command, session: Session): void {
  withExample(
    program
      .command('worker')
      .description('execute the runs of a work pool, each in a process of its own, until a signal')
      .requiredOption('-p, --pool <name>', 'the work pool; made if it is not there')
      .option('-q, --work-queue <name>', 'only of this queue; may be said again', repeated)
      .option('-n, --name <name>', 'of this worker (default: the host’s and the process’s)')
      .option('-l, --limit <number>', 'runs at one time', positive)
      .action((flags: WorkerFlags) => work(session, flags)),
    'tripline worker --pool ovens',
    'tripline worker -p ovens -q urgent --limit 4',
  )
}

async function work(session: Session, flags: WorkerFlags): Promise<void> {
  const { terminal } = session
  const at = session.runtime()
  const { client } = at
  const { pool } = flags
  const known =
    (await client.workPools.byName(pool)) ??
    (await client.workPools.create({ name: pool, type: 'process' }))
  if (isPushPool(known.type)) {
    throw usage(
      `work pool '${pool}' is of type ${known.type}: its runs are launched, not asked for`,
    )
  }
  const name = flags.name ?? `worker ${hostname()} ${process.pid}`
  const stopping = terminal.stopping()
  void sayHere(pool, name, stopping, at)
  say(terminal, `worker '${name}' asks work pool '${pool}' for runs`)
  await takeRuns(
    {
      pollSeconds: pollSecondsOf(at.config),
      stopping,
      due: async (before) => {
        const found = await client.workPools.scheduledRuns(pool, before, flags.workQueue)
        return found.map(({ flow_run }) => flow_run)
      },
      work: (run) => ({
        of: pool,
        limit: flags.limit ?? Number.POSITIVE_INFINITY,
        execute: (states) => executeInChild(run, states, session),
      }),
    },
    at,
  )
  await closeRuntime(at)
}

async function sayHere(
  pool: string,
  name: string,
  stopping: AbortSignal,
  { client, clock, say: tell }: Runtime,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      await client.workPools.heartbeat(pool, name, HEARTBEAT_SECONDS)
    } catch (error) {
      if (!(error instanceof UnreachableError || error instanceof ApiError)) throw error
      tell(`no heartbeat for now: ${error.message}`)
    }
    await clock.sleep(HEARTBEAT_SECONDS * 1000, { signal: stopping, background: true })
  }
}

/**
 * The child speaks for the run; when it is gone and the run is not over, the worker does. That it crashed a second child tells, for the
 * flow's hooks are in its file; the worker does where that cannot be loaded either.
 */
async function executeInChild(run: FlowRun, states: RunStates, session: Session): Promise<void> {
  const at = session.runtime()
  const [stop, ended] = [new AbortController(), new AbortController()]
  void holdRun(states, { stop, ended: ended.signal }, at)
  const [script = ''] = process.argv.slice(1)
  const args = [...process.execArgv, script, 'flow-run', 'execute', run.id]
  const errand = { flowRunId: run.id, holder: states.holder }
  const { TRIPLINE_API_URL: _, ...rest } = definedOnly(session.profile().env)
  const child = {
    args,
    cwd: session.terminal.cwd,
  }
  const start = (errand: Errand) => {
    const env = { ...rest, TRIPLINE_API_URL: at.config.apiUrl, ...errandEnv(errand) }
    return runChild({ ...child, env }, stop.signal, at)
  }
  const fault = await start(errand).finally(() => ended.abort())
  if (fault === null) return
  run.state = (await at.client.runs.get(run.id)).state
  if (run.state?.type === 'CANCELLING') {
    await states.propose({ type: 'CANCELLED', message: fault })
  } else if ((await start({ ...errand, crash: fault })) !== null) {
    await states.propose({ type: 'CRASHED', message: fault })
  }
}

const definedOnly = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )

/** `tripline flow-run execute`: what the worker's child does. */
export async function executeRun(session: Session, runId: string): Promise<void> {
  lendProfile(session)
  const { client } = session.runtime()
  const run = await client.runs.get(runId)
  const { entrypoint } = await client.deployments.get(run.deployment_id ?? '')
  if (entrypoint === null) {
    throw new CommandError(`the deployment of run '${run.name}' names no entrypoint`, {
      fix: 'Deploy it with one: tripline deploy flows/hello.ts:hello -n NAME',
    })
  }
  const { cwd } = session.terminal
  const flow = await loadFlow(cwd, entrypoint)
  const { crashHere, runHere } = await sdkOf(cwd)
  const { holder, crash } = errandOf() ?? {}
  if (holder && crash) await crashHere(flow, run.id, { holder, reason: crash })
  else await runHere(flow, run.id, holder)
}
