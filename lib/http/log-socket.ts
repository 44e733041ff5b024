// /logs/out: log lines of the flow runs that a filter names, as they are stored (Prefect: server/api/logs.py). Lines are kept beside
// their run and travel no bus, so whoever subscribes has his runs looked at every so often; he is told of nothing older than his
// subscription.
import { Refusal } from '../core/errors.ts'
import type { LogLine } from '../core/log-line.ts'
import type { Services } from '../core/ports.ts'
import { logFilter } from '../core/run-filter.ts'
import { parseBody } from '../core/schema.ts'
import { formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import type { Connection, Socket } from './connection.ts'
import { CLOSE, isTyped, readFrame } from './socket-frames.ts'

/** Between two looks at a run: as long as Prefect's client collects lines before it sends them. */
const LOOK_MS = 1_000
/** Runs that one subscription follows. */
const RUNS_MAX = 50

/** Calls again and again, until the answered function is called. */
export type Repeat = (look: () => Promise<void>) => () => void

const everySecond: Repeat = (look) => {
  let isLooking = false
  const timer = setInterval(async () => {
    if (isLooking) return
    isLooking = true
    await look().finally(() => {
      isLooking = false
    })
  }, LOOK_MS)
  return () => clearInterval(timer)
}

/** Takes one filter; a second one takes its place. A filter that names no flow run hears nothing. */
export function logsOut(
  { logs, clock, log }: Pick<Services, 'logs' | 'clock' | 'log'>,
  workspace: Workspace,
  connection: Connection,
  repeat: Repeat = everySecond,
): Socket {
  let stop = () => {}

  function start(asked: unknown): void {
    const filter = parseBody(logFilter.schema, asked ?? {})
    const named = filter?.flow_run_id as { any_?: string[] | null } | null | undefined
    const runs = [...new Set(named?.any_ ?? [])].slice(0, RUNS_MAX)
    const since = formatInstant(clock.now())
    const sent = new Set<string>()
    const isNews = (line: LogLine) =>
      line.created >= since && !sent.has(line.id) && logFilter.passes(filter, line)

    stop = repeat(async () => {
      try {
        const lines = await Promise.all(runs.map((id) => logs.list(workspace, id)))
        for (const line of lines.flat().filter(isNews)) {
          sent.add(line.id)
          connection.send({ type: 'log', log: line })
        }
      } catch (error) {
        log.error('log lines could not be read', { error: String(error) })
        stop()
        connection.close(CLOSE.transient, 'try again')
      }
    })
  }

  return {
    frame(text) {
      const frame = readFrame(text, log)
      if (!isTyped(frame, 'filter')) {
        connection.close(CLOSE.protocol, 'expected {"type": "filter"}')
        return
      }
      stop()
      try {
        start(frame.filter)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        connection.close(CLOSE.protocol, error.message)
      }
    },
    settled: () => Promise.resolve(),
    closed: () => stop(),
  }
}
