// What each route answers when it does what it was asked, by method and path: for the API's description, and for the tests that hold
// the routes to it. A route that answers no JSON is below, or answers 204.
import { z } from 'zod'
import * as deployments from './shapes/deployments.ts'
import * as events from './shapes/events.ts'
import * as explanations from './shapes/explanations.ts'
import * as health from './shapes/health.ts'
import * as keys from './shapes/keys.ts'
import * as limits from './shapes/limits.ts'
import * as objects from './shapes/objects.ts'
import * as runs from './shapes/runs.ts'
import * as webhooks from './shapes/webhooks.ts'

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

/** The answers of a kind that is created, read by its id, and listed. */
const kept = (path: string, item: z.ZodType, key = ':id'): Record<string, z.ZodType> => ({
  [`POST ${path}`]: item,
  [`GET ${path}/${key}`]: item,
  [`POST ${path}/filter`]: list(item),
})

const counted = (path: string): Record<string, z.ZodType> => ({ [`POST ${path}/count`]: count })

/** Of a kind that is also counted, and listed by number of page. */
const paged = (path: string, item: z.ZodType): Record<string, z.ZodType> => ({
  ...counted(path),
  [`POST ${path}/paginate`]: page(item),
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
  ...paged('/flows', deployments.flow),
  'GET /flows/name/:name': deployments.flow,
  'POST /flows/bulk_delete': bulkDeleted,

  ...kept('/flow_runs', runs.flowRun),
  ...paged('/flow_runs', runs.flowRun),
  'GET /flow_run_states': list(runs.state),
  'GET /flow_run_states/:id': runs.state,
  'POST /flow_runs/bulk_delete': bulkDeleted,
  'POST /flow_runs/bulk_set_state': z.strictObject({
    results: z.array(runs.orchestrationResult.extend({ flow_run_id: z.guid() })),
  }),
  'POST /flow_runs/:id/set_state': runs.orchestrationResult,
  'POST /flow_runs/:id/resume': runs.orchestrationResult,
  'POST /flow_runs/:id/heartbeat': runs.heartbeat,
  'GET /flow_runs/:id/explain': explanations.runExplanation,
  'POST /flow_runs/:id/input': z.null(),
  'POST /flow_runs/:id/input/filter': list(runs.runInput),

  'POST /flow_runs/history': list(runs.historyInterval),
  'POST /flow_runs/lateness': z.number().nullable(),

  ...kept('/task_runs', runs.taskRun),
  ...paged('/task_runs', runs.taskRun),
  'POST /task_runs/history': list(runs.historyInterval),
  'POST /task_runs/:id/set_state': runs.orchestrationResult,

  ...kept('/deployments', deployments.deployment),
  ...paged('/deployments', deployments.deployment),
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
  ...counted('/artifacts'),
  'GET /artifacts/:key/latest': runs.artifact,
  'POST /artifacts/latest/filter': list(runs.artifactCollection),
  ...counted('/artifacts/latest'),

  ...kept('/work_pools', deployments.workPool, ':pool'),
  ...counted('/work_pools'),
  'POST /work_pools/:pool/get_scheduled_flow_runs': list(deployments.workerRun),
  'POST /work_pools/:pool/workers/filter': list(deployments.worker),
  ...kept('/work_pools/:pool/queues', deployments.workQueue, ':queue'),
  'GET /work_queues/:queue': deployments.workQueue,
  'POST /work_queues/filter': list(deployments.workQueue),
  'GET /work_queues/:queue/status': deployments.workQueueStatus,
  'POST /work_pools/:pool/concurrency_status': deployments.poolSlots,
  'POST /work_queues/:queue/concurrency_status': deployments.queueSlots,
  'POST /work_queues/:queue/get_runs': list(runs.flowRun),

  ...kept('/variables', objects.variable),
  ...counted('/variables'),
  'GET /variables/name/:name': objects.variable,

  ...kept('/v2/concurrency_limits', limits.limit, ':limit'),
  'POST /v2/concurrency_limits': limits.newLimit,
  'POST /v2/concurrency_limits/increment': list(limits.limitInUse),
  'POST /v2/concurrency_limits/increment-with-lease': limits.leasedSlots,
  'POST /v2/concurrency_limits/decrement': list(limits.limitInUse),

  ...kept('/concurrency_limits', limits.tagLimit),
  'GET /concurrency_limits/tag/:tag': limits.tagLimit,
  'DELETE /concurrency_limits/tag/:tag': z.null(),
  'DELETE /concurrency_limits/:id': z.null(),
  'POST /concurrency_limits/tag/:tag/reset': z.null(),
  'POST /concurrency_limits/increment': list(limits.limitInUse),
  'POST /concurrency_limits/decrement': list(limits.limitInUse),

  ...kept('/block_types', objects.blockType),
  'GET /block_types/slug/:slug': objects.blockType,
  [documentsOfType]: list(objects.blockDocument),
  [`${documentsOfType}/name/:name`]: objects.blockDocument,
  ...kept('/block_schemas', objects.blockSchema),
  'GET /block_schemas/checksum/:checksum': objects.blockSchema,
  ...kept('/block_documents', objects.blockDocument),
  ...counted('/block_documents'),

  'POST /events/filter': events.eventPage,
  'GET /events/filter/next': events.eventPage,
  'POST /events/count-by/:countable': list(events.eventCount),
  'GET /events/:id': events.event,
  'GET /events/:id/chain': events.chain,
  'GET /events/:id/explain': list(explanations.explanation),
  'POST /events/fates': explanations.fates,

  ...kept('/automations', objects.automation),
  ...counted('/automations'),
  'GET /automations/related-to/:resource': list(objects.automation),
  'GET /automations/owned-by/:resource': list(objects.automation),
  'DELETE /automations/owned-by/:resource': z.null(),
  'POST /automations/check': explanations.warnings,
  'GET /automations/:id/buckets': list(explanations.openBucket),
  'GET /automations/:id/near-misses': list(explanations.nearMiss),
  'GET /automations/:id/firings': list(events.event),
  'GET /automations/:id/explain': explanations.waits,

  ...kept('/webhooks', webhooks.webhook),
  'GET /webhooks': list(webhooks.webhook),
  'POST /webhooks/:id/rotate': webhooks.webhook,
  'POST /webhooks/:id/secrets': webhooks.newSecret,
  'POST /webhooks/:id/replay': webhooks.replayed,
  'POST /webhooks/render': webhooks.trial,
  'GET /webhooks/:id/deliveries/:delivery': webhooks.delivery,
  'POST /webhooks/:id/deliveries/filter': list(webhooks.listedDelivery),
  'POST /webhooks/:id/deliveries/release': webhooks.releases,
  'POST /webhooks/:id/deliveries/:delivery/render': webhooks.rendered,
  'POST /webhooks/:id/deliveries/:delivery/release': webhooks.released,

  ...kept('/keys', keys.key),
  'POST /keys': keys.newKey,
  'GET /keys': list(keys.key),
  'POST /keys/:id/rotate': keys.newKey,

  'GET /limits': limits.quotas,
  'GET /health/report': health.report,
  'GET /health/dead-letters': list(health.letter),
  'GET /health/dead-letters/:letter': health.letterWithRecord,
  'POST /health/dead-letters/:letter/retry': health.retried,
  'POST /admin/advance': health.advanced,

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
