// task(): a function whose calls within a flow are task runs, with retries, hooks and logs of their
// own, and a result that can outlive the process. How a call goes on is task-engine.ts.
import type { TaskRun } from '../core/task-run.ts'
import type { HookState } from './hooks.ts'
import type { ResultStorage } from './results.ts'
import type { RetryOptions } from './retry.ts'
import { runtime } from './runtime.ts'
import { runTask } from './task-engine.ts'

/** Called when a task run has entered a state. What it throws is logged, and changes nothing. */
export type TaskHook<R = unknown> = (
  task: { name: string },
  taskRun: TaskRun,
  state: HookState<R>,
) => unknown

export interface TaskOptions<A extends unknown[], R> extends RetryOptions {
  /** @default the function's name */
  name?: string
  tags?: string[]
  /** Whether a failure is worth another try; `attempt` counts from 1. @default always */
  retryCondition?: (error: unknown, attempt: number) => boolean | Promise<boolean>
  onRunning?: TaskHook<R> | TaskHook<R>[]
  onCompletion?: TaskHook<R> | TaskHook<R>[]
  onFailure?: TaskHook<R> | TaskHook<R>[]
  /** A call that takes longer has failed, as TimedOut. It may go on unheard: see `runSignal()`. */
  timeoutSeconds?: number
  /** Whether `console` calls inside go to the task run's logs. @default false */
  logPrints?: boolean
  /**
   * Whether what it returns is kept, so that the same call is not made again when its flow run is
   * retried. JSON holds it: a Date comes back as a text. @default as the flow says
   */
  persistResult?: boolean
  /** Where to. @default where the flow keeps its own */
  resultStorage?: ResultStorage
  /**
   * What the result depends on: calls of the same key make one result between them, in any run. A
   * null key is a call that is made every time.
   * @default the flow run, the task's name and text, its arguments, and which call of those it is
   */
  cacheKey?: (...args: A) => string | null
  /** Seconds after which a kept result counts no more. @default never */
  cacheExpirationSeconds?: number
}

/** A task as its author wrote it. */
export interface TaskDefinition<A extends unknown[], R>
  extends Omit<TaskOptions<A, R>, 'onRunning' | 'onCompletion' | 'onFailure'> {
  name: string
  fn: (...args: A) => R | Promise<R>
  onRunning: TaskHook<R>[]
  onCompletion: TaskHook<R>[]
  onFailure: TaskHook<R>[]
}

/** A function whose calls are task runs of the flow run that they happen in. */
export interface Task<A extends unknown[], R> {
  /**
   * Resolves with what the function returns, or returned before; rejects with what it throws at
   * last. Outside of a flow run nothing is recorded or kept: there are retries and the timeout.
   */
  (...args: A): Promise<R>
  readonly name: string
}

/**
 * Makes a task of a function. Its arguments are the function's alone: options that name them all would else make each of them required.
 * @throws TypeError when neither the function nor the options give a name
 */
export function task<F extends (...args: never) => unknown>(
  fn: F,
  options: TaskOptions<Parameters<F>, Awaited<ReturnType<F>>> = {},
): Task<Parameters<F>, Awaited<ReturnType<F>>> {
  type A = Parameters<F>
  type R = Awaited<ReturnType<F>>
  const { onRunning = [], onCompletion = [], onFailure = [] } = options
  const name = options.name ?? fn.name
  if (name === '') throw new TypeError("a task needs a name: task(fn, { name: 'knead' })")
  const definition: TaskDefinition<A, R> = {
    ...options,
    name,
    fn: fn as unknown as (...args: A) => Promise<R>,
    onRunning: [onRunning].flat(),
    onCompletion: [onCompletion].flat(),
    onFailure: [onFailure].flat(),
  }
  const call = (...args: A) => runTask(definition, args, runtime())
  return Object.defineProperty(call, 'name', { value: name }) as Task<A, R>
}
