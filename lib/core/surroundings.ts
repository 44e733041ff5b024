// Surroundings: what an event about an object says of others, and which others must be read to say it.
import type { Deployment, Flow, WorkPool } from './deployment.ts'
import type { RelatedResource } from './event.ts'
import type { ObjectChange } from './object-change.ts'

/** Objects near the one that changed; null for those that are none or gone. */
export interface Surroundings {
  flow: Flow | null
  deployment: Deployment | null
  workPool: WorkPool | null
}

/** Ids of flow and deployment, and the name of the work pool, that the events of a change name. */
export function neighboursOf({ before, after }: Pick<ObjectChange, 'before' | 'after'>): {
  flowId: string | null
  deploymentId: string | null
  workPoolName: string | null
} {
  const object = (after ?? before ?? {}) as Record<string, unknown>
  const text = (key: string) => (typeof object[key] === 'string' ? object[key] : null)
  return {
    flowId: text('flow_id'),
    deploymentId: text('deployment_id'),
    workPoolName: text('work_pool_name'),
  }
}

/** A related resource, without a name when nobody knows it any more. */
export function related(
  kind: string,
  id: string | null,
  role: string,
  name: string | null | undefined,
  labels: Record<string, string> = {},
): RelatedResource[] {
  if (id === null) return []
  return [
    {
      'prefect.resource.id': `prefect.${kind}.${id}`,
      'prefect.resource.role': role,
      ...(name ? { 'prefect.resource.name': name } : {}),
      ...labels,
    },
  ]
}

export const flowResource = (flowId: string, { flow }: Surroundings): RelatedResource[] =>
  related('flow', flowId, 'flow', flow?.name)

/** The queue that a run or a deployment waits in. */
export const queueResource = (waiting: {
  work_queue_id: string | null
  work_queue_name: string | null
}): RelatedResource[] =>
  related('work-queue', waiting.work_queue_id, 'work-queue', waiting.work_queue_name)

/** The pool of a run, a deployment or a queue. */
export const workPoolResource = (
  member: { work_pool_id: string | null; work_pool_name: string | null },
  { workPool }: Surroundings,
): RelatedResource[] => {
  const labels = workPool ? { 'prefect.work-pool.type': workPool.type } : {}
  return related('work-pool', member.work_pool_id, 'work-pool', member.work_pool_name, labels)
}
