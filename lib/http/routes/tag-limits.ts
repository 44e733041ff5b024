// Limits of task runs by their tags (Prefect: server/api/concurrency_limits.py): global limits by another name, whose slots are held by
// task runs.
import { z } from 'zod'
import {
  type ConcurrencyLimit,
  newLimit,
  tagLimitName,
  tagLimitSchema,
  tagResetSchema,
  tagSlotsSchema,
} from '../../core/concurrency-limit.ts'
import { notFound } from '../../core/errors.ts'
import { NAMED_ORDERS, pageFields, pageOf } from '../../core/order.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { slotsOf } from '../../steps/slots.ts'
import { type Call, idParam, ok, type Route } from '../route.ts'
import { brief, type LimitServices, limitsNamed, locked } from './concurrency-slots.ts'

/** Seconds a task run waits for a slot of its tag (Prefect: tag_concurrency_slot_wait_seconds). */
const TAG_WAIT_SECONDS = 30
/** How long a task run keeps a slot of its tag without a word (Prefect: V1_LEASE_TTL). */
const TAG_LEASE_SECONDS = 100 * 365 * 86_400
const TAG_PREFIX = tagLimitName('')

const listingSchema = z.object(pageFields)

export const tagLimitRoutes = (services: LimitServices): Route[] => [
  ...tagRoutes(services),
  ...tagSlotRoutes(services),
]

/** ConcurrencyLimit of Prefect's first kind: of a tag, with the task runs that have its slots. */
const tagAnswer = ({ id, created, updated, name, limit, leases }: ConcurrencyLimit) => ({
  id,
  created,
  updated,
  tag: name.slice(TAG_PREFIX.length),
  concurrency_limit: limit,
  active_slots: (leases ?? []).flatMap(({ holder }) => holder?.id ?? []),
})

const noTagLimit = () => notFound('Concurrency limit')

function tagRoutes(services: LimitServices): Route[] {
  const { limits, clock, ids } = services

  async function tagLimits(workspace: Workspace): Promise<ConcurrencyLimit[]> {
    const all = await limits.list(workspace)
    return all.filter(({ name }) => name.startsWith(TAG_PREFIX)).sort(NAMED_ORDERS.NAME_ASC)
  }
  const byId = async (call: Call) => {
    const id = idParam(call)
    return (await tagLimits(call.workspace)).find((limit) => limit.id === id)
  }
  const byTag = async ({ workspace, params }: Call) =>
    (await limits.get(workspace, tagLimitName(params.tag ?? '')))?.value

  const show =
    (find: (call: Call) => Promise<ConcurrencyLimit | undefined>) => async (call: Call) => {
      const found = await find(call)
      if (!found) throw noTagLimit()
      return ok(tagAnswer(found))
    }
  const remove =
    (find: (call: Call) => Promise<ConcurrencyLimit | undefined>) => async (call: Call) => {
      const found = await find(call)
      if (!found || !(await limits.delete(call.workspace, found.name))) throw noTagLimit()
      return ok(null)
    }

  return [
    {
      method: 'POST',
      path: '/concurrency_limits',
      summary: 'Limit the task runs that have a tag, or change the limit',
      body: tagLimitSchema,
      answers: [201, 200],
      async handle({ workspace, body }) {
        const { tag, concurrency_limit: limit } = parseBody(tagLimitSchema, await body())
        const name = tagLimitName(tag)
        const now = formatInstant(clock.now())
        const fresh = newLimit({ name, limit }, { id: ids.next(), created: now, updated: now })
        if (await limits.create(workspace, fresh)) return { status: 201, body: tagAnswer(fresh) }
        const { change } = slotsOf(services, workspace)
        const changed = await change(name, (was) => ({ ...was, limit, updated: now }))
        return ok(tagAnswer(changed ?? fresh))
      },
    },
    {
      method: 'POST',
      path: '/concurrency_limits/filter',
      summary: 'Limits of tags, page by page',
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        return ok(pageOf(await tagLimits(call.workspace), asked).map(tagAnswer))
      },
    },
    {
      method: 'GET',
      path: '/concurrency_limits/tag/:tag',
      summary: 'The limit of a tag',
      handle: show(byTag),
    },
    {
      method: 'DELETE',
      path: '/concurrency_limits/tag/:tag',
      summary: 'Delete the limit of a tag',
      answers: [200],
      handle: remove(byTag),
    },
    {
      method: 'GET',
      path: '/concurrency_limits/:id',
      summary: 'The limit of a tag, by id',
      handle: show(byId),
    },
    {
      method: 'DELETE',
      path: '/concurrency_limits/:id',
      summary: 'Delete the limit of a tag, by id',
      answers: [200],
      handle: remove(byId),
    },
  ]
}

function tagSlotRoutes(services: LimitServices): Route[] {
  /** A task run's lease on a limit, so that both asking again and giving back find it. */
  const leaseOf = (taskRun: string) => ({ id: taskRun, holder: { type: 'task_run', id: taskRun } })

  return [
    {
      method: 'POST',
      path: '/concurrency_limits/tag/:tag/reset',
      summary: 'Free the slots of a tag, but for those of the task runs named',
      body: tagResetSchema,
      async handle(call) {
        const { slot_override } = parseBody(tagResetSchema, (await call.body()) ?? {})
        const name = tagLimitName(call.params.tag ?? '')
        const slots = slotsOf(services, call.workspace)
        const was = await slots.change(name, (limit) => ({ ...limit, active_slots: 0, leases: [] }))
        if (!was) throw noTagLimit()
        for (const id of slot_override ?? []) {
          await slots.take([name], { slots: 1, lease: leaseOf(id), seconds: TAG_LEASE_SECONDS })
        }
        return ok(null)
      },
    },
    {
      method: 'POST',
      path: '/concurrency_limits/increment',
      summary: 'Take a slot of each of these tags for a task run',
      body: tagSlotsSchema,
      async handle(call) {
        const { names: tags, task_run_id } = parseBody(tagSlotsSchema, await call.body())
        const found = await limitsNamed(services, call.workspace, tags.map(tagLimitName))
        const never = found.find(({ limit }) => limit === 0)
        if (never) {
          const tag = never.name.slice(TAG_PREFIX.length)
          throw locked(
            TAG_WAIT_SECONDS,
            `The concurrency limit on tag "${tag}" is 0 and will deadlock if the task tries to run again.`,
          )
        }
        const names = found.filter(({ active }) => active).map(({ name }) => name)
        const asked = { slots: 1, lease: leaseOf(task_run_id), seconds: TAG_LEASE_SECONDS }
        if (!(await slotsOf(services, call.workspace).take(names, asked))) {
          const tag = names[0]?.slice(TAG_PREFIX.length)
          throw locked(TAG_WAIT_SECONDS, `Concurrency limit for the ${tag} tag has been reached`)
        }
        return ok(
          found.map((limit) => ({ ...brief(limit), name: limit.name.slice(TAG_PREFIX.length) })),
        )
      },
    },
    {
      method: 'POST',
      path: '/concurrency_limits/decrement',
      summary: 'Give a task run’s slots of these tags back',
      body: tagSlotsSchema,
      async handle(call) {
        const { names: tags, task_run_id } = parseBody(tagSlotsSchema, await call.body())
        const found = await limitsNamed(services, call.workspace, tags.map(tagLimitName))
        if (found.length > 0) await slotsOf(services, call.workspace).release(task_run_id)
        return ok(found.map(brief))
      },
    },
  ]
}
