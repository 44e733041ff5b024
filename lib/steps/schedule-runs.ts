// Schedule runs: a deployment's schedules make their runs ahead of time, when the deployment is changed and then whenever some of
// those ahead have gone. What a change made obsolete goes, unless somebody has just begun it.
import type { Deployment } from '../core/deployment.ts'
import type { Services } from '../core/ports.ts'
import { isObsolete, scheduledRuns } from '../core/scheduled-run.ts'
import { ALL_TIME, type Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'

type Uses = Pick<Services, 'deployments' | 'runs' | 'scheduler' | 'clock'>

/** Waiting runs of one queue that are looked at for obsolete ones; a hundred per schedule is what we make. */
const WAITING_RUNS_MAX = 10_000

/** Makes the runs that a deployment's schedules ask for; answers when to look again, or null. */
export const scheduleRuns =
  (services: Omit<Uses, 'scheduler'>) =>
  async (workspace: Workspace, id: string): Promise<Micros | null> => {
    const deployment = (await services.deployments.get(workspace, id))?.value
    return deployment ? makeRuns(services, workspace, deployment) : null
  }

async function makeRuns(
  { runs, clock }: Pick<Uses, 'runs' | 'clock'>,
  workspace: Workspace,
  deployment: Deployment,
): Promise<Micros | null> {
  if (deployment.schedules.length === 0) return null
  const asked = scheduledRuns(deployment, clock.now())
  await runs.create(workspace, asked.runs)
  return asked.again
}

/**
 * Follows a change of a deployment: obsolete runs go, the others come, and the wake for more is armed. All by the deployment as it is now:
 * a change seen late must not undo a later one.
 */
export async function followSchedules(
  services: Uses,
  workspace: Workspace,
  before: Deployment | null,
  after: Deployment,
): Promise<void> {
  const isTouched =
    before?.updated !== after.updated ||
    JSON.stringify(before.schedules) !== JSON.stringify(after.schedules)
  const hasSchedules = after.schedules.length > 0 || (before?.schedules.length ?? 0) > 0
  if (!isTouched || !hasSchedules) return
  const deployment = (await services.deployments.get(workspace, after.id))?.value
  if (!deployment) return
  for (const poller of new Set([pollerOf(before ?? after), pollerOf(after)])) {
    await removeObsolete(services, workspace, poller, deployment)
  }
  const again = await makeRuns(services, workspace, deployment)
  if (again === null) return
  await services.scheduler.wakeAt({ kind: 'schedules', workspace, id: after.id }, again)
}

const pollerOf = ({ id, work_queue_id }: Deployment): string => work_queue_id ?? id

async function removeObsolete(
  { runs }: Pick<Uses, 'runs'>,
  workspace: Workspace,
  poller: string,
  deployment: Deployment,
): Promise<void> {
  const waiting = await runs.due(workspace, poller, ALL_TIME, WAITING_RUNS_MAX)
  for (const { id } of waiting.filter((run) => isObsolete(run, deployment))) {
    const was = await runs.get(workspace, id)
    if (was && isObsolete(was.value, deployment)) await runs.delete(workspace, id, was)
  }
}
