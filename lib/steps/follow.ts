// Follow: what a change of an object brings with it beside its event. A run's state goes into its history, its slot is freed, a
// deployment's schedules make their runs, a review asks anew, and what must be looked at or launched later gets its wake.
import type { Deployment } from '../core/deployment.ts'
import { isPushPool } from '../core/launch.ts'
import type { ObjectChange } from '../core/object-change.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { slotLeaseOf } from '../core/run-slot.ts'
import { parseInstant } from '../core/time.ts'
import { type DueWake, wakesAfter } from '../core/wakes-after.ts'
import type { Workspace } from '../core/workspace.ts'
import { cancelChildren } from './cancel-children.ts'
import { followReview } from './review-notice.ts'
import { followSchedules } from './schedule-runs.ts'
import { slotsOf } from './slots.ts'

export type FollowUses = Pick<
  Services,
  'deployments' | 'workPools' | 'runs' | 'limits' | 'deliveries' | 'events' | 'scheduler' | 'clock'
>

/** Follows changes of one workspace. Done again it does nothing new. */
export async function follow(
  services: FollowUses,
  workspace: Workspace,
  changes: ObjectChange[],
): Promise<void> {
  const now = services.clock.now()
  await Promise.all(changes.map((change) => recordState(services, change)))
  for (const { key, at } of soonest(changes.flatMap((change) => wakesAfter(change, now)))) {
    await services.scheduler.wakeAt(key, at)
  }
  for (const { kind, before, after } of changes) {
    if (kind === 'flow-run') {
      const [was, is] = [before as FlowRun | null, after as FlowRun | null]
      await freeSlot(services, workspace, was, is)
      await armLaunch(services, workspace, was, is)
      await followReview(services, workspace, { before: was, after: is })
      if (isCancelled(is) && !isCancelled(was)) await cancelChildren(services, workspace, is)
    }
    if (kind === 'deployment' && after) {
      await followSchedules(services, workspace, before as Deployment | null, after as Deployment)
    }
  }
}

const isCancelled = (run: FlowRun | null): run is FlowRun => run?.state?.type === 'CANCELLED'

async function recordState(
  { runs }: FollowUses,
  { workspace, kind, before, after }: ObjectChange,
): Promise<void> {
  if (kind !== 'flow-run' || !after) return
  const { id, state } = after as FlowRun
  if (!state || (before as FlowRun | null)?.state?.id === state.id) return
  await runs.recordState(workspace, id, state)
}

/** A slot that a run's state no longer names is free again. */
async function freeSlot(
  services: FollowUses,
  workspace: Workspace,
  before: FlowRun | null,
  after: FlowRun | null,
): Promise<void> {
  const lease = slotLeaseOf(before?.state)
  if (lease === null || lease === slotLeaseOf(after?.state)) return
  await slotsOf(services, workspace).release(lease)
}

/** Nobody asks for the runs of a push pool: each is launched when it is due. */
async function armLaunch(
  { workPools, scheduler }: FollowUses,
  workspace: Workspace,
  before: FlowRun | null,
  after: FlowRun | null,
): Promise<void> {
  const dueAt = parseInstant(after?.next_scheduled_start_time ?? '')
  const isNew = after?.state?.type === 'SCHEDULED' && after.state.id !== before?.state?.id
  if (!isNew || dueAt === null || after.work_pool_name === null) return
  const pool = (await workPools.get(workspace, after.work_pool_name))?.value
  if (!pool || !isPushPool(pool.type)) return
  await scheduler.wakeAt({ kind: 'launch', workspace, id: after.id }, dueAt)
}

/** One wake of each key: the first, which arms the others. */
function soonest(wakes: DueWake[]): DueWake[] {
  const first = new Map<string, DueWake>()
  for (const wake of wakes) {
    const name = `${wake.key.kind}/${wake.key.id}`
    const known = first.get(name)
    if (!known || wake.at < known.at) first.set(name, wake)
  }
  return [...first.values()]
}
