// What a command knows of the process it runs in: an argument like everywhere, so that tests run
// commands without one. Only main.ts makes the real thing.

/** Where text goes. */
export interface Sink {
  write(text: string): unknown
  isTTY?: boolean | undefined
  columns?: number | undefined
}

/** Questions to the person at the terminal. Null is an answer, too: they have pressed Ctrl-C or Escape. */
export interface Prompts {
  confirm(question: string): Promise<boolean | null>
  /** A line of text; `usual` stands there already. */
  text(question: string, usual: string): Promise<string | null>
}

export interface Terminal {
  env: Record<string, string | undefined>
  cwd: string
  /** Data: what a pipe is meant to read. */
  stdout: Sink
  /** Words for the person who waits. */
  stderr: Sink
  /** Null where nobody is there to answer. */
  prompts: Prompts | null
  /** Aborts at the first SIGINT or SIGTERM, which from then on ends nothing by itself. */
  stopping(): AbortSignal
  /** Milliseconds since 1970. */
  now(): number
}
