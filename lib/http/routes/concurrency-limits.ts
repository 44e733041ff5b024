// Global concurrency limits (Prefect: server/api/concurrency_limits_v2.py): kept, listed and shown with the deployments that name
// them. Their slots are handed out in concurrency-slots.ts; limits of tags are in tag-limits.ts.
import { z } from 'zod'
import {
  type ConcurrencyLimit,
  changeLimit,
  limitCreateSchema,
  limitUpdateSchema,
  newLimit,
} from '../../core/concurrency-limit.ts'
import { notFound, Refusal } from '../../core/errors.ts'
import { isUuid } from '../../core/ids.ts'
import { NAMED_ORDERS, pageFields, pageOf } from '../../core/order.ts'
import type { Stored } from '../../core/ports.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import { amend } from '../../steps/amend.ts'
import { limitAnswer } from '../answers.ts'
import { type Call, created, noContent, ok, type Route } from '../route.ts'
import { concurrencySlotRoutes, type LimitServices } from './concurrency-slots.ts'
import { tagLimitRoutes } from './tag-limits.ts'

const listingSchema = z.object(pageFields)

const nameTaken = () => new Refusal(409, 'A concurrency limit with this name already exists.')
const notThere = () => notFound('Concurrency limit')

export const concurrencyLimitRoutes = (services: LimitServices): Route[] => [
  ...concurrencySlotRoutes(services),
  ...tagLimitRoutes(services),
  ...limitRoutes(services),
]

function limitRoutes({ limits, clock, ids }: LimitServices): Route[] {
  /** By name or id; a name that looks like an id is one. */
  async function find(call: Call): Promise<Stored<ConcurrencyLimit> | null> {
    const key = call.params.limit ?? ''
    if (!isUuid(key.toLowerCase())) return limits.get(call.workspace, key)
    const all = await limits.list(call.workspace)
    const named = all.find(({ id }) => id === key.toLowerCase())
    return named ? limits.get(call.workspace, named.name) : null
  }

  return [
    {
      method: 'POST',
      path: '/v2/concurrency_limits',
      summary: 'Create a global concurrency limit',
      body: limitCreateSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(limitCreateSchema, await call.body())
        const now = formatInstant(clock.now())
        const limit = newLimit(sent, { id: ids.next(), created: now, updated: now })
        if (!(await limits.create(call.workspace, limit))) throw nameTaken()
        return created(limit)
      },
    },
    {
      method: 'POST',
      path: '/v2/concurrency_limits/filter',
      summary: 'Global concurrency limits, page by page',
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        const all = await limits.list(call.workspace)
        return ok(
          pageOf(all.sort(NAMED_ORDERS.NAME_ASC), asked).map((limit) =>
            limitAnswer(limit, clock.now()),
          ),
        )
      },
    },
    {
      method: 'GET',
      path: '/v2/concurrency_limits/:limit',
      summary: 'A global concurrency limit, by id or name',
      async handle(call) {
        const found = await find(call)
        if (!found) throw notThere()
        return ok(limitAnswer(found.value, clock.now()))
      },
    },
    {
      method: 'PATCH',
      path: '/v2/concurrency_limits/:limit',
      summary: 'Change some of a global concurrency limit',
      body: limitUpdateSchema,
      async handle(call) {
        const sent = parseBody(limitUpdateSchema, await call.body())
        const changed = await amend<ConcurrencyLimit>(
          () => find(call),
          (was) => changeLimit(was, sent, formatInstant(clock.now())),
          async (next, was) => {
            const isMoved = next.name !== was.value.name
            if (isMoved && (await limits.get(call.workspace, next.name))) throw nameTaken()
            return limits.replace(call.workspace, next, was)
          },
        )
        if (!changed) throw notThere()
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/v2/concurrency_limits/:limit',
      summary: 'Delete a global concurrency limit',
      async handle(call) {
        const found = await find(call)
        if (!found || !(await limits.delete(call.workspace, found.value.name))) throw notThere()
        return noContent
      },
    },
  ]
}
