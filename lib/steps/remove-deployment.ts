// Removing a deployment takes the runs with it that nobody began: whoever polls their queue could not run them.
import { ownLimitName } from '../core/concurrency-limit.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Services } from '../core/ports.ts'
import { ALL_TIME } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'

/** Waiting runs that are looked at in one go. */
const RUNS_PAGE = 1_000

/** Of a queue that several deployments share, the first RUNS_PAGE runs are searched; alone, a deployment loses them all. */
export async function removeDeployment(
  { deployments, runs, limits }: Pick<Services, 'deployments' | 'runs' | 'limits'>,
  workspace: Workspace,
  { id, work_queue_id: queue }: Deployment,
): Promise<void> {
  await deployments.delete(workspace, id)
  await limits.delete(workspace, ownLimitName(id))
  const poller = queue ?? id
  for (;;) {
    const waiting = await runs.due(workspace, poller, ALL_TIME, RUNS_PAGE)
    const own = waiting.filter((run) => run.deployment_id === id)
    for (const run of own) {
      const was = await runs.get(workspace, run.id)
      if (was?.value.state?.type === 'SCHEDULED') await runs.delete(workspace, run.id, was)
    }
    if (own.length < RUNS_PAGE) return
  }
}
