// Announce: a changed object becomes an event. A run's new state is also put into its history here, and arms the wake that will find
// the run late, or its holder silent: both follow from the change, so whoever made it need not think of them.
import { announce as tell } from '../core/announce.ts'
import type { Deployment } from '../core/deployment.ts'
import { LATE_AFTER } from '../core/late.ts'
import { leaseEnd, leaseOf } from '../core/lease.ts'
import type { ObjectChange, Services, Workspace } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { slotLeaseOf } from '../core/run-slot.ts'
import { neighboursOf, type Surroundings } from '../core/surroundings.ts'
import { formatInstant, parseInstant } from '../core/time.ts'
import { accept } from './accept.ts'
import { groupBy, once } from './batch.ts'
import { followSchedules } from './schedule-runs.ts'
import { slotsOf } from './slots.ts'
import { watchSilences } from './watch-silences.ts'

type Uses = Pick<
  Services,
  | 'flows'
  | 'deployments'
  | 'workPools'
  | 'runs'
  | 'limits'
  | 'events'
  | 'triggers'
  | 'scheduler'
  | 'clock'
>

export const announce =
  (services: Uses) =>
  async (changes: ObjectChange[]): Promise<void> => {
    const now = formatInstant(services.clock.now())
    for (const [workspace, group] of groupBy(changes, ({ workspace }) => workspace)) {
      const surroundingsOf = reader(services, workspace)
      const drafts = await Promise.all(
        group.map(async (change) => tell(change, await surroundingsOf(change), now)),
      )
      await accept(services)(workspace, drafts.flat())
      await followRuns(services, workspace, group)
      await freeSlots(services, workspace, group)
      await followDeployments(services, workspace, group)
      await watchSilences(services, workspace, group)
    }
  }

/** Reads what the events of a batch name, each thing once. */
function reader(services: Uses, workspace: Workspace) {
  const flow = once((id) => services.flows.get(workspace, id))
  const deployment = once((id) => services.deployments.get(workspace, id))
  const workPool = once((name) => services.workPools.get(workspace, name))

  return async (change: ObjectChange): Promise<Surroundings> => {
    const { flowId, deploymentId, workPoolName } = neighboursOf(change)
    const [foundFlow, foundDeployment, foundPool] = await Promise.all([
      flowId === null ? null : flow(flowId),
      deploymentId === null ? null : deployment(deploymentId),
      workPoolName === null ? null : workPool(workPoolName),
    ])
    return {
      flow: foundFlow?.value ?? null,
      deployment: foundDeployment?.value ?? null,
      workPool: foundPool?.value ?? null,
    }
  }
}

async function followRuns(
  services: Uses,
  workspace: Workspace,
  changes: ObjectChange[],
): Promise<void> {
  const lateAt = new Map<string, number>()
  const leases = new Map<string, number>()
  const states: Promise<void>[] = []
  for (const { kind, before, after } of changes) {
    if (kind !== 'flow-run' || !after) continue
    const run = after as FlowRun
    if (!run.state || (before as FlowRun | null)?.state?.id === run.state.id) continue
    states.push(services.runs.recordState(workspace, run.id, run.state))
    const lease = leaseOf(run.state)
    if (lease) leases.set(run.id, leaseEnd(run.state, lease))
    const poller = run.work_queue_id ?? run.deployment_id
    const dueAt = parseInstant(run.next_scheduled_start_time ?? '')
    const waits = run.state.type === 'SCHEDULED' && run.state.name !== 'Late'
    if (!waits || poller === null || dueAt === null) continue
    lateAt.set(poller, Math.min(lateAt.get(poller) ?? Number.POSITIVE_INFINITY, dueAt + LATE_AFTER))
  }
  await Promise.all(states)
  for (const [id, at] of lateAt) {
    await services.scheduler.wakeAt({ kind: 'late-runs', workspace, id }, at)
  }
  for (const [id, at] of leases) {
    await services.scheduler.wakeAt({ kind: 'lease', workspace, id }, at)
  }
}

/** A slot that a run's state no longer names is free again. */
async function freeSlots(
  services: Uses,
  workspace: Workspace,
  changes: ObjectChange[],
): Promise<void> {
  for (const { kind, before, after } of changes) {
    if (kind !== 'flow-run' || !before) continue
    const lease = slotLeaseOf((before as FlowRun).state)
    if (lease === null || lease === slotLeaseOf((after as FlowRun | null)?.state)) continue
    await slotsOf(services, workspace).release(lease)
  }
}

async function followDeployments(
  services: Uses,
  workspace: Workspace,
  changes: ObjectChange[],
): Promise<void> {
  for (const { kind, before, after } of changes) {
    if (kind !== 'deployment' || !after) continue
    const [was, is] = [before as Deployment | null, after as Deployment]
    await followSchedules(services, workspace, was, is)
  }
}
