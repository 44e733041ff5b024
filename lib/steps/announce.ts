// Announce: a changed object becomes an event. Whatever else follows from the change is done here as well (follow.ts), so that
// whoever makes one need not think of it.
import { announce as tell } from '../core/announce.ts'
import type { ObjectChange } from '../core/object-change.ts'
import type { Services } from '../core/ports.ts'
import { neighboursOf, type Surroundings } from '../core/surroundings.ts'
import { formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { accept } from './accept.ts'
import { groupBy, once } from './batch.ts'
import { type FollowUses, follow } from './follow.ts'
import { watchSilences } from './watch-silences.ts'

type Uses = Pick<Services, 'flows' | 'events' | 'triggers'> & FollowUses

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
      await follow(services, workspace, group)
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
