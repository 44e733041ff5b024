// References: what an automation names by its id, and which of it is not there. Prefect saves such an automation all the same; its
// actions fail when it fires.
import type { Action } from '../core/action-schema.ts'
import type { Automation } from '../core/automation.ts'
import { NOT_YET } from '../core/ids.ts'
import type { Warning } from '../core/never.ts'
import type { Services } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'

type Uses = Pick<Services, 'deployments' | 'blocks' | 'automations' | 'workPools'>

export const LISTS = ['actions', 'actions_on_trigger', 'actions_on_resolve'] as const

/** An action of an automation, and where it stands. */
export const placedActions = (automation: Automation): { path: string; action: Action }[] =>
  LISTS.flatMap((list) => automation[list].map((action, i) => ({ path: `${list}.${i}`, action })))

export async function missingReferences(
  services: Uses,
  workspace: Workspace,
  automation: Automation,
): Promise<Warning[]> {
  const named = placedActions(automation).flatMap(({ path, action }) =>
    referencesOf(action).map((one) => ({ ...one, path: `${path}.${one.field}` })),
  )
  const found = await Promise.all(
    named.map(async ({ path, kind, id }): Promise<Warning[]> => {
      if (id === NOT_YET || id === automation.id) return []
      const isThere = await LOOK[kind](services, workspace, id)
      return isThere ? [] : [{ path, message: `There is no ${kind} ${id}.` }]
    }),
  )
  return found.flat()
}

type Kind = 'deployment' | 'block' | 'automation' | 'work pool' | 'work queue'

const FIELDS: Readonly<Record<string, Kind>> = {
  deployment_id: 'deployment',
  block_document_id: 'block',
  automation_id: 'automation',
  work_pool_id: 'work pool',
  work_queue_id: 'work queue',
}

function referencesOf(action: Action): { field: string; kind: Kind; id: string }[] {
  const review = action.type === 'run-deployment' ? action.review : null
  const fields = [
    ...Object.entries(action),
    ...(review ? [['review.block_document_id', review.block_document_id]] : []),
  ]
  return fields.flatMap(([field, id]) => {
    const kind = FIELDS[String(field).replace('review.', '')]
    return kind && typeof id === 'string' ? [{ field: String(field), kind, id }] : []
  })
}

type Look = (services: Uses, workspace: Workspace, id: string) => Promise<boolean>

const LOOK: Readonly<Record<Kind, Look>> = {
  deployment: async ({ deployments }, workspace, id) =>
    (await deployments.get(workspace, id)) !== null,
  block: async ({ blocks }, workspace, id) => (await blocks.get(workspace, id)) !== null,
  automation: async ({ automations }, workspace, id) =>
    (await automations.get(workspace, id)) !== null,
  'work pool': async ({ workPools }, workspace, id) =>
    (await workPools.list(workspace)).some((pool) => pool.id === id),
  async 'work queue'({ workPools }, workspace, id) {
    const pools = await workPools.list(workspace)
    const queues = await Promise.all(pools.map(({ name }) => workPools.queues(workspace, name)))
    return queues.flat().some(({ value }) => value.id === id)
  },
}
