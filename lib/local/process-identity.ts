// Which process is which: an id alone may have been given to another process since, so it goes with the time of birth.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process that can be told from a later one of the same id. */
export interface ProcessIdentity {
  pid: number
  birth: string
}

/** The process of this id as it is now, or null when there is none, or no way to tell (Windows). */
export function identityOf(pid: number): ProcessIdentity | null {
  const birth = process.platform === 'linux' ? linuxBirth(pid) : psBirth(pid)
  return birth === null ? null : { pid, birth }
}

/** Whether that very process still runs. On Windows: whether any process of that id does. */
export const isAlive = (identity: ProcessIdentity): boolean =>
  process.platform === 'win32'
    ? identity.pid !== process.pid && exists(identity.pid)
    : identityOf(identity.pid)?.birth === identity.birth

/** Boot and clock ticks since then (proc(5), field 22). A zombie has ended. */
function linuxBirth(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return null
    throw error
  }
}

function psBirth(pid: number): string | null {
  if (process.platform === 'win32') return null
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return null // ps exits 1 when there is no such process
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code
