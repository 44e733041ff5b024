// What each route answers when it does what it was asked, by method and path: for the API's description, and for the tests that hold
// the routes to it. A route that is not here answers something of its own.
import { z } from 'zod'
import * as deployments from './shapes/deployments.ts'
import * as objects from './shapes/objects.ts'
import * as runs from './shapes/runs.ts'

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

  ...kept('/flows', deployments.flow),
  'GET /flows/name/:name': deployments.flow,
  'POST /flows/bulk_delete': bulkDeleted,

  ...kept('/flow_runs', runs.flowRun),
  'GET /flow_run_states': list(runs.state),
  'GET /flow_run_states/:id': runs.state,
  'POST /flow_runs/bulk_delete': bulkDeleted,
  'POST /flow_runs/bulk_set_state': z.strictObject({
    results: z.array(runs.orchestrationResult.extend({ flow_run_id: z.guid() })),
  }),
  'POST /flow_runs/:id/set_state': runs.orchestrationResult,
  'POST /flow_runs/:id/resume': runs.orchestrationResult,
  'POST /flow_runs/:id/input': z.null(),
  'POST /flow_runs/:id/input/filter': list(runs.runInput),

  'POST /flow_runs/history': list(runs.historyInterval),
  'POST /flow_runs/lateness': z.number().nullable(),

  ...kept('/task_runs', runs.taskRun),
  'POST /task_runs/history': list(runs.historyInterval),
  'POST /task_runs/:id/set_state': runs.orchestrationResult,

  ...kept('/deployments', deployments.deployment),
  'GET /deployments/name/:flow/:deployment': deployments.deployment,
  'POST /deployments/bulk_delete': bulkDeleted,
  'POST /deployments/:id/pause_deployment': z.null(),
  'POST /deployments/:id/resume_deployment': z.null(),
  'POST /deployments/get_scheduled_flow_runs': list(runs.flowRun),
  'POST /deployments/:id/create_flow_run': runs.flowRun,
  'POST /deployments/:id/create_flow_run/bulk': z.strictObject({
    results: z.array(
      z.strictObject({
        flow_run_id: z.guid().nullable(),
        status: z.enum(['CREATED', 'FAILED']),
        error: z.string().nullable(),
      }),
    ),
  }),
  'GET /deployments/:id/schedules': list(deployments.schedule),
  'POST /deployments/:id/schedules': list(deployments.schedule),

  'POST /deployments/:id/schedule': z.null(),

  'POST /logs': z.null(),
  'POST /logs/filter': list(runs.logLine),

  ...kept('/artifacts', runs.artifact),
  'GET /artifacts/:key/latest': runs.artifact,
  ...listed('/artifacts/latest', runs.artifactCollection),

  ...kept('/work_pools', deployments.workPool, ':pool'),
  'POST /work_pools/:pool/get_scheduled_flow_runs': list(deployments.workerRun),
  'POST /work_pools/:pool/workers/filter': list(deployments.worker),
  ...kept('/work_pools/:pool/queues', deployments.workQueue, ':queue'),
  ...kept('/work_queues', deployments.workQueue, ':queue'),
  'GET /work_queues/:queue/status': deployments.workQueueStatus,
  'POST /work_pools/:pool/concurrency_status': deployments.poolSlots,
  'POST /work_queues/:queue/concurrency_status': deployments.queueSlots,
  'POST /work_queues/:queue/get_runs': list(runs.flowRun),

  ...kept('/variables', objects.variable),
  'GET /variables/name/:name': objects.variable,

  ...kept('/v2/concurrency_limits', deployments.limit, ':limit'),

  ...kept('/block_types', objects.blockType),
  'GET /block_types/slug/:slug': objects.blockType,
  [documentsOfType]: list(objects.blockDocument),
  [`${documentsOfType}/name/:name`]: objects.blockDocument,
  ...kept('/block_schemas', objects.blockSchema),
  'GET /block_schemas/checksum/:checksum': objects.blockSchema,
  ...kept('/block_documents', objects.blockDocument),

  'POST /events/filter': objects.eventPage,
  'GET /events/filter/next': objects.eventPage,
  'POST /events/count-by/:countable': list(objects.eventCount),
  'GET /events/:id': objects.event,

  ...kept('/automations', objects.automation),
  'GET /automations/related-to/:resource': list(objects.automation),
  'DELETE /automations/owned-by/:resource': z.null(),

  'POST /webhooks': objects.webhook,
  'GET /webhooks': list(objects.webhook),
  'GET /webhooks/:id': objects.webhook,
  'POST /webhooks/filter': list(objects.webhook),

  'POST /workspaces': objects.accountWorkspace,
  'GET /workspaces/:workspace': objects.accountWorkspace,
  'POST /workspaces/filter': list(objects.accountWorkspace),
}

/** Those that answer no JSON. */
export const TEXT_ANSWERS: Readonly<Record<string, string>> = {
  'GET /flow_runs/:id/input/:key': 'text/plain',
  'GET /flow_runs/:id/logs/download': 'text/csv',
  'POST /automations/backtest': 'application/x-ndjson',
}
