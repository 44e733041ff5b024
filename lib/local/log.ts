// The local log: one JSON line per fact, as Lambda's log has them, for a person or a program to read.
import type { Log } from '../core/ports.ts'

export function jsonLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  const at =
    (level: string) =>
    (fact: string, details: Record<string, unknown> = {}): void =>
      write(JSON.stringify({ at: now().toISOString(), level, fact, ...details }))
  return { info: at('info'), warn: at('warn'), error: at('error') }
}
