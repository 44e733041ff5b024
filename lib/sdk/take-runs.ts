// Taking runs from the server as they come due, as Prefect's runner and workers do it. Any number of processes may ask for the runs of
// one deployment or pool: a run belongs to whoever brings it to Pending first.
import { hostname } from 'node:os'
import type { FlowRun } from '../core/run.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import { ApiError, UnreachableError } from './http.ts'
import { type RunStates, statesOnServer } from './run-state.ts'
import type { Runtime } from './runtime.ts'

/** Whose runs are taken, and what is done with one. */
export interface Taking {
  pollSeconds: number
  /** Aborts when no more are to be taken. */
  stopping: AbortSignal
  /** Asks the server for runs that are due before a moment. */
  due(before: string): Promise<FlowRun[]>
  /** Null for a run that is not to be taken. */
  work(run: FlowRun): Work | null
}

export interface Work {
  /** Works of the same one share a limit. */
  of: string
  /** Runs at one time. */
  limit: number
  /** Runs it, once it is claimed. A failure is told of, and the run left as it is. */
  execute(states: RunStates): Promise<unknown>
}

/** How far ahead the server is asked for runs (as Prefect's runner does). */
const AHEAD_SECONDS = 10
/**
 * How long before its time a run is taken, beyond the next poll; else it waits on the server, free
 * for others and for changes.
 */
const TAKE_MARGIN_SECONDS = 1

/** Polls until told to stop, then resolves when the last run that was taken has ended. */
export async function takeRuns(taking: Taking, at: Runtime): Promise<void> {
  const { pollSeconds, stopping } = taking
  const active = new Map<string, { of: string; end: Promise<void> }>()
  const hasRoom = ({ of, limit }: Work) =>
    [...active.values()].filter((one) => one.of === of).length < limit
  while (!stopping.aborted) {
    const horizon = at.clock.now() + (pollSeconds + TAKE_MARGIN_SECONDS) * MICROS_PER_SECOND
    for (const run of await dueRuns(taking, at)) {
      if (stopping.aborted || dueAt(run) > horizon || active.has(run.id)) continue
      const work = taking.work(run)
      if (!work || !hasRoom(work)) continue
      const end = take(run, work, at).finally(() => active.delete(run.id))
      active.set(run.id, { of: work.of, end })
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
async function dueRuns({ due }: Taking, { clock, say }: Runtime): Promise<FlowRun[]> {
  const before = formatInstant(clock.now() + AHEAD_SECONDS * MICROS_PER_SECOND)
  try {
    return (await due(before)).sort((a, b) => dueAt(a) - dueAt(b))
  } catch (error) {
    if (!(error instanceof UnreachableError || error instanceof ApiError)) throw error
    say(`no runs for now, asking on: ${error.message}`)
    return []
  }
}

const dueAt = (run: FlowRun): Micros =>
  parseInstant(run.state?.state_details.scheduled_time ?? run.next_scheduled_start_time ?? '') ?? 0

/** Takes a run, if nobody was faster. Never rejects: a run's failure is its own affair. */
async function take(run: FlowRun, { of, execute }: Work, at: Runtime): Promise<void> {
  const states = statesOnServer(run, at)
  try {
    if (await claim(states, at)) await execute(states)
  } catch (error) {
    at.say(`run '${run.name}' of '${of}' is left as it is: ${(error as Error).message}`)
  }
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
