// Announcing: a changed object as the events that Prefect's server emits for the change. Runs' states are in announce-run.ts;
// deployments, pools and queues in announce-work.ts.
// Ids derive from the object and the change, so a change that is seen twice is announced once.
import { runStateEvent } from './announce-run.ts'
import { tellDeployment, tellWorkPool, tellWorkQueue } from './announce-work.ts'
import { type Change, differs, draft, lifecycle, resourceOf } from './announcement.ts'
import { type ApiKey, keyResource } from './api-key.ts'
import type { Automation, OwnedAutomation } from './automation.ts'
import { type BlockDocument, typeOfDocument } from './block.ts'
import { type ConcurrencyLimit, ownLimitName, tagLimitName } from './concurrency-limit.ts'
import type { Deployment, Flow, WorkPool, WorkQueue } from './deployment.ts'
import type { EventDraft } from './event.ts'
import type { ObjectChange } from './object-change.ts'
import type { FlowRun } from './run.ts'
import { related, type Surroundings } from './surroundings.ts'
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
