// Failures that a command foresaw, and the words and exit codes of all others. A message says what
// is wrong and what to do; a stack is for failures nobody foresaw.
import { CommanderError } from 'commander'
import { Refusal } from '../core/errors.ts'
import { ApiError, UnreachableError } from '../sdk/http.ts'

/** 1: it could not be done. 2: it was not asked for in a way that could be understood. */
export type ExitCode = 0 | 1 | 2

/** A command cannot go on; `fix` is what to do about it, a sentence or a command line. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly fix: string | undefined
  readonly exitCode: ExitCode

  constructor(message: string, options: { fix?: string; exitCode?: ExitCode } = {}) {
    super(message)
    this.fix = options.fix
    this.exitCode = options.exitCode ?? 1
  }
}

/** What was typed contradicts itself or lacks something. */
export const usage = (message: string, fix?: string) =>
  new CommandError(message, { exitCode: 2, ...(fix !== undefined && { fix }) })

/** The text for stderr, without a line's end, and the exit code that a failure becomes. */
export function verdictOn(error: unknown): { text: string; exitCode: ExitCode } {
  if (error instanceof CommanderError) {
    return { text: '', exitCode: error.exitCode === 0 ? 0 : 2 } // commander has said it already
  }
  if (error instanceof CommandError) {
    const fix = error.fix === undefined ? '' : `\n  ${error.fix}`
    return { text: `tripline: ${error.message}${fix}`, exitCode: error.exitCode }
  }
  if (error instanceof ApiError) {
    const fix = fixOf(error)
    const text = `tripline: the server refuses this: ${wordsOf(error)}`
    return { text: fix === null ? text : `${text}\n  ${fix}`, exitCode: 1 }
  }
  if (error instanceof Refusal || error instanceof UnreachableError) {
    return { text: `tripline: ${error.message}`, exitCode: 1 }
  }
  return { text: `tripline: ${String((error as Error)?.stack ?? error)}`, exitCode: 1 }
}

const KEY_FIX =
  'It wants an API key: set PREFECT_API_AUTH_STRING=tripline:KEY, or keep it in a profile (`tripline profile create`).'

/** Of an API, what lacks is named (`Webhook not found`); a bare 404 is of an address that has no API. */
function fixOf({ status, detail }: ApiError): string | null {
  if (status === 401) return KEY_FIX
  const isBare = typeof detail !== 'string' || /^(?:404 )?Not Found$/.test(detail)
  return status === 404 && isBare ? URL_FIX : null
}

const URL_FIX = 'Is there an API at that address? TRIPLINE_API_URL ends in /api.'

/** The server's own explanation: its sentence, or a line for each fault with the path of the key. */
function wordsOf({ detail, message }: ApiError): string {
  if (typeof detail === 'string') return detail
  if (!Array.isArray(detail)) return message
  const faults = (detail as { loc?: unknown[]; msg?: string }[]).map(
    ({ loc = [], msg = '' }) => `\n  ${loc.filter((part) => part !== 'body').join('.')}: ${msg}`,
  )
  return faults.join('')
}
