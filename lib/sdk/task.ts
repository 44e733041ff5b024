// task(): a function whose calls within a flow are task runs, with retries, hooks and logs of their
// own, and a result that can outlive the process. How a call goes on is task-engine.ts.
import { runtime } from './runtime.ts'
import { definitionOf, type TaskOptions } from './task-definition.ts'
import { runTask } from './task-engine.ts'

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
  const definition = definitionOf<A, R>(fn as unknown as (...args: A) => Promise<R>, options)
  const call = (...args: A) => runTask(definition, args, runtime())
  return Object.defineProperty(call, 'name', { value: definition.name }) as Task<A, R>
}
