// How many automations and webhooks a workspace may have: against scripts that run wild, not against use. Counted before one is made,
// so two made at the same moment may exceed it by one.
import { Refusal } from './errors.ts'

/** The most that a workspace may have of each. */
export interface Quotas {
  automations: number
  webhooks: number
}

/** What matching is measured for (bench/), and what one listing of webhooks still answers at once. */
export const QUOTAS_DEFAULT: Quotas = { automations: 100_000, webhooks: 10_000 }

/** @throws Refusal 403, as Prefect Cloud's limits, naming the limit and the count */
export function requireRoom(what: keyof Quotas, count: number, quotas: Quotas): void {
  const limit = quotas[what]
  if (count < limit) return
  throw new Refusal(
    403,
    `This workspace has ${count} ${what} and may have ${limit}; delete some, or raise the limit (TRIPLINE_${what.toUpperCase()}_MAX)`,
  )
}
