// Readiness: a deployment or queue that nobody polls any more, and a pool none of whose workers is there, say so. A queue's deployments go
// with it, as they came with it.
import type { Deployment, WorkQueue } from '../core/deployment.ts'
import type { Services } from '../core/ports.ts'
import { poolReadyUntil, readyUntil, withoutWorkers, withSilence } from '../core/readiness.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { amend } from './amend.ts'
import { changePool } from './pause.ts'

type Uses = Pick<Services, 'deployments' | 'workPools' | 'clock'>

/** Looks at `deployment/<id>`, `work-queue/<pool>/<name>` or `work-pool/<name>`; answers when to look again, or null. */
export const endReadiness =
  (services: Uses) =>
  async (workspace: Workspace, id: string): Promise<Micros | null> => {
    const [kind = '', name = '', queue = ''] = id.split('/')
    if (kind === 'work-pool') return ofPool(services, workspace, name)
    const { deployments, workPools, clock } = services
    const now = clock.now()
    const left =
      kind === 'deployment'
        ? await amend<Deployment>(
            () => deployments.get(workspace, name),
            (was) => withSilence(was, now),
            (next, was) => deployments.replace(workspace, next, was),
          )
        : await amend<WorkQueue>(
            () => workPools.queue(workspace, name, queue),
            (was) => {
              const next = withSilence(was, now)
              return next === was ? was : { ...next, updated: formatInstant(now) }
            },
            (next, was) => workPools.replaceQueue(workspace, next, was),
          )
    return left?.status === 'READY' ? readyUntil(left) : null
  }

async function ofPool(services: Uses, workspace: Workspace, name: string): Promise<Micros | null> {
  const workers = await services.workPools.workers(workspace, name)
  const now = services.clock.now()
  const pool = await changePool(services)(workspace, name, (was) =>
    withoutWorkers(was, workers, now),
  )
  return pool?.status === 'READY' ? poolReadyUntil(workers) + 1 : null
}
