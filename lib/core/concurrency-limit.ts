// Global concurrency limits (Prefect: ConcurrencyLimitV2): a number of slots under a name, which deployments may share. Handing slots
// out is slots.ts.
import { z } from 'zod'
import type { Deployment } from './deployment.ts'
import { objectName } from './deployment-schema.ts'
import { boolean, float, integer, uuid } from './schema.ts'

/** Prefect's ConcurrencyLimitV2, with the leases that its server keeps elsewhere. */
export interface ConcurrencyLimit {
  id: string
  created: string
  updated: string
  active: boolean
  name: string
  limit: number
  /** Slots taken without a lease, before what has decayed since `updated`. Answers add those of the leases. */
  active_slots: number
  denied_slots: number
  slot_decay_per_second: number
  avg_slot_occupancy_seconds: number
  /** Slots taken by whoever must say now and then that they are still needed. Never sent. */
  leases?: SlotLease[]
}

/** Slots that are taken for as long as their holder says so. */
export interface SlotLease {
  id: string
  slots: number
  since: string
  /** Not renewed until then, its slots are free again. */
  until: string
  /** Who says to have them: a flow run, a task run, a deployment. */
  holder: { type: string; id: string } | null
}

/** Seconds that a slot is assumed to be held before any was (Prefect's default). */
const SLOT_OCCUPANCY_SECONDS = 2

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

/** Bounds of a lease in seconds (Prefect's). */
const leaseDuration = float.pipe(z.number().min(60).max(86_400)).default(300)
const asked = integer.pipe(z.number().gt(0))
const names = z.array(z.string()).min(1)
const mode = z.enum(['concurrency', 'rate_limit']).default('concurrency')

/** The body of POST /v2/concurrency_limits/increment. */
export const incrementSchema = z.object({
  slots: asked,
  names,
  mode,
  create_if_missing: boolean.nullish(),
})

/** The body of POST /v2/concurrency_limits/increment-with-lease. */
export const leaseSchema = z.object({
  slots: asked,
  names,
  mode,
  lease_duration: leaseDuration,
  holder: z.object({ type: z.enum(['flow_run', 'task_run', 'deployment']), id: uuid }).nullish(),
})

/** The body of POST /v2/concurrency_limits/decrement. */
export const decrementSchema = z.object({
  slots: asked,
  names,
  occupancy_seconds: float.pipe(z.number().gt(0)).nullish(),
  create_if_missing: boolean.nullish(),
})

/** What gives a lease's slots back. */
export const releaseSchema = z.object({ lease_id: uuid })
/** What a holder says now and then. */
export const renewalSchema = z.object({ lease_duration: leaseDuration })

/** Bodies of the routes for limits of tags, of task runs (Prefect: server/api/concurrency_limits.py). */
export const tagLimitSchema = z.object({
  tag: z.string().min(1),
  concurrency_limit: slots,
})
export const tagSlotsSchema = z.object({ names: z.array(z.string()), task_run_id: uuid })
export const tagResetSchema = z.object({ slot_override: z.array(uuid).nullish() })

/** What PATCH leaves out, or sends as null, stays. */
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
  const kept = limits.find(({ name }) => name === ownLimitName(id))
  if (kept) return { ...kept, limit }
  return newLimit({ name: ownLimitName(id), limit }, { id, created, updated })
}

/** Prefect's name for the limit that is a deployment's own. */
export const ownLimitName = (deploymentId: string): string => `deployment:${deploymentId}`

/** Prefect's name for the limit of task runs with a tag. */
export const tagLimitName = (tag: string): string => `tag:${tag}`

/** A limit nobody has used. */
export const newLimit = (
  given: Pick<ConcurrencyLimit, 'name' | 'limit'> & Partial<ConcurrencyLimit>,
  identity: Pick<ConcurrencyLimit, 'id' | 'created' | 'updated'>,
): ConcurrencyLimit => ({
  active: true,
  active_slots: 0,
  denied_slots: 0,
  slot_decay_per_second: 0,
  avg_slot_occupancy_seconds: SLOT_OCCUPANCY_SECONDS,
  ...given,
  ...identity,
})
