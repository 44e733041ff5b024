// What each route answers when it does what it was asked, by method and path: for the API's description, and for the tests that hold
// the routes to it. A route that is not here answers something of its own.
import { z } from 'zod'
import * as shape from './shapes.ts'

const count = z.int().min(0)
const anything = z.unknown()
const ids = z.array(z.guid())

const list = (item: z.ZodType) => z.array(item)
const page = (item: z.ZodType) =>
  z.strictObject({
    results: z.array(item),
    count,
    limit: count,
    pages: count,
    page: z.int().min(1),
  })

/** The answers of a kind that is listed: as a whole, counted, and by number of page. */
const listed = (path: string, item: z.ZodType): Record<string, z.ZodType> => ({
  [`POST ${path}/filter`]: list(item),
  [`POST ${path}/count`]: count,
  [`POST ${path}/paginate`]: page(item),
})

/** The answers of a kind that is created, read by its id and listed. */
const kept = (path: string, item: z.ZodType, key = ':id'): Record<string, z.ZodType> => ({
  [`POST ${path}`]: item,
  [`GET ${path}/${key}`]: item,
  ...listed(path, item),
})

const bulkDeleted = z.strictObject({ deleted: ids })
const documentsOfType = 'GET /block_types/slug/:slug/block_documents'

export const ANSWERS: Readonly<Record<string, z.ZodType>> = {
  'GET /health': z.literal(true),
  'GET /ready': z.strictObject({ message: z.string() }),
  'GET /hello': z.string(),
  'GET /version': z.string(),
  'GET /admin/version': z.string(),
  'GET /admin/storage': z.strictObject({ default_result_storage_block_id: z.guid().nullable() }),
  'GET /collections/views/:view': z.record(z.string(), anything),
  'GET /collections/work_pool_types': z.record(z.string(), anything),

  ...kept('/flows', shape.flow),
  'GET /flows/name/:name': shape.flow,
  'POST /flows/bulk_delete': bulkDeleted,

  ...kept('/flow_runs', shape.flowRun),
  'GET /flow_run_states': list(shape.state),
  'GET /flow_run_states/:id': shape.state,
  'POST /flow_runs/bulk_delete': bulkDeleted,
  'POST /flow_runs/bulk_set_state': z.strictObject({
    results: z.array(shape.orchestrationResult.extend({ flow_run_id: z.guid() })),
  }),
  'POST /flow_runs/:id/set_state': shape.orchestrationResult,
  'POST /flow_runs/:id/resume': shape.orchestrationResult,
  'POST /flow_runs/:id/input': z.null(),
  'POST /flow_runs/:id/input/filter': list(shape.runInput),

  ...kept('/task_runs', shape.taskRun),
  'POST /task_runs/:id/set_state': shape.orchestrationResult,

  ...kept('/deployments', shape.deployment),
  'GET /deployments/name/:flow/:deployment': shape.deployment,
  'POST /deployments/bulk_delete': bulkDeleted,
  'POST /deployments/:id/pause_deployment': z.null(),
  'POST /deployments/:id/resume_deployment': z.null(),
  'POST /deployments/get_scheduled_flow_runs': list(shape.flowRun),
  'POST /deployments/:id/create_flow_run': shape.flowRun,
  'POST /deployments/:id/create_flow_run/bulk': z.strictObject({
    results: z.array(
      z.strictObject({
        flow_run_id: z.guid().nullable(),
        status: z.enum(['CREATED', 'FAILED']),
        error: z.string().nullable(),
      }),
    ),
  }),
  'GET /deployments/:id/schedules': list(shape.schedule),
  'POST /deployments/:id/schedules': list(shape.schedule),

  'POST /logs': z.null(),
  'POST /logs/filter': list(shape.logLine),

  ...kept('/artifacts', shape.artifact),
  'GET /artifacts/:key/latest': shape.artifact,
  ...listed('/artifacts/latest', shape.artifactCollection),

  ...kept('/work_pools', shape.workPool, ':pool'),
  'POST /work_pools/:pool/get_scheduled_flow_runs': list(shape.workerRun),
  'POST /work_pools/:pool/workers/filter': list(shape.worker),
  ...kept('/work_pools/:pool/queues', shape.workQueue, ':queue'),
  ...kept('/work_queues', shape.workQueue, ':queue'),
  'GET /work_queues/:queue/status': shape.workQueueStatus,
  'POST /work_queues/:queue/get_runs': list(shape.flowRun),

  ...kept('/variables', shape.variable),
  'GET /variables/name/:name': shape.variable,

  ...kept('/v2/concurrency_limits', shape.limit, ':limit'),

  ...kept('/block_types', shape.blockType),
  'GET /block_types/slug/:slug': shape.blockType,
  [documentsOfType]: list(shape.blockDocument),
  [`${documentsOfType}/name/:name`]: shape.blockDocument,
  ...kept('/block_schemas', shape.blockSchema),
  'GET /block_schemas/checksum/:checksum': shape.blockSchema,
  ...kept('/block_documents', shape.blockDocument),

  'POST /events/filter': shape.eventPage,
  'GET /events/filter/next': shape.eventPage,
  'POST /events/count-by/:countable': list(shape.eventCount),
  'GET /events/:id': shape.event,

  ...kept('/automations', shape.automation),
  'GET /automations/related-to/:resource': list(shape.automation),
  'DELETE /automations/owned-by/:resource': z.null(),

  'POST /webhooks': shape.webhook,
  'GET /webhooks': list(shape.webhook),
  'GET /webhooks/:id': shape.webhook,
  'POST /webhooks/filter': list(shape.webhook),

  'POST /workspaces': shape.accountWorkspace,
  'GET /workspaces/:workspace': shape.accountWorkspace,
  'POST /workspaces/filter': list(shape.accountWorkspace),
}

/** Those that answer no JSON. */
export const TEXT_ANSWERS: Readonly<Record<string, string>> = {
  'GET /flow_runs/:id/input/:key': 'text/plain',
  'GET /flow_runs/:id/logs/download': 'text/csv',
}
