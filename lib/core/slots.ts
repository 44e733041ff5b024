// Slots of a concurrency limit: taken, kept by a lease, given back (Prefect: models/concurrency_limits_v2.py). Prefect counts; we keep
// a list of leases in the limit itself, so that taking a lease's slots twice takes them once, and one that was left behind frees them.
import type { ConcurrencyLimit, SlotLease } from './concurrency-limit.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'

/** Seconds that anyone is told to wait for a slot that does not decay (Prefect: maximum_concurrency_slot_wait_seconds). */
const WAIT_SECONDS_MAX = 30
/** Prefect's bounds for the average time a slot is held: samples per slot, and seconds at least. */
const SAMPLES_PER_SLOT = 2
const OCCUPANCY_SECONDS_MIN = 0.1

/** Leases that one limit keeps: they share its item, which has a size. */
const LEASES_MAX = 2_000

const isLive = (lease: SlotLease, now: Micros): boolean => (parseInstant(lease.until) ?? 0) > now

/** Slots that are not free now. */
export const slotsTaken = (limit: ConcurrencyLimit, now: Micros): number =>
  looseSlots(limit, now) + leased(limit, now).reduce((sum, { slots }) => sum + slots, 0)

const leased = (limit: ConcurrencyLimit, now: Micros): SlotLease[] =>
  (limit.leases ?? []).filter((lease) => isLive(lease, now))

const secondsSince = (limit: ConcurrencyLimit, now: Micros): number =>
  Math.max(0, now - (parseInstant(limit.updated) ?? now)) / MICROS_PER_SECOND

const decayed = (slots: number, perSecond: number, seconds: number): number =>
  Math.max(0, slots - Math.floor(perSecond * seconds))

const looseSlots = (limit: ConcurrencyLimit, now: Micros): number =>
  decayed(limit.active_slots, limit.slot_decay_per_second, secondsSince(limit, now))

function deniedSlots(limit: ConcurrencyLimit, now: Micros): number {
  const { slot_decay_per_second: decay, avg_slot_occupancy_seconds: occupancy } = limit
  const held = Math.max(OCCUPANCY_SECONDS_MIN, Math.min(occupancy, WAIT_SECONDS_MAX))
  return decayed(limit.denied_slots, decay > 0 ? decay : 1 / held, secondsSince(limit, now))
}

/** The limit as of now: what has decayed is gone, and so are leases nobody renewed. */
const settled = (limit: ConcurrencyLimit, now: Micros): ConcurrencyLimit => ({
  ...limit,
  active_slots: looseSlots(limit, now),
  denied_slots: deniedSlots(limit, now),
  leases: leased(limit, now),
  updated: formatInstant(now),
})

/**
 * The limit with slots taken: by a lease, if one is given, or until they are given back. Null when there are not enough. A lease that has them has
 * them still; a limit that is not active hands out as many as are asked for and counts none. Slots that decay are not a lease's.
 */
export function withSlots(
  limit: ConcurrencyLimit,
  slots: number,
  lease: SlotLease | null,
  now: Micros,
): ConcurrencyLimit | null {
  const next = settled(limit, now)
  const leases = next.leases ?? []
  if (!limit.active || leases.some(({ id }) => id === lease?.id)) return limit
  if (slotsTaken(next, now) + slots > limit.limit || leases.length >= LEASES_MAX) return null
  if (!lease) return { ...next, active_slots: next.active_slots + slots }
  if (limit.slot_decay_per_second === 0) return { ...next, leases: [...leases, lease] }
  const empty = { ...lease, slots: 0 }
  return { ...next, active_slots: next.active_slots + slots, leases: [...leases, empty] }
}

/** The limit with a lease's slots free again; as it was when it has no such lease. */
export function withoutLease(limit: ConcurrencyLimit, id: string, now: Micros): ConcurrencyLimit {
  const lease = limit.leases?.find((one) => one.id === id)
  if (!lease) return limit
  const leases = leased(limit, now).filter((one) => one.id !== id)
  const seconds = (now - (parseInstant(lease.since) ?? now)) / MICROS_PER_SECOND
  const next = { ...settled(limit, now), leases }
  return lease.slots === 0 ? next : withOccupancy(next, seconds / lease.slots)
}

/** The limit with slots given back that nobody leased. `seconds` is how long they were held together. */
export function withFewerSlots(
  limit: ConcurrencyLimit,
  slots: number,
  seconds: number | null,
  now: Micros,
): ConcurrencyLimit {
  if (!limit.active) return limit
  const next = settled(limit, now)
  const fewer = { ...next, active_slots: Math.max(0, next.active_slots - slots) }
  return seconds === null ? fewer : withOccupancy(fewer, seconds / slots)
}

function withOccupancy(limit: ConcurrencyLimit, seconds: number): ConcurrencyLimit {
  const samples = Math.max(1, limit.limit * SAMPLES_PER_SLOT)
  const { avg_slot_occupancy_seconds: was } = limit
  const sample = Math.max(seconds, OCCUPANCY_SECONDS_MIN)
  return { ...limit, avg_slot_occupancy_seconds: was + (sample - was) / samples }
}

/** The limit with a lease that lasts until another moment; null when it has none of this id, or it is over. */
export function withRenewal(
  limit: ConcurrencyLimit,
  id: string,
  until: Micros,
  now: Micros,
): ConcurrencyLimit | null {
  const leases = leased(limit, now)
  if (!leases.some((lease) => lease.id === id)) return null
  const renewed = leases.map((lease) =>
    lease.id === id ? { ...lease, until: formatInstant(until) } : lease,
  )
  return { ...limit, leases: renewed }
}

/** The limit after somebody asked in vain: the more did, the longer all are told to wait. */
export const withDenial = (
  limit: ConcurrencyLimit,
  slots: number,
  now: Micros,
): ConcurrencyLimit => ({
  ...settled(limit, now),
  denied_slots: deniedSlots(limit, now) + slots,
})

/** Seconds to wait for so many slots of several limits: as the one has it that makes all of them wait. */
export function waitFor(limits: ConcurrencyLimit[], slots: number): number {
  const waits = limits.map(({ slot_decay_per_second: decay, denied_slots, ...limit }) => {
    if (decay > 0) return (slots + denied_slots) / decay
    const perSlot = Math.min(limit.avg_slot_occupancy_seconds, WAIT_SECONDS_MAX)
    return Math.min((perSlot * (slots + denied_slots)) / Math.max(1, limit.limit), WAIT_SECONDS_MAX)
  })
  return Math.max(0, ...waits)
}
