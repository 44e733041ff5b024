// Holding a run: while a process is at work on one it says so, every few seconds, and hears whether it should stop. The server takes
// a run away from a process that is silent (core/lease.ts), and so does the process itself, by its own clock, a little earlier.
import { MICROS_PER_SECOND } from '../core/time.ts'
import { pollSecondsOf } from './config.ts'
import { emitEvent } from './events.ts'
import { ApiError, UnreachableError } from './http.ts'
import type { RunStates } from './run-state.ts'
import type { Runtime } from './runtime.ts'

/** Somebody asked for the run to be cancelled: the reason of its signal. */
export class RunCancelled extends Error {
  override readonly name = 'RunCancelled'
}

/** The run is no longer this process's own, because nothing was heard of it for too long: the reason of its signal. */
export class RunLost extends Error {
  override readonly name = 'RunLost'
}

/** Events that tell of a run going on, as Prefect's client emits them, come this often. */
const HEARTBEAT_SECONDS = 30
/** Times that a process says it is at work before its lease would end. */
const BEATS_PER_LEASE = 4

type World = Pick<Runtime, 'client' | 'clock' | 'config'>

/** Says that the run is being worked on until `ended` aborts; aborts `stop` when it should not be any more. */
export async function holdRun(
  states: RunStates,
  { stop, ended }: { stop: AbortController; ended: AbortSignal },
  { client, clock, config }: World,
): Promise<void> {
  const { run, holder } = states
  const seconds = Math.min(pollSecondsOf(config), config.leaseSeconds / BEATS_PER_LEASE)
  let heardAt = clock.now()
  for (;;) {
    await clock.sleep(seconds * 1000, { signal: ended, background: true })
    if (ended.aborted) return
    const askedAt = clock.now()
    const heard = await orNull(ask())
    if (ended.aborted) return
    if (heard) heardAt = askedAt
    if (heard?.state?.type === 'CANCELLING') {
      run.state = heard.state
      return stop.abort(new RunCancelled(`Flow run '${run.name}' is to be cancelled`))
    }
    const isSilent = clock.now() - heardAt > config.leaseSeconds * MICROS_PER_SECOND
    if (heard ? !heard.held : isSilent) {
      return stop.abort(new RunLost(`Flow run '${run.name}' was taken from this process`))
    }
  }

  async function ask() {
    try {
      return await client.runs.heartbeat(run.id, holder)
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error
      const { state } = await client.runs.get(run.id) // a server of Prefect's, which has no leases
      return { held: true, state }
    }
  }
}

/** Null when the server is away or in trouble: it is asked again. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof UnreachableError || error instanceof ApiError) return null
    throw error
  }
}

/** Tells every now and then, for automations that wait for it, that the run goes on. Called in the run's context. */
export async function beat(
  { id, name }: RunStates['run'],
  ended: AbortSignal,
  { clock }: Pick<Runtime, 'clock'>,
): Promise<void> {
  const resource = {
    'prefect.resource.id': `prefect.flow-run.${id}`,
    'prefect.resource.name': name,
  }
  while (!ended.aborted) {
    emitEvent({ event: 'prefect.flow-run.heartbeat', resource })
    await clock.sleep(HEARTBEAT_SECONDS * 1000, { signal: ended, background: true })
  }
}
