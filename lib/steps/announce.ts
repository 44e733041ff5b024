// Announce: a changed object becomes an event. Whatever else follows from the change is done here as well (follow.ts), so that
// whoever makes one need not think of it.
import { announce as tell } from '../core/announce.ts'
import type { WorkQueue } from '../core/deployment.ts'
import type { ObjectChange } from '../core/object-change.ts'
import type { Services } from '../core/ports.ts'
import { neighboursOf, type Surroundings } from '../core/surroundings.ts'
import { formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { accept } from './accept.ts'
import { groupBy, once } from './batch.ts'
import { type FollowUses, follow } from './follow.ts'
import { watchSilences } from './watch-silences.ts'

type Uses = Pick<Services, 'flows' | 'events' | 'triggers' | 'variables'> & FollowUses

export const announce =
  (services: Uses) =>
  async (changes: ObjectChange[]): Promise<void> => {
    const now = formatInstant(services.clock.now())
    for (const [workspace, group] of groupBy(changes, ({ workspace }) => workspace)) {
      const surroundingsOf = reader(services, workspace)
      const news = await withoutRenamed(services, workspace, group)
      const drafts = await Promise.all(
        news.map(async (change) => tell(change, await surroundingsOf(change), now)),
      )
      await accept(services)(workspace, drafts.flat())
      await follow(services, workspace, group)
      await watchSilences(services, workspace, group)
    }
  }

/** A renamed object is told of where it has come to (`isMoved`); that it went from under its old name is not its end. */
async function withoutRenamed(
  services: Uses,
  workspace: Workspace,
  changes: ObjectChange[],
): Promise<ObjectChange[]> {
  const variables = once(() => services.variables.list(workspace))
  const limits = once(() => services.limits.list(workspace))
  const queues = once((pool) => services.workPools.queues(workspace, pool))
  /** The objects among which one that went would be found again, if its kind can be renamed. */
  const namesakes = async (kind: string, was: Renameable): Promise<Renameable[]> => {
    if (kind === 'variable') return variables('')
    if (kind === 'concurrency-limit') return limits('')
    if (kind !== 'work-queue') return []
    return (await queues(was.work_pool_name ?? '')).map(({ value }) => value)
  }
  const isRenamed = async ({ kind, before, after }: ObjectChange) => {
    if (after !== null) return false
    const was = before as Renameable
    // One that was made anew under its name has the id that the name makes, and another beginning.
    const isIt = ({ id, created }: Renameable) => id === was.id && created === was.created
    return (await namesakes(kind, was)).some(isIt)
  }
  const renamed = await Promise.all(changes.map(isRenamed))
  return changes.filter((_, i) => !renamed[i])
}

type Renameable = Pick<WorkQueue, 'id' | 'created'> & { work_pool_name?: string }

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
