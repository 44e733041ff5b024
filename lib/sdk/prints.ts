// What flows and tasks print, kept as lines of their logs. The console is the process's, so it is changed once and asks each time which
// run is calling.
import { currentRun } from './context.ts'
import type { RunLogger } from './logs.ts'

const METHODS = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const
let isCaptured = false

/**
 * From now on, console calls inside of runs with `logPrints` go to their logs; all others go where
 * they went.
 */
export function captureConsole(): void {
  if (isCaptured) return
  isCaptured = true
  for (const [method, level] of Object.entries(METHODS) as [
    keyof typeof METHODS,
    keyof RunLogger,
  ][]) {
    const original = console[method].bind(console)
    console[method] = (...values: unknown[]) => {
      const context = currentRun()
      if (context?.logPrints) context.logger[level](...values)
      else original(...values)
    }
  }
}
