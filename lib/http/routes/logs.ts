// Log lines of flow runs (Prefect: server/api/logs.py). A listing names the runs whose lines it wants.
import { z } from 'zod'
import type { Asked } from '../../core/criteria.ts'
import { notFound } from '../../core/errors.ts'
import { uuidv5 } from '../../core/ids.ts'
import type { LogLine } from '../../core/log-line.ts'
import { pageFields, pageOf } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import { logFilter } from '../../core/run-filter.ts'
import { instant, integer, parseBody, uuid } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { idsAsked } from '../listing.ts'
import { created, idParam, ok, type Route } from '../route.ts'

const lineSchema = z.strictObject({
  name: z.string(),
  level: integer,
  message: z.string(),
  timestamp: instant,
  flow_run_id: uuid.nullable().default(null),
  task_run_id: uuid.nullable().default(null),
})

const linesSchema = z.array(lineSchema)

const listingSchema = z.object({
  logs: logFilter.schema,
  sort: z.enum(['TIMESTAMP_ASC', 'TIMESTAMP_DESC']).nullish(),
  ...pageFields,
})

/** Characters of a message that are kept; an item of the table has no room for more. */
const MESSAGE_LENGTH_MAX = 90_000

const LINES = '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6b03'

export function logRoutes({
  logs,
  runs,
  clock,
}: Pick<Services, 'logs' | 'runs' | 'clock'>): Route[] {
  /** The flow runs that a filter names, or else those of the task runs that it names: lines are kept beside them. */
  async function runsMeant(workspace: Workspace, asked: Asked | null | undefined) {
    const named = idsAsked(asked, 'flow_run_id')
    if (named) return new Set(named)
    const tasks = await Promise.all(
      (idsAsked(asked, 'task_run_id') ?? []).map((id) => runs.task(workspace, id)),
    )
    return new Set(tasks.flatMap((task) => task?.value.flow_run_id ?? []))
  }

  return [
    {
      method: 'POST',
      path: '/logs',
      summary: 'Store log lines; a batch sent twice is stored once',
      body: linesSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(linesSchema, await call.body())
        const now = formatInstant(clock.now())
        const lines = sent.map((line, place): LogLine => {
          const cause = `${line.flow_run_id}/${line.timestamp}/${place}/${line.name}/${line.message}`
          const message = line.message.slice(0, MESSAGE_LENGTH_MAX)
          return { ...line, message, id: uuidv5(cause, LINES), created: now, updated: now }
        })
        await logs.append(call.workspace, lines)
        return created(null)
      },
    },
    {
      method: 'POST',
      path: '/logs/filter',
      summary: 'Log lines of the flow runs that are named, page by page',
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        const ids = await runsMeant(call.workspace, asked.logs)
        const lines = await Promise.all([...ids].map((id) => logs.list(call.workspace, id)))
        const found = lines
          .flat()
          .filter((line) => logFilter.passes(asked.logs, line))
          .sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0))
        return ok(pageOf(asked.sort === 'TIMESTAMP_DESC' ? found.reverse() : found, asked))
      },
    },
    {
      method: 'GET',
      path: '/flow_runs/:id/logs/download',
      summary: 'The log lines of a flow run, as a table to be saved',
      async handle(call) {
        const id = idParam(call)
        if (!(await runs.get(call.workspace, id))) throw notFound('Flow run')
        const rows = (await logs.list(call.workspace, id)).map((line) =>
          COLUMNS.map((name) => line[name]),
        )
        const content = [COLUMNS, ...rows]
          .map((row) => `${row.map(csvCell).join(',')}\r\n`)
          .join('')
        return { status: 200, text: { type: 'text/csv', content, file: 'flow-run-logs.csv' } }
      },
    },
  ]
}

const COLUMNS = ['timestamp', 'level', 'flow_run_id', 'task_run_id', 'message'] as const

/** A value as RFC 4180 writes it. */
function csvCell(value: string | number | null): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
