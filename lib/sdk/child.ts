// Runs in processes of their own: the serving process starts its own script again, told which run it is for, and `serve()` in that
// child runs this one and ends. The parent keeps the claim: a child that dies without a word is reported Crashed at once.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Runtime } from './runtime.ts'

/** What a process was started for, from its environment. */
export interface Errand {
  flowRunId: string
  holder: string
  /** What the process that had the run died of: this one is to report that, and to call the flow's hooks. */
  crash?: string | undefined
}

const VARIABLE = {
  run: 'TRIPLINE_FLOW_RUN_ID',
  holder: 'TRIPLINE_FLOW_RUN_HOLDER',
  crash: 'TRIPLINE_FLOW_RUN_CRASH',
} as const
/** Set while a file is loaded for the sake of its flows: then `serve()` and `deploy()` do nothing. */
export const LOADED_ONLY = 'TRIPLINE_LOADED_ONLY'
/** How long a child may take to end once its run is to stop, and once more after SIGTERM. */
const STOP_MS_MAX = 10_000

/** The errand of this process; null when it was started by a person. */
export function errandOf(env: NodeJS.ProcessEnv = process.env): Errand | null {
  const [flowRunId, holder] = [env[VARIABLE.run], env[VARIABLE.holder]]
  return flowRunId && holder ? { flowRunId, holder, crash: env[VARIABLE.crash] } : null
}

export const isLoadedOnly = (env: NodeJS.ProcessEnv = process.env): boolean =>
  Boolean(env[LOADED_ONLY])

/** The environment of a process that runs one run. */
export const errandEnv = ({ flowRunId, holder, crash }: Errand) => ({
  [VARIABLE.run]: flowRunId,
  [VARIABLE.holder]: holder,
  ...(crash !== undefined && { [VARIABLE.crash]: crash }),
})

/** How a child is started. */
export interface Command {
  /** Arguments of this very Node. @default this process's own script and arguments */
  args?: string[]
  env: Record<string, string>
  cwd?: string
}

/**
 * Starts a child and waits for its end; answers what is to be said of a run that it left behind, or null when it ended by itself.
 * Once `stop` aborts it has a while to end, and is then made to.
 */
export async function runChild(
  { args = ownCommand(), env, cwd = process.cwd() }: Command,
  stop: AbortSignal,
  { clock }: Pick<Runtime, 'clock'>,
): Promise<string | null> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const kill = () => void end(child, clock)
  if (stop.aborted) kill()
  stop.addEventListener('abort', kill)
  const [code, signal] = await ended
  stop.removeEventListener('abort', kill)
  if (code === 0) return null
  return `Flow run process exited with ${signal ?? `code ${code}`}.`
}

/** It hears by itself that it should stop; signals are for who does not listen. */
async function end(child: ChildProcess, clock: Runtime['clock']): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await clock.sleep(STOP_MS_MAX, { background: true })
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
  }
}

const ownCommand = (): string[] => [...process.execArgv, ...process.argv.slice(1)]
