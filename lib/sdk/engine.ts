// One flow run from Pending to its end: when it may start, the function itself, its retries, the
// states it goes through and the hooks that watch them. Knows nothing of who asked for the run: a
// call (flow.ts), a deployment's schedule (serve.ts), or a launch (launched.ts).
import { type FlowRun, isTerminal, type State, type StateType } from '../core/run.ts'
import { parseInstant } from '../core/time.ts'
import { callWithin, TimedOut } from './call.ts'
import { sleepUntil } from './clock.ts'
import { currentRun, type RunContext, withRun } from './context.ts'
import { beat, holdRun } from './hold.ts'
import { callHooks, describe, type Ending, type HookState, hookState } from './hooks.ts'
import { type ParameterSchema, parseParameters } from './parameters.ts'
import { captureConsole } from './prints.ts'
import { keepResult, type ResultStorage } from './results.ts'
import { delayBefore, type RetryOptions } from './retry.ts'
import type { RunStates, Verdict } from './run-state.ts'
import type { Runtime } from './runtime.ts'
import { onCrashSignal } from './signals.ts'
import type { ProposedState } from './wire.ts'

/**
 * Called when a run has entered a state, before anything else happens to it. What it throws is
 * logged, and changes nothing.
 */
export type Hook<R = unknown> = (
  flow: { name: string },
  flowRun: FlowRun,
  state: HookState<R>,
) => unknown

export interface Hooks<R> {
  onRunning?: Hook<R>[]
  onCompletion?: Hook<R>[]
  onFailure?: Hook<R>[]
  onCrashed?: Hook<R>[]
  onCancellation?: Hook<R>[]
}

/** A flow as its author wrote it. */
export interface FlowDefinition<R> extends Hooks<R>, RetryOptions {
  name: string
  fn: (parameters: never) => R | Promise<R>
  parameters: ParameterSchema | undefined
  logPrints: boolean
  retries: number
  timeoutSeconds: number | undefined
  persistResult: boolean
  /** The runtime's own when undefined. */
  results: ResultStorage | undefined
}

/**
 * How a run ended. `not-run`: the server did not let it begin; somebody else runs it, or it was
 * cancelled.
 */
export type Outcome<R> = Ending<R> | { kind: 'not-run'; reason: string }

export interface Attempt<R> {
  definition: FlowDefinition<R>
  states: RunStates
  deployment: RunContext['deployment']
  /** As given by the caller or by the server; parsed here. */
  parameters: unknown
  /** False for a run that no server keeps: its lines are printed only. */
  isRecorded: boolean
}

/**
 * Runs a flow once its time has come. Rejects only when the server cannot be asked whether it may
 * begin.
 */
export function execute<R>(attempt: Attempt<R>, runtime: Runtime): Promise<Outcome<R>> {
  if (attempt.definition.logPrints) captureConsole()
  const stop = new AbortController()
  const caller = currentRun()
  const signal = caller ? AbortSignal.any([caller.signal, stop.signal]) : stop.signal
  const context = contextOf(attempt, signal, runtime)
  return withRun(context, () => live(attempt, { context, stop }, runtime))
}

/** What code within a run knows of it. */
export function contextOf<R>(
  { definition, states: { run }, deployment, isRecorded }: Omit<Attempt<R>, 'parameters'>,
  signal: AbortSignal,
  { logs, results }: Pick<Runtime, 'logs' | 'results'>,
): RunContext {
  const { name, persistResult } = definition
  return {
    flow: { name },
    deployment,
    run,
    logger: logs.logger('prefect.flow_runs', { id: isRecorded ? run.id : null, name: run.name }),
    logPrints: false,
    isRecorded,
    signal,
    results: definition.results ?? results,
    persistResult,
    calls: new Map(),
    task: null,
  }
}

interface Life {
  context: RunContext
  /** Aborted when the run is to stop. */
  stop: AbortController
}

async function live<R>(attempt: Attempt<R>, life: Life, runtime: Runtime): Promise<Outcome<R>> {
  const { definition, states, isRecorded } = attempt
  const { context, stop } = life
  const ended = new AbortController()
  const crashed = crashReporter(attempt, context, runtime)
  const forget = onCrashSignal(crashed.report)
  try {
    if (isRecorded) {
      void holdRun(states, { stop, ended: ended.signal }, runtime)
      void beat(states.run, ended.signal, runtime)
    }
    const begun = await begin(states, context.signal, runtime)
    if (begun.kind === 'refused') return { kind: 'not-run', reason: begun.reason }
    const { run } = states
    context.logger.info(`Beginning flow run '${run.name}' for flow '${definition.name}'`)
    const { onRunning = [] } = definition
    await callHooks(onRunning, { name: definition.name }, run, hookState(begun.state, null))
    const outcome = await callWithRetries(attempt, context, runtime)
    if (!crashed.isReported()) await end(attempt, outcome, context)
    return outcome
  } finally {
    ended.abort()
    forget()
  }
}

/** Asks for Running until it is given or refused, and never before the run's time. */
async function begin(
  { run, propose }: RunStates,
  signal: AbortSignal,
  { clock }: Pick<Runtime, 'clock'>,
): Promise<Exclude<Verdict, { kind: 'wait' }>> {
  const scheduled = parseInstant(run.state?.state_details.scheduled_time ?? '')
  if (scheduled !== null) await sleepUntil(clock, scheduled, signal)
  for (;;) {
    const verdict = await propose({ type: 'RUNNING', name: 'Running' })
    if (verdict.kind === 'refused' && verdict.state?.type === 'CANCELLING') {
      await propose({ type: 'CANCELLED', name: 'Cancelled' })
    }
    if (verdict.kind !== 'wait') return verdict
    if (signal.aborted)
      return { kind: 'refused', state: run.state, reason: describe(signal.reason) }
    await sleepUntil(clock, verdict.until, signal)
  }
}

/** Runs of earlier processes count, too: a run that was taken from one has so many retries fewer. */
async function callWithRetries<R>(
  { definition, states, parameters }: Attempt<R>,
  context: RunContext,
  { clock }: Pick<Runtime, 'clock'>,
): Promise<Ending<R>> {
  for (;;) {
    context.calls.clear()
    const outcome = await callOnce(definition, parameters, context)
    const count = states.run.run_count
    const isLast = outcome.kind === 'completed' || count > definition.retries
    if (isLast || context.signal.aborted) return outcome
    const pause = delayBefore(count, definition, Math.random())
    context.logger.warn(
      `Failed; retrying in ${pause} s, ${definition.retries - count + 1} of ${definition.retries} left`,
    )
    if (pause > 0) await clock.sleep(pause * 1000, { signal: context.signal })
    if (context.signal.aborted) return outcome
    const verdict = await states.propose({ type: 'RUNNING', name: 'Retrying' })
    if (verdict.kind !== 'accepted') return outcome // cancelled in the meantime, say
  }
}

async function callOnce<R>(
  definition: FlowDefinition<R>,
  given: unknown,
  context: RunContext,
): Promise<Ending<R>> {
  const { timeoutSeconds, logPrints, fn } = definition
  try {
    const parameters = parseParameters(given, definition.parameters)
    const limits = { what: 'Flow run', timeoutSeconds, signal: context.signal }
    const call = (signal: AbortSignal) =>
      withRun({ ...context, logPrints, signal }, async () => fn(parameters as never))
    return { kind: 'completed', value: await callWithin(call, limits) }
  } catch (error) {
    context.logger.error(`Encountered an exception: ${describe(error)}`)
    return { kind: 'failed', error }
  }
}

async function end<R>(attempt: Attempt<R>, ending: Ending<R>, context: RunContext): Promise<void> {
  const { definition, states } = attempt
  const verdict = await states.propose(await finalState(attempt, ending, context))
  const state = await settled(states, verdict)
  context.logger.info(`Finished in state ${state?.name ?? 'unknown'}()`)
  if (!state || !isTerminal(state.type)) return
  const hooks = hooksOf(definition, state.type)
  await callHooks(hooks, { name: definition.name }, states.run, hookState(state, ending))
}

/**
 * The state that a run ended in: the one proposed, Cancelled when somebody asked for that while it
 * ran, or what a person set. Null when somebody else has the run now, who tells of its end.
 */
async function settled(states: RunStates, verdict: Verdict): Promise<State | null> {
  if (verdict.kind === 'accepted') return verdict.state
  const { state } = states.run
  if (state?.type === 'CANCELLING') {
    const cancelled = await states.propose({ type: 'CANCELLED', name: 'Cancelled' })
    return cancelled.kind === 'accepted' ? cancelled.state : null
  }
  const holder = state?.state_details.lease_holder ?? states.holder
  return holder === states.holder ? state : null
}

async function finalState<R>(
  { definition, states }: Attempt<R>,
  ending: Ending<R>,
  { results }: RunContext,
): Promise<ProposedState> {
  if (ending.kind === 'completed') {
    const completed: ProposedState = { type: 'COMPLETED', name: 'Completed' }
    if (!definition.persistResult) return completed
    return { ...completed, data: await keepResult(results, states.run.id, ending.value) }
  }
  const { error } = ending
  if (error instanceof TimedOut) return { type: 'FAILED', name: 'TimedOut', message: error.message }
  const message = `Flow run encountered an exception: ${describe(error)}`
  return { type: 'FAILED', name: 'Failed', message }
}

/** What reports the run Crashed, at most once, and remembers that it did. */
function crashReporter<R>(
  { definition, states }: Attempt<R>,
  context: RunContext,
  runtime: Runtime,
) {
  let isReported = false
  return {
    isReported: () => isReported,
    async report(reason: string) {
      isReported = true
      await reportCrash({ definition, states }, reason, context)
      await Promise.all([runtime.logs.flush(), runtime.events.flush()])
    },
  }
}

/** Reports a run Crashed and calls the flow's hooks, in the run's context. */
export async function reportCrash<R>(
  { definition, states }: Pick<Attempt<R>, 'definition' | 'states'>,
  reason: string,
  context: RunContext,
): Promise<void> {
  const verdict = await states.propose({ type: 'CRASHED', name: 'Crashed', message: reason })
  if (verdict.kind !== 'accepted') return
  const state = hookState<R>(verdict.state, { kind: 'failed', error: new Error(reason) })
  const { onCrashed = [] } = definition
  await withRun(context, () => callHooks(onCrashed, { name: definition.name }, states.run, state))
}

function hooksOf<R>(definition: Hooks<R>, entered: StateType): Hook<R>[] {
  const { onCompletion = [], onFailure = [], onCrashed = [], onCancellation = [] } = definition
  if (entered === 'COMPLETED') return onCompletion
  if (entered === 'FAILED') return onFailure
  if (entered === 'CRASHED') return onCrashed
  return entered === 'CANCELLED' ? onCancellation : []
}
