// Inputs of flow runs (Prefect: server/api/flow_runs.py): what a paused run waits for, and what running ones tell one another. The
// client keeps the schema of what it expects, and reads the answer, under keys of its own choosing.
import { z } from 'zod'
import { notFound, Refusal } from '../../core/errors.ts'
import { ascending } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import type { RunInput } from '../../core/run-input.ts'
import { NAME_LENGTH_MAX } from '../../core/run-schema.ts'
import { integer, parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import { created, idParam, noContent, ok, type Route } from '../route.ts'

const createSchema = z.object({
  key: z.string().min(1).max(NAME_LENGTH_MAX),
  value: z.string(),
  sender: z.string().nullish(),
})

const listingSchema = z.object({
  prefix: z.string().max(NAME_LENGTH_MAX),
  limit: integer.pipe(z.number().min(0)).default(1),
  exclude_keys: z.array(z.string()).default([]),
})

const notThere = () => notFound('Flow run input')

export function runInputRoutes({
  runs,
  runInputs,
  clock,
  ids,
}: Pick<Services, 'runs' | 'runInputs' | 'clock' | 'ids'>): Route[] {
  return [
    {
      method: 'POST',
      path: '/flow_runs/:id/input',
      summary: 'Tell a flow run something, under a key that nobody used before',
      body: createSchema,
      answers: [201],
      async handle(call) {
        const flow_run_id = idParam(call)
        const { key, value, sender = null } = parseBody(createSchema, await call.body())
        if (!(await runs.get(call.workspace, flow_run_id))) throw notFound('Flow run')
        const now = formatInstant(clock.now())
        const input: RunInput = {
          id: ids.next(),
          created: now,
          updated: now,
          flow_run_id,
          key,
          value,
          sender,
        }
        if (await runInputs.create(call.workspace, input)) return created(null)
        throw new Refusal(409, 'A flow run input with this key already exists.')
      },
    },
    {
      method: 'POST',
      path: '/flow_runs/:id/input/filter',
      summary: 'What a flow run was told under keys that begin alike, in the order it was told',
      body: listingSchema,
      async handle(call) {
        const { prefix, limit, exclude_keys } = parseBody(listingSchema, await call.body())
        const found = await runInputs.list(call.workspace, idParam(call), prefix)
        const wanted = found.filter(({ key }) => !exclude_keys.includes(key))
        return ok(wanted.sort(ascending((input) => input.created)).slice(0, limit))
      },
    },
    {
      method: 'GET',
      path: '/flow_runs/:id/input/:key',
      summary: 'What a flow run was told under a key, as text',
      async handle(call) {
        const found = await runInputs.get(call.workspace, idParam(call), call.params.key ?? '')
        if (!found) throw notThere()
        return { status: 200, text: { type: 'text/plain', content: found.value } }
      },
    },
    {
      method: 'DELETE',
      path: '/flow_runs/:id/input/:key',
      summary: 'Take back what a flow run was told',
      async handle(call) {
        const key = call.params.key ?? ''
        if (!(await runInputs.delete(call.workspace, idParam(call), key))) throw notThere()
        return noContent
      },
    },
  ]
}
