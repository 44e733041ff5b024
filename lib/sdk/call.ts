// One call of a function of the user's, within its time. JavaScript cannot be stopped from outside: whoever is to stop is told by
// the signal, and a call whose time is up is not waited for any longer, though it may go on unheard.

/** A flow or task took longer than its `timeoutSeconds`. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut'
}

/** What is called, as it is told of: `Flow run`, `Task run`. */
export interface Limits {
  what: string
  /** No limit when undefined. */
  timeoutSeconds: number | undefined
  /** Of the run that the call belongs to. */
  signal: AbortSignal
}

/**
 * Calls with a signal that aborts with the given one, or when the time is up.
 * @throws TimedOut
 */
export async function callWithin<R>(
  work: (signal: AbortSignal) => R | Promise<R>,
  { what, timeoutSeconds, signal }: Limits,
): Promise<R> {
  if (timeoutSeconds === undefined) return work(signal)
  const late = new AbortController()
  const message = `${what} exceeded timeout of ${timeoutSeconds} second(s)`
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new TimedOut(message)
      late.abort(error)
      reject(error)
    }, timeoutSeconds * 1000)
  })
  try {
    const call = async () => work(AbortSignal.any([signal, late.signal]))
    return await Promise.race([call(), timeout])
  } finally {
    clearTimeout(timer)
  }
}
