// What a local process knows of itself: all of its readers, timers and tables are in it.

import { parseAt } from '../aws/schedule-expression.ts'
import type { Spending } from '../core/capacity.ts'
import type { FateCounts } from '../core/fates.ts'
import type { Vitals, WakeVitals } from '../core/vitals.ts'
import type { WakeKey } from '../core/wake-key.ts'
import type { Workspace } from '../core/workspace.ts'
import type { StreamHandler } from '../store/stream.ts'
import { fileLetters } from './letters.ts'
import type { Pump } from './pump.ts'
import type { Schedule } from './timers.ts'

export interface VitalsOptions {
  readers: Pump['readers']
  /** The schedules by which this process is woken. */
  schedules: () => Schedule[]
  spent: Spending
  fates: FateCounts
  /** The file of dead letters, and who they were meant for. */
  letters: string
  handlerOf: (consumer: string) => StreamHandler | undefined
}

export const localVitals = (options: VitalsOptions): Vitals => ({
  readers: options.readers,
  wakes: (workspace) => wakesOf(options.schedules(), workspace),
  spending: () => options.spent,
  fates: () => options.fates,
  letters: fileLetters(options.letters, options.handlerOf),
  dashboardUrl: null,
})

function wakesOf(schedules: Schedule[], workspace: Workspace): WakeVitals[] {
  const kinds = new Map<WakeKey['kind'], WakeVitals>()
  for (const { Target, ScheduleExpression, ScheduleExpressionTimezone } of schedules) {
    const key = JSON.parse(Target.Input ?? '{}') as WakeKey
    const at = parseAt(ScheduleExpression, ScheduleExpressionTimezone)
    if (key.workspace !== workspace || at === null) continue
    const known = kinds.get(key.kind) ?? { kind: key.kind, count: 0, next: at }
    kinds.set(key.kind, { ...known, count: known.count + 1, next: Math.min(known.next, at) })
  }
  return [...kinds.values()].toSorted((a, b) => a.next - b.next)
}
