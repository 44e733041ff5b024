// What is done to all that a filter means, a limited number at a time (Prefect: bulk_delete, bulk_set_state, create_flow_run/bulk).
import { z } from 'zod'
import type { Asked } from '../../core/criteria.ts'
import { integer, parseBody } from '../../core/schema.ts'
import type { Workspace } from '../../core/workspace.ts'
import { ok, type Route } from '../route.ts'

/** Objects of one request (Prefect: BULK_OPERATION_LIMIT). */
const BULK_MAX = 50

/** The field of a bulk request that says how many at most. */
export const bulkLimit = integer.pipe(z.number().min(1).max(BULK_MAX)).default(BULK_MAX)

/** POST …/bulk_delete: what the filter under `field` means is deleted, and the ids answered. */
export function bulkDeleteRoute<T extends { id: string }>({
  path,
  field,
  filter,
  list,
  remove,
}: {
  path: string
  field: string
  filter: z.ZodType<Asked | null | undefined>
  list(workspace: Workspace, asked: Asked | null | undefined): Promise<T[]>
  /** False when somebody else was faster. */
  remove(workspace: Workspace, one: T): Promise<boolean>
}): Route {
  const schema = z.object({ [field]: filter, limit: bulkLimit })
  return {
    method: 'POST',
    path: `${path}/bulk_delete`,
    summary: `Delete up to ${BULK_MAX} ${field} that meet a filter`,
    body: schema,
    async handle(call) {
      const sent = parseBody(schema, (await call.body()) ?? {})
      const asked = sent[field] as Asked | null | undefined
      const meant = (await list(call.workspace, asked)).slice(0, sent.limit as number)
      const deleted: string[] = []
      for (const one of meant) {
        if (await remove(call.workspace, one)) deleted.push(one.id)
      }
      return ok({ deleted })
    },
  }
}
