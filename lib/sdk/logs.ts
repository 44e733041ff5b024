// What a run says: printed on the terminal, and sent to the server in batches. Logs are a help, not
// a promise: a server that does not take them never stops a run.
import { formatInstant, type Micros } from '../core/time.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { type Config, LOG_LEVELS } from './config.ts'
import type { NewLog } from './wire.ts'

/** Writes lines of one run. Values are joined with blanks; what is no text is shown as JSON. */
export interface RunLogger {
  debug(...values: unknown[]): void
  info(...values: unknown[]): void
  warn(...values: unknown[]): void
  error(...values: unknown[]): void
}

/** What lines belong to: a flow run, or a task run in one. */
export interface LoggedRun {
  /** The flow run's; null: no server knows it. */
  id: string | null
  name: string
  taskRunId?: string
}

export interface LogSender {
  /**
   * A logger named as Prefect names it, whose lines belong to a run; null: a run that no server
   * knows.
   */
  logger(name: string, run: LoggedRun): RunLogger
  /** Resolves when every line written so far was sent, or refused. */
  flush(): Promise<void>
}

/** Lines of one request. */
const BATCH_LINES_MAX = 200
/** Characters of its messages. Each may take six bytes as JSON, and the server's limit is 5 MB. */
const BATCH_LENGTH_MAX = 800_000
/** How long a line may wait for others. */
const BATCH_MS = 500
/** Characters of one line; the rest is cut, and that is said in its place. */
const LOG_MESSAGE_LENGTH_MAX = 100_000

interface World {
  client: Pick<Client, 'logs'>
  clock: Clock
  config: Pick<Config, 'printLevel'>
  say: (text: string) => void
  print: (line: string) => void
}

export function createLogSender({ client, clock, config, say, print }: World): LogSender {
  let waiting: NewLog[] = []
  let sending: Promise<void> = Promise.resolve()
  let isTimed = false

  function send() {
    const lines = waiting
    waiting = []
    for (const batch of batchesOf(lines)) {
      sending = sending
        .then(() => client.logs.write(batch))
        .then(
          () => {},
          (error: Error) => say(`log lines are dropped: ${error.message}`),
        )
    }
    return sending
  }

  function keep(line: NewLog) {
    waiting.push(line)
    if (waiting.length >= BATCH_LINES_MAX) return void send()
    if (isTimed) return
    isTimed = true
    void clock.sleep(BATCH_MS, { background: true }).then(() => {
      isTimed = false
      return send()
    })
  }

  return {
    logger(name, run) {
      const write =
        (level: keyof typeof LOG_LEVELS) =>
        (...values: unknown[]) => {
          const at = clock.now()
          const message = cut(values.map(shown).join(' '))
          if (LOG_LEVELS[level] >= config.printLevel)
            print(terminalLine(at, level, run.name, message))
          if (run.id === null) return
          const timestamp = formatInstant(at)
          keep({
            name,
            level: LOG_LEVELS[level],
            message,
            timestamp,
            flow_run_id: run.id,
            task_run_id: run.taskRunId ?? null,
          })
        }
      return {
        debug: write('DEBUG'),
        info: write('INFO'),
        warn: write('WARNING'),
        error: write('ERROR'),
      }
    },
    flush: send,
  }
}

/** Lines in order, as many in one as a request may have. */
function batchesOf(lines: NewLog[]): NewLog[][] {
  const batches: NewLog[][] = []
  let length = 0
  for (const line of lines) {
    const last = batches.at(-1)
    length += line.message.length
    if (last && last.length < BATCH_LINES_MAX && length <= BATCH_LENGTH_MAX) last.push(line)
    else {
      batches.push([line])
      length = line.message.length
    }
  }
  return batches
}

function terminalLine(at: Micros, level: string, run: string, message: string): string {
  return `${formatInstant(at).slice(11, 23)} | ${level.padEnd(7)} | ${run} | ${message}`
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return value.stack ?? value.message
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value) // a cycle, or a bigint
  }
}

const cut = (message: string) =>
  message.length <= LOG_MESSAGE_LENGTH_MAX
    ? message
    : `${message.slice(0, LOG_MESSAGE_LENGTH_MAX)}… (${message.length} characters)`
