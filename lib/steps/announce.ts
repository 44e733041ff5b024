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
  const isRenamed = async ({ kind, before, after }: ObjectChange) => {
    if (after !== null) return false
    const { id } = before as { id: string }
    return (await namesakes(services, workspace, kind, before)).some((one) => one.id === id)
  }
  const renamed = await Promise.all(changes.map(isRenamed))
  return changes.filter((_, i) => !renamed[i])
}

/** The objects among which one of a kind that can be renamed would be found again. */
async function namesakes(
  { variables, limits, workPools }: Uses,
  workspace: Workspace,
  kind: string,
  before: unknown,
): Promise<{ id: string }[]> {
  switch (kind) {
    case 'variable':
      return variables.list(workspace)
    case 'concurrency-limit':
      return limits.list(workspace)
    case 'work-queue':
      return (await workPools.queues(workspace, (before as WorkQueue).work_pool_name)).map(
        ({ value }) => value,
      )
    default:
      return []
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
