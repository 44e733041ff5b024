// Slots: taken from concurrency limits, renewed and given back. Of several limits all give theirs or none does. One limit is one item, changed
// on condition that nobody was faster, so that it never hands out more than it has.
import {
  type ConcurrencyLimit,
  limitOf,
  ownLimitName,
  type SlotLease,
} from '../core/concurrency-limit.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun, StateType } from '../core/run.ts'
import {
  asksForSlot,
  type Slot,
  slotLeaseId,
  slotLeaseOf,
  slotSeconds,
  withoutSlot,
} from '../core/run-slot.ts'
import { withDenial, withFewerSlots, withoutLease, withRenewal, withSlots } from '../core/slots.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { amend } from './amend.ts'

type Uses = Pick<Services, 'limits' | 'clock'>

/** How slots are asked for: with a lease they are free again when it is not renewed. */
export interface SlotsAsked {
  slots: number
  lease: Pick<SlotLease, 'id' | 'holder'> | null
  /** How long the lease lasts. */
  seconds: number
}

export function slotsOf({ limits, clock }: Uses, workspace: Workspace) {
  const change = (name: string, decide: (was: ConcurrencyLimit) => ConcurrencyLimit) =>
    amend<ConcurrencyLimit>(
      () => limits.get(workspace, name),
      decide,
      (next, was) => limits.replace(workspace, next, was),
    )

  /** One limit's slots; false when there are not enough, or there is no such limit. */
  async function takeFrom(name: string, { slots, lease, seconds }: SlotsAsked): Promise<boolean> {
    let isTaken = false
    await change(name, (was) => {
      const now = clock.now()
      const since = formatInstant(now)
      const until = formatInstant(now + seconds * MICROS_PER_SECOND)
      const next = withSlots(was, slots, lease && { ...lease, slots, since, until }, now)
      isTaken = next !== null
      return next ?? was
    })
    return isTaken
  }

  async function giveBackTo(name: string, { slots, lease }: SlotsAsked): Promise<void> {
    await change(name, (was) =>
      lease
        ? withoutLease(was, lease.id, clock.now())
        : withFewerSlots(was, slots, null, clock.now()),
    )
  }

  const holding = async (leaseId: string): Promise<ConcurrencyLimit[]> =>
    (await limits.list(workspace)).filter(({ leases }) => leases?.some(({ id }) => id === leaseId))

  return {
    /** Takes slots of all these limits; false when one of them has too few, and then none are taken. */
    async take(names: string[], asked: SlotsAsked): Promise<boolean> {
      const taken: string[] = []
      for (const name of names) {
        if (await takeFrom(name, asked)) taken.push(name)
        else {
          for (const one of taken) await giveBackTo(one, asked)
          return false
        }
      }
      return true
    },

    /** Notes that slots were asked for in vain; answers the limits as they are then. */
    async deny(names: string[], slots: number): Promise<ConcurrencyLimit[]> {
      const denied: ConcurrencyLimit[] = []
      for (const name of names) {
        const limit = await change(name, (was) => withDenial(was, slots, clock.now()))
        if (limit) denied.push(limit)
      }
      return denied
    },

    /** Gives slots back that were taken without a lease. */
    async giveBack(names: string[], slots: number, seconds: number | null): Promise<void> {
      for (const name of names) {
        await change(name, (was) => withFewerSlots(was, slots, seconds, clock.now()))
      }
    },

    /** Gives a lease's slots back, wherever they are from. */
    async release(leaseId: string): Promise<void> {
      for (const { name } of await holding(leaseId)) {
        await change(name, (was) => withoutLease(was, leaseId, clock.now()))
      }
    },

    /** False when the lease is over, or there never was one. */
    async renew(leaseId: string, seconds: number): Promise<boolean> {
      let isRenewed = false
      for (const { name } of await holding(leaseId)) {
        await change(name, (was) => {
          const now: Micros = clock.now()
          const next = withRenewal(was, leaseId, now + seconds * MICROS_PER_SECOND, now)
          isRenewed ||= next !== null
          return next ?? was
        })
      }
      return isRenewed
    },

    change,
  }
}

/**
 * Asks for the slot that a run must have under its deployment's limit before it enters a state; null when it needs none. What was
 * asked for and then not used is given back by `returnUnused`.
 */
export async function secureSlot(
  services: Pick<Services, 'runs' | 'deployments' | 'limits' | 'clock'>,
  workspace: Workspace,
  runId: string,
  to: StateType,
): Promise<Slot | null> {
  if (to !== 'PENDING' && to !== 'RUNNING') return null
  const run = (await services.runs.get(workspace, runId))?.value
  if (!run?.deployment_id || !asksForSlot(run, to)) return null
  const deployment = (await services.deployments.get(workspace, run.deployment_id))?.value
  const limit = deployment && (await limitToAsk(services, workspace, deployment))
  if (!limit) return null
  const slots = slotsOf(services, workspace)
  const id = slotLeaseOf(run.state) ?? slotLeaseId(run)
  const seconds = slotSeconds(deployment)
  const holder = { type: 'flow_run', id: run.id }
  const isHeld =
    limit.limit > 0 &&
    ((to === 'RUNNING' && (await slots.renew(id, seconds))) ||
      (await slots.take([limit.name], { slots: 1, lease: { id, holder }, seconds })))
  return isHeld ? { kind: 'held', leaseId: id } : withoutSlot(run, limit, deployment)
}

/** The limit as it is kept: a deployment's own is written down when it is first asked for, or when its number was changed. */
async function limitToAsk(
  { limits }: Pick<Services, 'limits'>,
  workspace: Workspace,
  deployment: Deployment,
): Promise<ConcurrencyLimit | null> {
  const { global_concurrency_limit_id: shared, concurrency_limit: own, id } = deployment
  if (!shared && own === null) return null
  if (shared) return limitOf(deployment, await limits.list(workspace))
  const kept = await limits.get(workspace, ownLimitName(id))
  const limit = limitOf(deployment, kept ? [kept.value] : [])
  if (!limit) return null
  if (!kept) await limits.create(workspace, limit)
  else if (kept.value.limit !== limit.limit) await limits.replace(workspace, limit, kept)
  return limit
}

/** Gives a slot back that a run does not name afterwards: some rule said no, or somebody else was faster. */
export async function returnUnused(
  services: Uses,
  workspace: Workspace,
  slot: Slot | null,
  state: FlowRun['state'] | undefined,
): Promise<void> {
  if (slot?.kind !== 'held' || slotLeaseOf(state) === slot.leaseId) return
  await slotsOf(services, workspace).release(slot.leaseId)
}
