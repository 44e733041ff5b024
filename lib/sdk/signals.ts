// SIGINT and SIGTERM. Who serves is asked to stop and finishes its runs; a second signal, or the
// first where nobody serves, ends the process, and the runs that it cuts off are reported Crashed
// first. While nothing runs, signals do what they always do.

type Signal = 'SIGINT' | 'SIGTERM'
const EXIT_CODES: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143 }

/** How long the reports of crashed runs may take before the process ends without them. */
const LAST_WORDS_MS_MAX = 3_000

const crashes = new Set<(reason: string) => Promise<unknown>>()
const stops = new Set<() => void>()

/**
 * Calls `crash` when a signal ends the process while this run goes on. Returns what takes it back.
 */
export const onCrashSignal = (crash: (reason: string) => Promise<unknown>) => add(crashes, crash)

/**
 * Calls `stop` at the first signal, which then ends nothing by itself. Returns what takes it back.
 */
export const onStopSignal = (stop: () => void) => add(stops, stop)

function add<T>(set: Set<T>, callback: T): () => void {
  if (crashes.size + stops.size === 0) for (const signal of signals) process.on(signal, receive)
  set.add(callback)
  return () => {
    set.delete(callback)
    if (crashes.size + stops.size === 0) for (const signal of signals) process.off(signal, receive)
  }
}

const signals = Object.keys(EXIT_CODES) as Signal[]

function receive(signal: Signal): void {
  if (stops.size === 0) return void crash(signal)
  for (const stop of stops) stop()
  stops.clear()
}

async function crash(signal: Signal): Promise<void> {
  const reports = [...crashes].map((report) => report(`Execution was cut off by ${signal}.`))
  const patience = new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS_MAX))
  await Promise.race([Promise.allSettled(reports), patience])
  process.exit(EXIT_CODES[signal])
}
