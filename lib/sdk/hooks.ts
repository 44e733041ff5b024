// Hooks: functions of the user's that are called when a run has entered a state. Flows and tasks have the same kind.
import type { State } from '../core/run.ts'
import { currentRun } from './context.ts'

/** A state as hooks see it. */
export interface HookState<R> extends State {
  /**
   * What the function returned; rejects with what it threw, or, before the end, with the news that there is nothing yet.
   */
  result(): Promise<R>
}

/** How a function ended. */
export type Ending<R> = { kind: 'completed'; value: R } | { kind: 'failed'; error: unknown }

/** The state of a run, its result as far as there is one. */
export const hookState = <R>(state: State, ending: Ending<R> | null): HookState<R> => ({
  ...state,
  async result() {
    if (!ending) throw new Error('the run has no result yet: it is still going on')
    if (ending.kind === 'failed') throw ending.error
    return ending.value
  },
})

/** Calls hooks one after the other. What one throws is logged, and changes nothing. */
export async function callHooks<T extends unknown[]>(
  hooks: readonly ((...args: T) => unknown)[],
  ...args: T
): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook(...args)
    } catch (error) {
      currentRun()?.logger.error(`Hook '${hook.name}' threw: ${describe(error)}`)
    }
  }
}

export const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)
