// What a task is: the function and the options that its author wrote, and nothing of any call. task.ts makes one, task-engine.ts runs it.
import type { TaskRun } from '../core/task-run.ts'
import type { HookState } from './hooks.ts'
import type { ResultStorage } from './results.ts'
import type { RetryOptions } from './retry.ts'

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

/** @throws TypeError when neither the function nor the options give a name */
export function definitionOf<A extends unknown[], R>(
  fn: (...args: A) => R | Promise<R>,
  options: TaskOptions<A, R>,
): TaskDefinition<A, R> {
  const { onRunning = [], onCompletion = [], onFailure = [] } = options
  const name = options.name ?? fn.name
  if (name === '') throw new TypeError("a task needs a name: task(fn, { name: 'knead' })")
  return {
    ...options,
    name,
    fn,
    onRunning: [onRunning].flat(),
    onCompletion: [onCompletion].flat(),
    onFailure: [onFailure].flat(),
  }
}
