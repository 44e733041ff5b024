// Pausing and resuming what has work to do: deployments, pools, queues, automations. Each answers false when there is no such thing,
// and writes nothing when it is as asked already.
import type { Automation, OwnedAutomation } from '../core/automation.ts'
import { type Deployment, type WorkPool, type WorkQueue, withPause } from '../core/deployment.ts'
import type { Services } from '../core/ports.ts'
import { formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { amend } from './amend.ts'
import { findQueue } from './template-objects.ts'

type Uses = Pick<Services, 'deployments' | 'workPools' | 'automations' | 'clock'>

/** A pool after a change, with the times that go with it; null when there is none. `decide` may answer the pool as it was. */
export const changePool =
  ({ workPools, clock }: Pick<Services, 'workPools' | 'clock'>) =>
  (
    workspace: Workspace,
    name: string,
    decide: (was: WorkPool) => WorkPool,
  ): Promise<WorkPool | null> =>
    amend<WorkPool>(
      () => workPools.get(workspace, name),
      (was) => {
        const next = decide(was)
        if (next === was) return was
        const updated = formatInstant(clock.now())
        const status_since = next.status === was.status ? was.status_since : updated
        return { ...next, updated, status_since }
      },
      (next, was) => workPools.replace(workspace, next, was),
    )

/** Sets things of a workspace to rest, or to work again. */
export function pausing(services: Uses, workspace: Workspace) {
  const { deployments, workPools, automations, clock } = services
  const now = () => formatInstant(clock.now())

  return {
    async deployment(id: string, paused: boolean): Promise<boolean> {
      const changed = await amend<Deployment>(
        () => deployments.get(workspace, id),
        (was) => (was.paused === paused ? was : { ...was, paused, updated: now() }),
        (next, was) => deployments.replace(workspace, next, was),
      )
      return changed !== null
    },

    async workPool(name: string, isPaused: boolean): Promise<boolean> {
      const changed = await changePool(services)(workspace, name, (was) =>
        was.is_paused === isPaused ? was : withPause(was, isPaused),
      )
      return changed !== null
    },

    async workQueue(id: string, isPaused: boolean): Promise<boolean> {
      const changed = await amend<WorkQueue>(
        () => findQueue(services, workspace, id),
        (was) =>
          was.is_paused === isPaused ? was : { ...withPause(was, isPaused), updated: now() },
        (next, was) => workPools.replaceQueue(workspace, next, was),
      )
      return changed !== null
    },

    async automation(id: string, enabled: boolean): Promise<boolean> {
      const next = (was: Automation) => ({ ...was, enabled, updated: now() })
      const changed = await amend<OwnedAutomation>(
        () => automations.get(workspace, id),
        (was) =>
          was.automation.enabled === enabled ? was : { ...was, automation: next(was.automation) },
        (owned, was) => automations.replace(workspace, owned, was),
      )
      return changed !== null
    },
  }
}
