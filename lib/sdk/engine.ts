// One flow run from Pending to its end: when it may start, the function itself, its retries, the
// states it goes through and the hooks that watch them. Knows nothing of who asked for the run: a
// call (flow.ts) or a deployment's schedule (serve.ts).
import { type FlowRun, isTerminal, type State, type StateType } from '../core/run.ts'
import { parseInstant } from '../core/time.ts'
import type { ProposedState } from './client.ts'
import { sleepUntil } from './clock.ts'
import { currentRun, type RunContext, withRun } from './context.ts'
import { captureConsole } from './logs.ts'
import { type ParameterSchema, parseParameters } from './parameters.ts'
import type { RunStates, Verdict } from './run-state.ts'
import type { Runtime } from './runtime.ts'
import { onCrashSignal } from './signals.ts'

/** A state as hooks see it. */
export interface HookState<R> extends State {
  /**
   * What the flow returned; rejects with what it threw, or, before the end, with the news that
   * there is nothing yet.
   */
  result(): Promise<R>
}

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
export interface FlowDefinition<R> extends Hooks<R> {
  name: string
  fn: (parameters: never) => R | Promise<R>
  parameters: ParameterSchema | undefined
  logPrints: boolean
  retries: number
  retryDelaySeconds: number
}

/**
 * How a run ended. `not-run`: the server did not let it begin; somebody else runs it, or it was
 * cancelled.
 */
export type Outcome<R> =
  | { kind: 'completed'; value: R }
  | { kind: 'failed'; error: unknown }
  | { kind: 'not-run'; reason: string }

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
  const { definition, states, deployment, isRecorded } = attempt
  const { run } = states
  const logger = runtime.logs.logger('prefect.flow_runs', {
    id: isRecorded ? run.id : null,
    name: run.name,
  })
  if (definition.logPrints) captureConsole()
  const flow = { name: definition.name }
  const context = { flow, deployment, run, logger, logPrints: false }
  return withRun(context, () => live(attempt, runtime))
}

async function live<R>(attempt: Attempt<R>, runtime: Runtime): Promise<Outcome<R>> {
  const { definition, states } = attempt
  const crashed = crashReporter(attempt, runtime)
  const forget = onCrashSignal(crashed.report)
  try {
    const begun = await begin(states, runtime)
    if (begun.kind === 'refused') return { kind: 'not-run', reason: begun.reason }
    const { run } = states
    currentRun()?.logger.info(`Beginning flow run '${run.name}' for flow '${definition.name}'`)
    await runHooks(definition, 'RUNNING', run, begun.state, notYet)
    const outcome = await callWithRetries(attempt, runtime)
    if (!crashed.isReported()) await end(attempt, outcome)
    return outcome
  } finally {
    forget()
  }
}

/** Asks for Running until it is given or refused, and never before the run's time. */
async function begin(
  { run, propose }: RunStates,
  { clock }: Pick<Runtime, 'clock'>,
): Promise<Exclude<Verdict, { kind: 'wait' }>> {
  const scheduled = parseInstant(run.state?.state_details.scheduled_time ?? '')
  if (scheduled !== null) await sleepUntil(clock, scheduled)
  for (;;) {
    const verdict = await propose({ type: 'RUNNING', name: 'Running' })
    if (verdict.kind !== 'wait') return verdict
    await sleepUntil(clock, verdict.until)
  }
}

async function callWithRetries<R>(
  { definition, states, parameters }: Attempt<R>,
  { clock }: Pick<Runtime, 'clock'>,
): Promise<Exclude<Outcome<R>, { kind: 'not-run' }>> {
  for (let left = definition.retries; ; left--) {
    const outcome = await callOnce(definition, parameters)
    if (outcome.kind === 'completed' || left <= 0) return outcome
    const pause = definition.retryDelaySeconds
    currentRun()?.logger.warn(
      `Failed; retrying in ${pause} s, ${left} of ${definition.retries} left`,
    )
    await clock.sleep(pause * 1000)
    const verdict = await states.propose({ type: 'RUNNING', name: 'Retrying' })
    if (verdict.kind !== 'accepted') return outcome // cancelled in the meantime, say
  }
}

async function callOnce<R>(
  definition: FlowDefinition<R>,
  given: unknown,
): Promise<Exclude<Outcome<R>, { kind: 'not-run' }>> {
  const context = currentRun()
  try {
    const parameters = parseParameters(given, definition.parameters)
    const call = async () => definition.fn(parameters as never)
    const value = await (context
      ? withRun({ ...context, logPrints: definition.logPrints }, call)
      : call())
    return { kind: 'completed', value }
  } catch (error) {
    context?.logger.error(`Encountered an exception: ${describe(error)}`)
    return { kind: 'failed', error }
  }
}

async function end<R>(
  { definition, states }: Attempt<R>,
  outcome: Exclude<Outcome<R>, { kind: 'not-run' }>,
): Promise<void> {
  const verdict = await states.propose(finalState(outcome))
  const result = async () => {
    if (outcome.kind === 'failed') throw outcome.error
    return outcome.value
  }
  const state = await settled(states, verdict)
  currentRun()?.logger.info(`Finished in state ${state?.name ?? 'unknown'}()`)
  if (state && isTerminal(state.type)) {
    await runHooks(definition, state.type, states.run, state, result)
  }
}

/**
 * The state that a run ended in: the one proposed, or Cancelled when somebody asked for that while
 * it ran.
 */
async function settled(states: RunStates, verdict: Verdict): Promise<State | null> {
  if (verdict.kind === 'accepted') return verdict.state
  if (states.run.state?.type !== 'CANCELLING') return states.run.state
  const cancelled = await states.propose({ type: 'CANCELLED', name: 'Cancelled' })
  return cancelled.kind === 'accepted' ? cancelled.state : states.run.state
}

function finalState(outcome: Exclude<Outcome<unknown>, { kind: 'not-run' }>): ProposedState {
  if (outcome.kind === 'completed') return { type: 'COMPLETED', name: 'Completed' }
  const message = `Flow run encountered an exception: ${describe(outcome.error)}`
  return { type: 'FAILED', name: 'Failed', message }
}

/** What reports the run Crashed, at most once, and remembers that it did. */
function crashReporter<R>({ definition, states }: Attempt<R>, runtime: Runtime) {
  const context = currentRun()
  let isReported = false
  return {
    isReported: () => isReported,
    async report(reason: string) {
      isReported = true
      const verdict = await states.propose({ type: 'CRASHED', name: 'Crashed', message: reason })
      if (verdict.kind === 'accepted' && context) {
        const result = () => Promise.reject(new Error(reason))
        await withRun(context, () =>
          runHooks(definition, 'CRASHED', states.run, verdict.state, result),
        )
      }
      await Promise.all([runtime.logs.flush(), runtime.events.flush()])
    },
  }
}

const HOOKS: Partial<Record<StateType, keyof Hooks<unknown>>> = {
  RUNNING: 'onRunning',
  COMPLETED: 'onCompletion',
  FAILED: 'onFailure',
  CRASHED: 'onCrashed',
  CANCELLED: 'onCancellation',
}

async function runHooks<R>(
  definition: FlowDefinition<R>,
  entered: StateType,
  run: FlowRun,
  state: State,
  result: () => Promise<R>,
): Promise<void> {
  const kind = HOOKS[entered]
  for (const hook of (kind && definition[kind]) ?? []) {
    try {
      await hook({ name: definition.name }, run, { ...state, result })
    } catch (error) {
      currentRun()?.logger.error(`Hook '${hook.name}' threw: ${describe(error)}`)
    }
  }
}

const notYet = () => Promise.reject(new Error('the run has no result yet: it is still going on'))

const describe = (error: unknown) =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)
