// Shapes of limits: of concurrency, by name and by tag, with the slots that are taken of them; and of what a workspace may have.
import { z } from 'zod'
import { count, id, named, seconds, stored, text } from './fields.ts'

const limitFields = {
  ...stored,
  active: z.boolean(),
  name: text,
  limit: count,
  active_slots: count,
  slot_decay_per_second: z.number(),
}

export const limit = named('GlobalConcurrencyLimit', limitFields)

/** With its figures, which are told of a new one alone. */
export const newLimit = named('NewGlobalConcurrencyLimit', {
  ...limitFields,
  denied_slots: count,
  avg_slot_occupancy_seconds: seconds,
})

export const tagLimit = named('TagConcurrencyLimit', {
  ...stored,
  tag: text,
  concurrency_limit: count,
  active_slots: z.array(id).describe('Ids of the task runs that have its slots'),
})

/** Of which slots were taken, or to which they were given back. */
export const limitInUse = named('ConcurrencyLimitInUse', { id, name: text, limit: count })

export const leasedSlots = named('LeasedSlots', { lease_id: id, limits: z.array(limitInUse) })

const quota = z.strictObject({ count, limit: count })

export const quotas = named('Quotas', { automations: quota, webhooks: quota })
