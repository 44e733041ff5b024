// Announcing: a changed object as the events that Prefect's server emits for the change. Runs' states are in announce-run.ts.
// Ids derive from the object and the change, so a change that is seen twice is announced once.
import { runStateEvent } from './announce-run.ts'
import { type Change, changeId, differs, draft, lifecycle, resourceOf } from './announcement.ts'
import { type ApiKey, keyResource } from './api-key.ts'
import type { Automation, OwnedAutomation } from './automation.ts'
import { type BlockDocument, typeOfDocument } from './block.ts'
import { type ConcurrencyLimit, ownLimitName, tagLimitName } from './concurrency-limit.ts'
import type { Deployment, Flow, WorkPool, WorkQueue } from './deployment.ts'
import type { EventDraft, Resource } from './event.ts'
import type { ObjectChange } from './object-change.ts'
import { statusSince } from './readiness.ts'
import type { FlowRun } from './run.ts'
import {
  flowResource,
  queueResource,
  related,
  type Surroundings,
  workPoolResource,
} from './surroundings.ts'
import type { Variable } from './variable.ts'
import type { Webhook } from './webhook-definition.ts'

/**
 * The events that tell of one change, none for a change nobody is told of. `now` is when a deletion is said to have occurred;
 * everything else occurred when the object says.
 */
export function announce(
  { kind, before, after, isMoved }: Omit<ObjectChange, 'workspace'>,
  surroundings: Surroundings,
  now: string,
): EventDraft[] {
  const teller = TELLERS[kind]
  return teller ? teller({ before, after, ...(isMoved && { isMoved }), surroundings, now }) : []
}

type Teller = (change: Change<unknown>) => EventDraft[]

const TELLERS: Readonly<Record<string, Teller>> = {
  flow: (change) => tellFlow(change as Change<Flow>),
  deployment: (change) => tellDeployment(change as Change<Deployment>),
  'flow-run': ({ before, after, surroundings }) =>
    runStateEvent(before as FlowRun | null, after as FlowRun | null, surroundings),
  'work-pool': (change) => tellWorkPool(change as Change<WorkPool>),
  'work-queue': (change) => tellWorkQueue(change as Change<WorkQueue>),
  variable: (change) => tellVariable(change as Change<Variable>),
  'concurrency-limit': (change) => tellLimit(change as Change<ConcurrencyLimit>),
  automation: (change) => tellAutomation(change as Change<OwnedAutomation>),
  'block-document': (change) => tellBlockDocument(change as Change<BlockDocument>),
  webhook: (change) => tellWebhook(change as Change<Webhook>),
  'api-key': (change) => tellApiKey(change as Change<ApiKey>),
}

function tellFlow(change: Change<Flow>): EventDraft[] {
  const say = ({ name, tags, labels }: Flow) => ({ name, tags, labels })
  return lifecycle(
    'prefect.flow',
    change,
    (flow) => ({ resource: resourceOf('prefect.flow', flow), payload: say(flow) }),
    (before, after) => differs(say(before), say(after)),
  )
}

function tellVariable(change: Change<Variable>): EventDraft[] {
  const say = ({ name, value, tags }: Variable) => ({ name, value, tags })
  return lifecycle(
    'prefect.variable',
    change,
    (variable) => ({
      resource: resourceOf('prefect.variable', variable),
      payload: say(variable),
    }),
    (before, after) => differs(say(before), say(after)),
  )
}

/**
 * How a limit is set, not that its slots are taken and given back. One of a tag is told of by its tag; a deployment's own is told
 * of with the deployment.
 */
function tellLimit(change: Change<ConcurrencyLimit>): EventDraft[] {
  const own = ownLimitName('')
  if ((change.after ?? change.before)?.name.startsWith(own)) return []
  return lifecycle(
    'prefect.concurrency-limit',
    change,
    (limit) => ({
      resource: resourceOf('prefect.concurrency-limit', { ...limit, name: tagOrName(limit) }),
      payload: limitPayload(limit),
    }),
    (before, after) => differs(limitPayload(before), limitPayload(after)),
  )
}

const TAG = tagLimitName('')

const tagOrName = ({ name }: ConcurrencyLimit): string =>
  name.startsWith(TAG) ? name.slice(TAG.length) : name

function limitPayload(kept: ConcurrencyLimit): Record<string, unknown> {
  const { name, limit, active, slot_decay_per_second } = kept
  if (name.startsWith(TAG)) return { tag: tagOrName(kept), concurrency_limit: limit }
  return { name, limit, active, slot_decay_per_second }
}

/** Anonymous ones are nobody's news. Of the data only texts are told that are no secrets, the others hidden. */
function tellBlockDocument(change: Change<BlockDocument>): EventDraft[] {
  if ((change.after ?? change.before)?.is_anonymous) return []
  return lifecycle(
    'prefect.block-document',
    change,
    (document) => {
      const { name, data, capabilities, secret_fields, block_type_id: id } = document
      const typeName = typeOfDocument(document)?.name ?? ''
      const told = Object.entries(data).filter(
        ([key, value]) => typeof value === 'string' && !secret_fields.includes(key),
      )
      return {
        resource: resourceOf('prefect.block-document', document),
        related: [
          ...related('block-type', id, 'block-type', typeName),
          ...related('block-schema', document.block_schema_id, 'block-schema', null),
        ],
        payload: {
          name,
          data: Object.fromEntries(told),
          block_schema: { capabilities, block_type: { id, name: typeName } },
        },
      }
    },
    differs,
  )
}

function tellAutomation({ before, after, ...rest }: Change<OwnedAutomation>): EventDraft[] {
  const change = { before: before?.automation ?? null, after: after?.automation ?? null, ...rest }
  return lifecycle<Automation>(
    'prefect.automation',
    change,
    (automation) => ({
      resource: resourceOf('prefect.automation', automation),
      payload: { ...automation },
    }),
    (before, after) => differs(before, after),
  )
}

/** A new slug is told of as rotated. The slug itself is a secret and in no event. */
function tellWebhook(change: Change<Webhook>): EventDraft[] {
  const { before, after } = change
  const resource = (webhook: Webhook) => resourceOf('prefect-cloud.webhook', webhook)
  if (before && after && before.slug !== after.slug) {
    const telling = { resource: resource(after), occurred: after.updated, mark: after.updated }
    return [draft(after.id, 'prefect-cloud.webhook.rotated', telling)]
  }
  return lifecycle(
    'prefect-cloud.webhook',
    change,
    (webhook) => ({ resource: resource(webhook) }),
    differs,
  )
}

/** What a key may do is told, and never what it is compared with. That it was used is no news. */
function tellApiKey({ before, after, ...rest }: Change<ApiKey>): EventDraft[] {
  const say = (key: ApiKey) => ({
    resource: keyResource(key),
    payload: { scopes: key.scopes, expires_at: key.expires_at },
  })
  if (!before || !after) return lifecycle('tripline.api-key', { before, after, ...rest }, say)
  const word =
    before.revoked_at !== after.revoked_at
      ? 'revoked'
      : before.secrets.at(-1)?.hash !== after.secrets.at(-1)?.hash
        ? 'rotated'
        : null
  if (word === null) return []
  const telling = { ...say(after), occurred: after.updated, mark: after.updated }
  return [draft(after.id, `tripline.api-key.${word}`, telling)]
}

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

function tellDeployment(change: Change<Deployment>): EventDraft[] {
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
function tellWorkPool(change: Change<WorkPool>): EventDraft[] {
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

function tellWorkQueue(change: Change<WorkQueue>): EventDraft[] {
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
