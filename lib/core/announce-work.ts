// Announcing deployments, pools and queues: besides what was changed of them, whether they are ready is told.
import { type Change, changeId, differs, draft, lifecycle, resourceOf } from './announcement.ts'
import type { Deployment, WorkPool, WorkQueue } from './deployment.ts'
import type { EventDraft, Resource } from './event.ts'
import { statusSince } from './readiness.ts'
import { flowResource, queueResource, workPoolResource } from './surroundings.ts'

/** Fields of a deployment whose change is told of; polls change others. */
const DEPLOYMENT_FIELDS = [
  'version',
  'description',
  'paused',
  'concurrency_limit',
  'concurrency_options',
  'parameters',
  'parameter_openapi_schema',
  'enforce_parameter_schema',
  'tags',
  'labels',
  'work_pool_name',
  'work_queue_name',
  'job_variables',
  'path',
  'pull_steps',
  'entrypoint',
  'storage_document_id',
  'infrastructure_document_id',
] as const

/** Which of these fields changed, and from what to what; nothing where none did. */
function updatesOf<T>(before: T | null, after: T | null, fields: readonly (keyof T & string)[]) {
  if (!before || !after) return null
  const changed = fields.filter((field) => differs(before[field], after[field]))
  if (changed.length === 0) return null
  const updates = changed.map((field) => [
    field,
    { from: before[field] ?? null, to: after[field] ?? null },
  ])
  return { updated_fields: changed, updates: Object.fromEntries(updates) }
}

/** Created, updated, deleted, and whether it is ready. */
export function tellDeployment(change: Change<Deployment>): EventDraft[] {
  const { before, after, surroundings } = change
  const updates = updatesOf(before, after, DEPLOYMENT_FIELDS)
  const say = (deployment: Deployment) => ({
    resource: resourceOf('prefect.deployment', deployment),
    related: [
      ...flowResource(deployment.flow_id, surroundings),
      ...queueResource(deployment),
      ...workPoolResource(deployment, surroundings),
    ],
    payload: updates ?? {},
  })
  const told = lifecycle('prefect.deployment', change, say, () => updates !== null)
  if (!before || !after || before.status === after.status) return told
  const event = `prefect.deployment.${wordFor(after.status)}`
  const occurred = statusSince(after)
  const telling = { ...say(after), payload: {}, occurred, mark: occurred }
  return [...told, draft(after.id, event, telling)]
}

const wordFor = (status: WorkPool['status']): string => status.toLowerCase().replace('_', '-')

/** Fields of a pool whose change is told of; that it was paused, its status tells. */
const POOL_FIELDS = [
  'description',
  'base_job_template',
  'concurrency_limit',
  'storage_configuration',
] as const

/** Status events of a pool follow one another: each knows the change before it by the moment it was made. */
export function tellWorkPool(change: Change<WorkPool>): EventDraft[] {
  const { before, after } = change
  const resource = (pool: WorkPool): Resource => ({
    ...resourceOf('prefect.work-pool', pool),
    'prefect.work-pool.type': pool.type,
  })
  if (!before || !after) {
    return lifecycle('prefect.work-pool', change, (pool) => ({
      resource: { ...resource(pool), 'prefect.resource.role': 'work-pool' },
      related: [
        {
          'prefect.resource.id': `prefect.work-queue.${pool.default_queue_id}`,
          'prefect.resource.role': 'default-queue',
        },
      ],
    }))
  }
  const updates = updatesOf(before, after, POOL_FIELDS)
  const told = lifecycle(
    'prefect.work-pool',
    change,
    (pool) => ({
      resource: { ...resource(pool), 'prefect.resource.role': 'work-pool' },
      payload: updates ?? {},
    }),
    () => updates !== null,
  )
  if (before.status === after.status) return told
  const eventOf = (pool: WorkPool) => `prefect.work-pool.${wordFor(pool.status)}`
  const mark = after.status_since ?? after.updated
  const follows = before.status_since && changeId(before.id, eventOf(before), before.status_since)
  const telling = { resource: resource(after), occurred: mark, mark, follows }
  return [...told, draft(after.id, eventOf(after), telling)]
}

/** Fields of a queue whose change is told of. */
const QUEUE_FIELDS = ['description', 'concurrency_limit', 'priority'] as const

/** Created, updated, deleted, and whether it is ready. */
export function tellWorkQueue(change: Change<WorkQueue>): EventDraft[] {
  const { before, after, isMoved, surroundings } = change
  const say = (queue: WorkQueue) => ({
    resource: {
      ...resourceOf('prefect.work-queue', queue),
      'prefect.resource.role': 'work-queue',
    },
    related: workPoolResource(queue, surroundings),
  })
  const updates = isMoved
    ? { updated_fields: ['name'], updates: { name: { to: after?.name } } } // what it was called, nobody tells
    : updatesOf(before, after, QUEUE_FIELDS)
  const told = lifecycle(
    'prefect.work-queue',
    change,
    (queue) => ({ ...say(queue), payload: updates ?? {} }),
    () => updates !== null,
  )
  if (!before || !after || before.status === after.status) return told
  const telling = { ...say(after), occurred: after.updated, mark: after.updated }
  return [...told, draft(after.id, `prefect.work-queue.${wordFor(after.status)}`, telling)]
}
