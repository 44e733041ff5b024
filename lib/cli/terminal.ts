// What a command knows of the process it runs in: an argument like everywhere, so that tests run
// commands without one. Only main.ts makes the real thing.

/** Where text goes. */
export interface Sink {
  write(text: string): unknown
  isTTY?: boolean | undefined
  columns?: number | undefined
}

export interface Terminal {
  env: Record<string, string | undefined>
  cwd: string
  /** Data: what a pipe is meant to read. */
  stdout: Sink
  /** Words for the person who waits. */
  stderr: Sink
  /** A line typed in answer to a question; null where nobody is there to type. */
  ask: ((question: string) => Promise<string>) | null
  /** Aborts at the first SIGINT or SIGTERM, which from then on ends nothing by itself. */
  stopping(): AbortSignal
  /** Milliseconds since 1970. */
  now(): number
}
