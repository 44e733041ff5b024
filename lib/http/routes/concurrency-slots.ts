// Slots of concurrency limits, as Prefect's client takes them for `concurrency` and `rate_limit` blocks (Prefect:
// server/api/concurrency_limits_v2.py).

import {
  type ConcurrencyLimit,
  decrementSchema,
  incrementSchema,
  leaseSchema,
  releaseSchema,
  renewalSchema,
} from '../../core/concurrency-limit.ts'
import { Refusal } from '../../core/errors.ts'
import type { Services } from '../../core/ports.ts'
import { parseBody } from '../../core/schema.ts'
import { waitFor } from '../../core/slots.ts'
import type { Workspace } from '../../core/workspace.ts'
import { type SlotsAsked, slotsOf } from '../../steps/slots.ts'
import { type Call, idParam, noContent, ok, type Route } from '../route.ts'

export type LimitServices = Pick<Services, 'limits' | 'clock' | 'ids'>

/** MinimalConcurrencyLimitResponse. */
export const brief = ({ id, name, limit }: ConcurrencyLimit) => ({ id, name, limit })

/** Limits of these names that there are, each once. */
export async function limitsNamed(
  { limits }: LimitServices,
  workspace: Workspace,
  names: string[],
) {
  const found = await Promise.all(
    [...new Set(names)].toSorted().map((name) => limits.get(workspace, name)),
  )
  return found.flatMap((one) => one?.value ?? [])
}

export function concurrencySlotRoutes(services: LimitServices): Route[] {
  /** @throws Refusal 423 with the seconds to wait when there are not enough, 422 when there never will be */
  async function take(
    { workspace }: Call,
    { names, mode }: { names: string[]; mode: 'concurrency' | 'rate_limit' },
    asked: SlotsAsked,
  ): Promise<ConcurrencyLimit[]> {
    const found = await limitsNamed(services, workspace, names)
    const active = found.filter((limit) => limit.active)
    requirePossible(active, mode, asked.slots)
    const slots = slotsOf(services, workspace)
    const activeNames = active.map(({ name }) => name)
    if (await slots.take(activeNames, asked)) return found
    const denied = await slots.deny(activeNames, asked.slots)
    throw locked(waitFor(denied, asked.slots) * (0.5 + Math.random())) // not all at one moment
  }

  return [
    {
      method: 'POST',
      path: '/v2/concurrency_limits/increment',
      summary: 'Take slots of limits until they are given back',
      body: incrementSchema,
      async handle(call) {
        const sent = parseBody(incrementSchema, await call.body())
        const asked = { slots: sent.slots, lease: null, seconds: 0 }
        return ok((await take(call, sent, asked)).map(brief))
      },
    },
    {
      method: 'POST',
      path: '/v2/concurrency_limits/increment-with-lease',
      summary: 'Take slots of limits for as long as a lease is renewed',
      body: leaseSchema,
      async handle(call) {
        const sent = parseBody(leaseSchema, await call.body())
        const lease = { id: services.ids.next(), holder: sent.holder ?? null }
        const asked = { slots: sent.slots, lease, seconds: sent.lease_duration }
        const limits = await take(call, sent, asked)
        return ok({ lease_id: lease.id, limits: limits.map(brief) })
      },
    },
    {
      method: 'POST',
      path: '/v2/concurrency_limits/decrement',
      summary: 'Give slots back',
      body: decrementSchema,
      async handle(call) {
        const sent = parseBody(decrementSchema, await call.body())
        const found = await limitsNamed(services, call.workspace, sent.names)
        const names = found.map(({ name }) => name)
        const slots = slotsOf(services, call.workspace)
        await slots.giveBack(names, sent.slots, sent.occupancy_seconds ?? null)
        return ok(found.map(brief))
      },
    },
    {
      method: 'POST',
      path: '/v2/concurrency_limits/decrement-with-lease',
      summary: 'Give the slots of a lease back',
      body: releaseSchema,
      answers: [204],
      async handle(call) {
        const { lease_id } = parseBody(releaseSchema, await call.body())
        await slotsOf(services, call.workspace).release(lease_id)
        return noContent
      },
    },
    {
      method: 'POST',
      path: '/v2/concurrency_limits/leases/:id/renew',
      summary: 'Keep the slots of a lease for longer',
      body: renewalSchema,
      answers: [204],
      async handle(call) {
        const { lease_duration } = parseBody(renewalSchema, (await call.body()) ?? {})
        const slots = slotsOf(services, call.workspace)
        if (await slots.renew(idParam(call), lease_duration)) return noContent
        throw new Refusal(410, 'Lease not found - it may have expired or been revoked')
      },
    },
  ]
}

export const locked = (seconds: number, message = 'Locked') =>
  new Refusal(423, message, { retryAfterSeconds: seconds })

/** @throws Refusal 422, in Prefect's words, for what no waiting would bring */
function requirePossible(active: ConcurrencyLimit[], mode: string, slots: number): void {
  if (active.some(({ limit }) => limit < slots)) {
    throw new Refusal(422, 'Slots requested is greater than the limit')
  }
  const lasting = active.filter((limit) => limit.slot_decay_per_second === 0)
  if (mode !== 'rate_limit' || lasting.length === 0) return
  const names = lasting.map(({ name }) => name).join(',')
  throw new Refusal(
    422,
    `Only concurrency limits with slot decay can be used for rate limiting. The following limits do not have a decay configured: '${names}'`,
  )
}
