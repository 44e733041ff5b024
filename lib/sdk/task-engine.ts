// One task run from Pending to its end: a result that is there already, the function itself, its
// retries, the states it goes through and the hooks that watch them.
import { MICROS_PER_SECOND } from '../core/time.ts'
import { callWithin, TimedOut } from './call.ts'
import { currentRun, nextCall, type RunContext, withRun } from './context.ts'
import { callHooks, describe, type Ending, hookState } from './hooks.ts'
import { captureConsole } from './prints.ts'
import { findResult, keepResult, keyOf, type ResultStorage } from './results.ts'
import { delayBefore } from './retry.ts'
import type { Runtime } from './runtime.ts'
import type { TaskDefinition } from './task-definition.ts'
import { type TaskRecord, taskRecord } from './task-record.ts'
import type { ProposedState } from './wire.ts'

/** Calls a task: as a task run where a flow is running, else as the function that it is. */
export async function runTask<A extends unknown[], R>(
  definition: TaskDefinition<A, R>,
  args: A,
  runtime: Runtime,
): Promise<R> {
  const context = currentRun()
  if (!context) return outcomeOf(await callWithRetries(definition, args, OUTSIDE, runtime))
  context.signal.throwIfAborted() // a run that is to stop begins no more tasks
  const call = nextCall(context, definition.name)
  const record = taskRecord(definition, call, context, runtime)
  const { id, name } = record.run
  const logger = runtime.logs.logger('prefect.task_runs', {
    id: context.isRecorded ? context.run.id : null,
    name,
    taskRunId: id,
  })
  const { logPrints = context.logPrints } = definition
  if (logPrints) captureConsole()
  const within = { ...context, logger, logPrints, task: { id, name } }
  return withRun(within, () => live(definition, args, { context: within, record, call }, runtime))
}

interface TaskLife {
  context: RunContext
  record: TaskRecord
  call: number
}

async function live<A extends unknown[], R>(
  definition: TaskDefinition<A, R>,
  args: A,
  life: TaskLife,
  runtime: Runtime,
): Promise<R> {
  const { record, context } = life
  record.enter({ type: 'PENDING' })
  const place = placeOf(definition, args, life)
  const found = place && (await findResult(place.storage, place.key, runtime.clock.now()))
  if (found) {
    record.enter({ type: 'COMPLETED', name: 'Cached', data: found.reference })
    context.logger.info('Finished in state Cached(): its result was there already')
    return found.value as R
  }
  const running = record.enter({ type: 'RUNNING' })
  const { name, onRunning } = definition
  await callHooks(onRunning, { name }, record.run, hookState<R>(running, null))
  const ending = await callWithRetries(definition, args, life, runtime)
  await end(definition, ending, { ...life, place }, runtime)
  return outcomeOf(ending)
}

const outcomeOf = <R>(ending: Ending<R>): R => {
  if (ending.kind === 'failed') throw ending.error
  return ending.value
}

interface Place {
  storage: ResultStorage
  key: string
}

/** Where the result of this very call is kept, if it is. */
function placeOf<A extends unknown[], R>(
  { persistResult, resultStorage, cacheKey, name, fn }: TaskDefinition<A, R>,
  args: A,
  { context, call }: TaskLife,
): Place | null {
  const isKept = persistResult ?? (context.persistResult || Boolean(resultStorage ?? cacheKey))
  const storage = resultStorage ?? context.results
  if (!isKept) return null
  if (!cacheKey) return { storage, key: keyOf(context.run.id, name, fn.toString(), args, call) }
  const key = cacheKey(...args)
  return key === null ? null : { storage, key: keyOf(name, key) }
}

/** Outside of a flow run there is nothing to tell, and nobody to stop it. */
const OUTSIDE = { context: null, record: null }

async function callWithRetries<A extends unknown[], R>(
  definition: TaskDefinition<A, R>,
  args: A,
  { context, record }: Pick<TaskLife, 'context' | 'record'> | typeof OUTSIDE,
  { clock }: Pick<Runtime, 'clock'>,
): Promise<Ending<R>> {
  const { retries = 0, retryCondition = () => true } = definition
  const signal = context?.signal ?? NEVER
  for (let attempt = 1; ; attempt++) {
    const ending = await callOnce(definition, args, context)
    if (ending.kind === 'completed' || attempt > retries || signal.aborted) return ending
    if (!(await retryCondition(ending.error, attempt))) return ending
    const pause = delayBefore(attempt, definition, Math.random())
    context?.logger.warn(`Failed; retrying in ${pause} s, attempt ${attempt + 1} of ${retries + 1}`)
    record?.enter({ type: 'SCHEDULED', name: 'AwaitingRetry', message: describe(ending.error) })
    if (pause > 0) await clock.sleep(pause * 1000, { signal })
    if (signal.aborted) return ending
    record?.enter({ type: 'RUNNING', name: 'Retrying' })
  }
}

const NEVER = new AbortController().signal

async function callOnce<A extends unknown[], R>(
  { fn, timeoutSeconds }: TaskDefinition<A, R>,
  args: A,
  context: RunContext | null,
): Promise<Ending<R>> {
  const limits = { what: 'Task run', timeoutSeconds, signal: context?.signal ?? NEVER }
  const call = async () => fn(...args)
  try {
    const value = await callWithin(
      (signal) => (context ? withRun({ ...context, signal }, call) : call()),
      limits,
    )
    return { kind: 'completed', value }
  } catch (error) {
    context?.logger.error(`Encountered an exception: ${describe(error)}`)
    return { kind: 'failed', error }
  }
}

async function end<A extends unknown[], R>(
  definition: TaskDefinition<A, R>,
  ending: Ending<R>,
  { context, record, place }: TaskLife & { place: Place | null },
  { clock }: Pick<Runtime, 'clock'>,
): Promise<void> {
  const { name, onCompletion, onFailure, cacheExpirationSeconds: lasts } = definition
  if (ending.kind === 'failed') {
    const state = record.enter(failure(ending.error, context.signal))
    context.logger.info(`Finished in state ${state.name}()`)
    return callHooks(onFailure, { name }, record.run, hookState(state, ending))
  }
  const expiresAt = lasts === undefined ? null : clock.now() + lasts * MICROS_PER_SECOND
  const data = place && (await keepResult(place.storage, place.key, ending.value, expiresAt))
  const state = record.enter({ type: 'COMPLETED', data })
  context.logger.info(`Finished in state ${state.name}()`)
  await callHooks(onCompletion, { name }, record.run, hookState(state, ending))
}

function failure(error: unknown, { aborted, reason }: AbortSignal): ProposedState {
  if (error instanceof TimedOut) return { type: 'FAILED', name: 'TimedOut', message: error.message }
  if (aborted) return { type: 'CANCELLED', message: describe(reason) }
  return { type: 'FAILED', message: `Task run encountered an exception ${describe(error)}` }
}
