// Runs over time, counted (Prefect: server/api/flow_runs.py, task_runs.py): what charts are drawn of. They look at the same runs as the
// listings with the same filters.
import { z } from 'zod'
import { Refusal } from '../../core/errors.ts'
import {
  averageLateness,
  type HistoricRun,
  type HistoryRange,
  historyOf,
} from '../../core/run-history.ts'
import { duration, instant, parseBody } from '../../core/schema.ts'
import { ALL_TIME, MICROS_PER_SECOND, type Micros, parseInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { ok, type Route } from '../route.ts'

const rangeFields = {
  history_start: instant,
  history_end: instant,
  history_interval_seconds: duration,
}

/** A kind of runs as its listing has it. */
export interface Historic<F extends z.ZodRawShape> {
  /** `/flow_runs` */
  path: string
  /** `flow runs` */
  what: string
  filters: F
  list(workspace: Workspace, asked: z.output<z.ZodObject<F>>): Promise<HistoricRun[]>
}

/** POST …/history. */
export function historyRoute<F extends z.ZodRawShape>(historic: Historic<F>): Route {
  const { path, what, filters, list } = historic
  const filterSchema = z.object(filters)
  const schema = z.object({ ...filters, ...rangeFields })
  return {
    method: 'POST',
    path: `${path}/history`,
    summary: `Count ${what} by when they were expected, and by their states`,
    body: schema,
    async handle(call) {
      const body = await call.body()
      const range = rangeOf(parseBody(z.object(rangeFields), body))
      const found = await list(call.workspace, parseBody(filterSchema, body))
      return ok(historyOf(found, range))
    },
  }
}

/** @throws Refusal 422 for intervals below a second, and for those that no calendar has */
function rangeOf(asked: z.output<z.ZodObject<typeof rangeFields>>): HistoryRange {
  const interval = Math.round(asked.history_interval_seconds * MICROS_PER_SECOND)
  if (interval < MICROS_PER_SECOND) {
    throw new Refusal(422, 'History interval must not be less than 1 second.')
  }
  const [start = 0, end = 0] = [asked.history_start, asked.history_end].map(toMicros)
  if (Math.max(start, end) + interval > toMicros(ALL_TIME)) {
    throw new Refusal(422, 'The history reaches beyond the year 9999.')
  }
  return { start, end, interval }
}

const toMicros = (text: string): Micros => parseInstant(text) ?? 0

/** POST …/lateness. */
export function latenessRoute<F extends z.ZodRawShape>(historic: Historic<F>): Route {
  const { path, what, filters, list } = historic
  const schema = z.object(filters)
  return {
    method: 'POST',
    path: `${path}/lateness`,
    summary: `By how many seconds ${what} began late, on average`,
    body: schema,
    async handle(call) {
      const asked = parseBody(schema, (await call.body()) ?? {})
      return ok(averageLateness(await list(call.workspace, asked)))
    },
  }
}
