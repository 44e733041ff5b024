// Global concurrency limits (Prefect: ConcurrencyLimitV2): a number of slots under a name, which deployments may share.
import { z } from 'zod'
import type { Deployment } from './deployment.ts'
import { objectName } from './deployment-schema.ts'
import { boolean, float, integer } from './schema.ts'

export interface ConcurrencyLimit {
  id: string
  created: string
  updated: string
  active: boolean
  name: string
  limit: number
  active_slots: number
  denied_slots: number
  slot_decay_per_second: number
  avg_slot_occupancy_seconds: number
}

/** Seconds that a slot is assumed to be held before any was (Prefect's default). */
export const SLOT_OCCUPANCY_SECONDS = 2

const slots = integer.pipe(z.number().min(0))
const decay = float.pipe(z.number().min(0))

/** The body of POST /v2/concurrency_limits/. */
export const limitCreateSchema = z.strictObject({
  name: objectName,
  limit: slots,
  active: boolean.default(true),
  active_slots: slots.default(0),
  denied_slots: slots.default(0),
  slot_decay_per_second: decay.default(0),
})

/** The body of PATCH /v2/concurrency_limits/{id}: what is left out or null stays. */
export const limitUpdateSchema = z.strictObject({
  name: objectName.nullish(),
  limit: slots.nullish(),
  active: boolean.nullish(),
  active_slots: slots.nullish(),
  denied_slots: slots.nullish(),
  slot_decay_per_second: decay.nullish(),
})

export function changeLimit(
  was: ConcurrencyLimit,
  sent: z.output<typeof limitUpdateSchema>,
  now: string,
): ConcurrencyLimit {
  const given = Object.entries(sent).filter(([, value]) => value !== undefined && value !== null)
  return { ...was, ...(Object.fromEntries(given) as Partial<ConcurrencyLimit>), updated: now }
}

/**
 * The limit that a deployment's runs share: the one it names, or its own of `concurrency_limit` runs, which has the
 * deployment's id. Null when its runs are not limited.
 */
export function limitOf(
  deployment: Deployment,
  limits: ConcurrencyLimit[],
): ConcurrencyLimit | null {
  const named = limits.find(({ id }) => id === deployment.global_concurrency_limit_id)
  if (named) return named
  const { id, created, updated, concurrency_limit: limit } = deployment
  if (limit === null) return null
  return {
    id,
    created,
    updated,
    active: true,
    name: `deployment:${id}`,
    limit,
    active_slots: 0,
    denied_slots: 0,
    slot_decay_per_second: 0,
    avg_slot_occupancy_seconds: SLOT_OCCUPANCY_SECONDS,
  }
}
