// Queues of work pools (Prefect: server/api/workers.py, work_queues.py), by name within their pool and by id.
import { z } from 'zod'
import { type WorkQueue, withPause } from '../../core/deployment.ts'
import { objectName } from '../../core/deployment-schema.ts'
import { notFound, Refusal } from '../../core/errors.ts'
import { ascending, pageFields, pageOf } from '../../core/order.ts'
import type { Stored } from '../../core/ports.ts'
import { workQueueFilter } from '../../core/run-filter.ts'
import { boolean, dictionary, instant, integer, parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import { amend } from '../../steps/amend.ts'
import { DEFAULT_QUEUE, newQueue } from '../../steps/place.ts'
import { slotsTaken } from '../../steps/work-slots.ts'
import { workQueueAnswer } from '../answers.ts'
import { type Answer, type Call, created, noContent, ok, type Route } from '../route.ts'
import {
  findQueue,
  poolName,
  queuesOfAllPools,
  readPool,
  readQueue,
  type WorkPoolServices,
} from './pool-lookup.ts'

const limit = integer.pipe(z.number().min(0))
const priority = integer.pipe(z.number().min(1))
const filter = dictionary(z.unknown())

const createSchema = z.strictObject({
  name: objectName,
  description: z.string().nullish(),
  is_paused: boolean.default(false),
  concurrency_limit: limit.nullable().default(null),
  priority: priority.nullish(),
  filter: filter.nullable().default(null),
})

/** What is left out stays. */
const updateSchema = z.strictObject({
  name: objectName.nullish(),
  description: z.string().nullish(),
  is_paused: boolean.optional(),
  concurrency_limit: limit.nullish(),
  priority: priority.nullish(),
  last_polled: instant.nullish(),
  filter: filter.nullish(),
})

const listingSchema = z.object({ work_queues: workQueueFilter.schema, ...pageFields })

const nameTaken = () => new Refusal(409, 'A work queue with this name already exists.')

/** A queue is found by its name in its pool, or by its id. */
const ADDRESSES = ['/work_pools/:pool/queues/:queue', '/work_queues/:queue']

export function workQueueRoutes(services: WorkPoolServices): Route[] {
  const { workPools, clock } = services

  const answer = async ({ workspace }: Call, queue: WorkQueue) =>
    workQueueAnswer(queue, await slotsTaken(services)(workspace, queue, async () => [queue]))

  async function update(call: Call): Promise<Answer> {
    const sent = parseBody(updateSchema, await call.body())
    const queue = await amend<WorkQueue>(
      () => findQueue(services, call),
      (was) => changed(was, sent, formatInstant(clock.now())),
      async (next, was) => {
        const { name, work_pool_name: pool } = next
        const isMoved = name !== was.value.name
        if (isMoved && (await workPools.queue(call.workspace, pool, name))) throw nameTaken()
        return workPools.replaceQueue(call.workspace, next, was)
      },
    )
    if (!queue) throw notFound('Work queue')
    return noContent
  }

  async function remove(call: Call): Promise<Answer> {
    const { name, work_pool_name: pool } = await readQueue(services, call)
    if (name === DEFAULT_QUEUE) throw new Refusal(403, 'A work pool keeps its default queue.')
    await workPools.deleteQueue(call.workspace, pool, name)
    return noContent
  }

  async function page(call: Call, queues: Stored<WorkQueue>[]): Promise<Answer> {
    const asked = parseBody(listingSchema, (await call.body()) ?? {})
    const found = queues
      .map(({ value }) => value)
      .filter((queue) => workQueueFilter.passes(asked.work_queues, queue))
      .sort(ascending((queue) => queue.priority))
    return ok(await Promise.all(pageOf(found, asked).map((queue) => answer(call, queue))))
  }

  return [
    {
      method: 'POST',
      path: '/work_pools/:pool/queues',
      summary: 'Add a queue to a work pool, behind the others unless it has a priority',
      body: createSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(createSchema, await call.body())
        const pool = await readPool(services, call.workspace, poolName(call))
        const others = await workPools.queues(call.workspace, pool.name)
        const last = Math.max(0, ...others.map(({ value }) => value.priority))
        const given = {
          ...sent,
          description: sent.description ?? '',
          priority: sent.priority ?? last + 1,
        }
        const queue = newQueue(pool, given, formatInstant(clock.now()), others)
        if (await workPools.createQueue(call.workspace, queue))
          return created(await answer(call, queue))
        throw nameTaken()
      },
    },
    {
      method: 'POST',
      path: '/work_pools/:pool/queues/filter',
      summary: 'A pool’s queues, by priority',
      body: listingSchema,
      async handle(call) {
        const pool = await readPool(services, call.workspace, poolName(call))
        return page(call, await workPools.queues(call.workspace, pool.name))
      },
    },
    {
      method: 'POST',
      path: '/work_queues/filter',
      summary: 'The queues of all pools, by priority',
      body: listingSchema,
      handle: async (call) => page(call, await queuesOfAllPools(services, call.workspace)),
    },
    ...ADDRESSES.flatMap((address): Route[] => [
      {
        method: 'GET',
        path: address,
        summary: 'A queue',
        handle: async (call) => ok(await answer(call, await readQueue(services, call))),
      },
      {
        method: 'PATCH',
        path: address,
        summary: 'Change some of a queue',
        body: updateSchema,
        handle: update,
      },
      { method: 'DELETE', path: address, summary: 'Delete a queue', handle: remove },
    ]),
  ]
}

function changed(was: WorkQueue, sent: z.output<typeof updateSchema>, now: string): WorkQueue {
  const { concurrency_limit: limit, filter: narrowed } = sent
  return {
    ...withPause(was, sent.is_paused ?? was.is_paused),
    name: sent.name ?? was.name,
    description: sent.description ?? was.description,
    concurrency_limit: limit === undefined ? was.concurrency_limit : limit,
    priority: sent.priority ?? was.priority,
    last_polled: sent.last_polled ?? was.last_polled,
    filter: narrowed === undefined ? was.filter : narrowed,
    updated: now,
  }
}
