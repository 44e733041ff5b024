// Work that is waited for, but not for ever. Nothing is cancelled: whoever gives up leaves it to itself.
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for the work, but no longer than that. */
export async function within(
  ms: number,
  work: Promise<unknown>,
  giveUp: () => void,
): Promise<void> {
  const abort = new AbortController()
  const isLate = await Promise.race([
    work.then(() => false),
    sleep(ms, true, { signal: abort.signal }).catch(() => false), // aborted: the work was done
  ])
  abort.abort()
  if (isLate) giveUp()
}
