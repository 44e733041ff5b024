// What the SDK works with, put together once per process from the environment: a client, the event
// socket, the logs. Here is all that is global; tests and programs that talk to two servers run in
// a `withRuntime` of their own.
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { uuidv7 } from '../core/ids.ts'
import { type Client, createClient } from './client.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Config, readConfig } from './config.ts'
import { createEventSocket, type EventSocket } from './event-socket.ts'
import { createSend, createSendForLines } from './http.ts'
import { createLogSender, type LogSender } from './logs.ts'
import { fileResults, type ResultStorage } from './results.ts'

export interface Runtime {
  config: Config
  clock: Clock
  client: Client
  events: EventSocket
  logs: LogSender
  /** Where results are kept that name no other place. */
  results: ResultStorage
  /** A new UUIDv7. */
  newId(): string
  /** A line for the person at the terminal, on stderr; the same text is said once. */
  say(text: string): void
}

/** Puts a runtime together; `write` takes whole lines for the terminal. */
export function createRuntime(
  config: Config,
  {
    clock = systemClock(),
    write = writeToStderr,
  }: { clock?: Clock; write?: (line: string) => void } = {},
): Runtime {
  const said = new Set<string>()
  const say = (text: string) => {
    if (said.has(text)) return
    said.add(text)
    write(`tripline: ${text}`)
  }
  const client = createClient(createSend(config, clock), createSendForLines(config))
  return {
    config,
    clock,
    client,
    events: createEventSocket({ config, clock, say }),
    logs: createLogSender({ client, clock, config, say, print: write }),
    results: fileResults(config.resultsPath),
    newId: () => uuidv7(clock.now(), randomBytes(10)),
    say,
  }
}

const writeToStderr = (line: string) => {
  process.stderr.write(`${line}\n`)
}

const runtimes = new AsyncLocalStorage<Runtime>()
let ofProcess: Runtime | undefined

/** The runtime of the present code: `withRuntime`'s, else the process's own, made at first use. */
export function runtime(): Runtime {
  const local = runtimes.getStore()
  if (local) return local
  if (!ofProcess) {
    ofProcess = createRuntime(readConfig(process.env))
    process.on('beforeExit', () => void closeRuntime(ofProcess))
  }
  return ofProcess
}

export const withRuntime = <T>(local: Runtime, work: () => T): T => runtimes.run(local, work)

/**
 * A client of the API: the environment's, or the one at an address (with the environment's key).
 * @throws Error when a variable of the environment is wrong
 */
export function connect(apiUrl?: string): Client {
  const at = runtime()
  if (apiUrl === undefined) return at.client
  return createClient(createSend({ ...at.config, apiUrl: apiUrl.replace(/\/+$/, '') }, at.clock))
}

/** Sends what waits, and closes the socket. The runtime can be used on. */
export async function closeRuntime(closed: Runtime | undefined): Promise<void> {
  await Promise.all([closed?.logs.flush(), closed?.events.close()])
}

/**
 * Resolves when all events and logs so far have reached the server, or were given up. A process
 * that simply ends does this by itself; await it before `process.exit()`.
 */
export async function flush(): Promise<void> {
  const { events, logs } = runtime()
  await Promise.all([logs.flush(), events.flush()])
}
