// flow(): a function whose calls are flow runs. What it returns is called like the function, and
// can be served as a deployment.
import type { z } from 'zod'
import { currentRun, nextCall, type RunContext } from './context.ts'
import { type DeployOptions, deploy } from './deploy.ts'
import { execute, type FlowDefinition, type Hook, type Hooks } from './engine.ts'
import { UnreachableError } from './http.ts'
import { type ParameterSchema, parameterSchemaOf } from './parameters.ts'
import type { ServedDeployment, ServeOptions } from './register.ts'
import type { ResultStorage } from './results.ts'
import type { RetryOptions } from './retry.ts'
import {
  leaseDetails,
  type RunStates,
  runWithoutServer,
  statesOnServer,
  statesWithoutServer,
} from './run-state.ts'
import { type Runtime, runtime } from './runtime.ts'
import { type Serving, serve } from './serve.ts'

export interface FlowOptions<R> extends RetryOptions {
  /** @default the function's name, in kebab case */
  name?: string
  onRunning?: OneOrMore<Hook<R>>
  onCompletion?: OneOrMore<Hook<R>>
  onFailure?: OneOrMore<Hook<R>>
  /** The process was told to end while the flow ran, or died: then a worker, or whoever serves the flow in children, calls them. */
  onCrashed?: OneOrMore<Hook<R>>
  onCancellation?: OneOrMore<Hook<R>>
  /** Whether `console` calls inside go to the run's logs. @default false */
  logPrints?: boolean
  /** A call that takes longer has failed, as TimedOut. It may go on unheard: see `runSignal()`. */
  timeoutSeconds?: number
  /** Whether what it returns is kept, and that of its tasks if they do not say otherwise. @default false */
  persistResult?: boolean
  /** Where to. @default files in .tripline/results, or TRIPLINE_LOCAL_STORAGE_PATH */
  resultStorage?: ResultStorage
}

type OneOrMore<T> = T | T[]
type Arguments<P> = Record<never, never> extends P ? [parameters?: P] : [parameters: P]

/** A function with a name, parameters in one object, and a run for every call. */
export interface Flow<P extends object, R> {
  /**
   * Runs here and now; resolves with what the function returns, rejects with what it throws. The
   * run and its states are recorded where an API is reachable; where none is, that is said once and
   * the function runs all the same.
   */
  (...parameters: Arguments<P>): Promise<R>
  readonly name: string
  /**
   * Registers a deployment and runs what is scheduled for it, in this process, until it is stopped.
   */
  serve(options: ServeOptions<P>): Promise<Serving>
  /** Makes a deployment known whose runs a work pool executes, with an image built first where one is named. */
  deploy(options: DeployOptions<P>): Promise<{ id: string }>
  /** What `serve` of one flow serves, to be served with others: `serve(a.toDeployment(…), b.toDeployment(…))`. */
  toDeployment(options: ServeOptions<P>): ServedDeployment
}

/** With a zod schema, callers give what it takes and the function gets what it makes of it. */
export function flow<S extends ParameterSchema, R>(
  fn: (parameters: z.output<S>) => R,
  options: FlowOptions<Awaited<R>> & { parameters: S },
): Flow<z.input<S>, Awaited<R>>
/**
 * Makes a flow of a function of at most one object.
 * @throws TypeError when neither the function nor the options give a name
 */
export function flow<R, P extends object = Record<never, never>>(
  fn: (parameters: P) => R,
  options?: FlowOptions<Awaited<R>>,
): Flow<P, Awaited<R>>
export function flow<R>(
  fn: (parameters: never) => R,
  options: FlowOptions<Awaited<R>> & { parameters?: ParameterSchema } = {},
): Flow<object, Awaited<R>> {
  const definition: FlowDefinition<Awaited<R>> = {
    ...hooksOf(options),
    name: options.name ?? nameOf(fn),
    fn: fn as (parameters: never) => Promise<Awaited<R>>,
    parameters: options.parameters,
    logPrints: options.logPrints ?? false,
    retries: options.retries ?? 0,
    retryDelaySeconds: options.retryDelaySeconds ?? 0,
    retryJitterFactor: options.retryJitterFactor ?? 0,
    timeoutSeconds: options.timeoutSeconds,
    persistResult: options.persistResult ?? options.resultStorage !== undefined,
    results: options.resultStorage,
  }
  const toDeployment = (served: ServeOptions<object>): ServedDeployment => ({
    ...served,
    // Safe, because the hooks came with the function: they meet no other result than its own.
    definition: definition as FlowDefinition<unknown>,
    parameterSchema: parameterSchemaOf(fn, options.parameters),
  })
  const call = (parameters?: object) => run(definition, parameters ?? {}, runtime())
  return Object.defineProperties(call, {
    name: { value: definition.name },
    toDeployment: { value: toDeployment },
    serve: { value: (served: ServeOptions<object>) => serve(toDeployment(served)) },
    deploy: {
      value: (options: DeployOptions<object>) => deploy(toDeployment(options), options, runtime()),
    },
  }) as Flow<object, Awaited<R>>
}

async function run<R>(definition: FlowDefinition<R>, parameters: object, at: Runtime): Promise<R> {
  const { states, isRecorded } = await newRun(definition, parameters as Record<string, unknown>, at)
  const outcome = await execute(
    { definition, states, deployment: null, parameters, isRecorded },
    at,
  )
  switch (outcome.kind) {
    case 'completed':
      return outcome.value
    case 'failed':
      throw outcome.error
    case 'not-run':
      throw new Error(`Flow run '${states.run.name}' did not begin: ${outcome.reason}`)
  }
}

async function newRun<R>(
  definition: FlowDefinition<R>,
  parameters: Record<string, unknown>,
  at: Runtime,
): Promise<{ states: RunStates; isRecorded: boolean }> {
  const { name } = definition
  const caller = currentRun()
  const holder = at.newId()
  try {
    const { id } = await at.client.flows.create(name)
    const parent = caller?.isRecorded ? await parentTaskOf(caller, name, at) : null
    const run = await at.client.runs.create({
      flow_id: id,
      state: { type: 'PENDING', name: 'Pending', state_details: leaseDetails(holder, at) },
      parameters,
      idempotency_key: at.newId(), // the request may be repeated; the run may not
      ...(parent && { parent_task_run_id: parent }),
    })
    return { states: statesOnServer(run, at, { holder }), isRecorded: true }
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    at.say(`runs are not recorded: ${error.message}`)
    const run = runWithoutServer({ name }, parameters, at)
    return { states: statesWithoutServer(run, at), isRecorded: false }
  }
}

/** The task run that stands for a subflow in the run that calls it, as Prefect's client makes it. */
async function parentTaskOf(caller: RunContext, name: string, at: Runtime): Promise<string> {
  const call = nextCall(caller, name)
  const { id } = await at.client.taskRuns.create({
    flow_run_id: caller.run.id,
    task_key: name,
    dynamic_key: String(call),
    name: `${name}-${call}`,
  })
  return id
}

function hooksOf<R>(options: FlowOptions<R>): Hooks<R> {
  const { onRunning = [], onCompletion = [], onFailure = [] } = options
  const { onCrashed = [], onCancellation = [] } = options
  return {
    onRunning: [onRunning].flat(),
    onCompletion: [onCompletion].flat(),
    onFailure: [onFailure].flat(),
    onCrashed: [onCrashed].flat(),
    onCancellation: [onCancellation].flat(),
  }
}

/** `bakeBread` and `bake_bread` are `bake-bread`, as Prefect names the flow of `bake_bread`. */
function nameOf(fn: { name: string }): string {
  if (fn.name === '') {
    throw new TypeError("a flow needs a name: flow(fn, { name: 'nightly-report' })")
  }
  return fn.name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}
