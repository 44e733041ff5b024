// A change of a plan: it says what it would do, and can do it. That is two steps for those that own triggers, because triggers may name
// what other changes make.
import type { Difference } from './difference.ts'
import type { ChangedTrigger } from './plan-backtest.ts'

export interface Change {
  kind: 'variable' | 'work pool' | 'deployment' | 'webhook' | 'automation'
  name: string
  action: 'create' | 'update' | 'none'
  differences: Difference[]
  /** Those that it makes or replaces, for backtests. */
  triggers: ChangedTrigger[]
  /** Makes it so; the id of what it made or changed. */
  make(): Promise<string>
  /** Makes the rest, which may name what other changes make. */
  settle?(): Promise<void>
}

/** Makes all changes that are due, in their order; `made` is told of each. */
export async function makeChanges(
  changes: Change[],
  made: (change: Change, id: string) => void = () => {},
): Promise<void> {
  const due = changes.filter(({ action }) => action !== 'none')
  const isAutomation = ({ kind }: Change) => kind === 'automation'
  for (const change of due.filter((one) => !isAutomation(one))) made(change, await change.make())
  for (const change of due) await change.settle?.()
  for (const change of due.filter(isAutomation)) made(change, await change.make())
}
