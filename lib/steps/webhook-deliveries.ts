// Deliveries: calls that made no event, found again, tried with another template, and released: made into the events that they
// should have been, once, under ids that derive from the delivery.
import { NAMESPACE, uuidv5 } from '../core/ids.ts'
import { type Change, jsonDiff } from '../core/json-diff.ts'
import type { Services, Stored } from '../core/ports.ts'
import { formatInstant, type Stopwatch } from '../core/time.ts'
import { PROVENANCE } from '../core/webhook.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import {
  callOf,
  type DeliveryFilter,
  isMeant,
  type WebhookDelivery,
} from '../core/webhook-delivery.ts'
import { type Trial, type TrialError, tryCall } from '../core/webhook-trial.ts'
import type { Workspace } from '../core/workspace.ts'
import { storeOnce } from './receive.ts'

/** Deliveries read at once, and looked at for one page of those that are meant. */
const READ_MAX = 100
const LOOKED_AT_MAX = 5_000

/** Newest first. Beyond LOOKED_AT_MAX a page may be short; the next one goes on from `before`. */
export async function listDeliveries(
  { webhookDeliveries }: Pick<Services, 'webhookDeliveries'>,
  workspace: Workspace,
  webhookId: string,
  { filter, before, limit }: { filter: DeliveryFilter; before: string | null; limit: number },
): Promise<WebhookDelivery[]> {
  const found: WebhookDelivery[] = []
  let from = before
  for (let looked = 0; looked < LOOKED_AT_MAX && found.length < limit; looked += READ_MAX) {
    const page = await webhookDeliveries.list(workspace, webhookId, {
      before: from,
      limit: READ_MAX,
    })
    found.push(...page.filter((delivery) => isMeant(delivery, filter)))
    from = page.at(-1)?.id ?? null
    if (page.length < READ_MAX) break
  }
  return found.slice(0, limit)
}

/** What the webhook as it is now would make of a delivery. */
function renderDelivery(webhook: Webhook, delivery: WebhookDelivery, now: Stopwatch): Trial {
  const call = callOf(delivery, webhook)
  if (!call) return { events: [], errors: [notKept(delivery)] }
  let made = 0
  return tryCall(webhook, call, {
    occurred: delivery.received,
    newId: () => uuidv5(`${delivery.id}/${made++}`, NAMESPACE.delivery),
    now,
    provenance: { [PROVENANCE.delivery]: delivery.id },
  })
}

const notKept = ({ cause }: WebhookDelivery): TrialError => ({
  cause: cause === 'CAPTURED' ? 'INVALID_EVENT' : cause,
  message: 'The body of this delivery was too large to be kept.',
  line: null,
  column: null,
  construct: null,
})

export interface Rendered extends Trial {
  /** What another template changes. Empty without one. */
  diff: Change[]
}

/** A delivery with another template in place of the webhook's, and what that changes. */
export function renderWith(
  { stopwatch }: Pick<Services, 'stopwatch'>,
  webhook: Webhook,
  delivery: WebhookDelivery,
  template: string | null,
): Rendered {
  const before = renderDelivery(webhook, delivery, stopwatch)
  if (template === null) return { ...before, diff: [] }
  const after = renderDelivery({ ...webhook, template }, delivery, stopwatch)
  return { ...after, diff: jsonDiff(before, after) }
}

export type Release =
  | { delivery_id: string; events: string[] }
  | ({ delivery_id: string } & Pick<Trial, 'errors'>)

/** Makes the events that a delivery should have been, or says why it still makes none. Done twice, it is done once. */
export async function releaseDelivery(
  services: Pick<Services, 'webhookDeliveries' | 'events' | 'clock' | 'stopwatch'>,
  workspace: Workspace,
  webhook: Webhook,
  was: Stored<WebhookDelivery>,
): Promise<Release> {
  const delivery = was.value
  if (delivery.released) return { delivery_id: delivery.id, events: delivery.released.events }
  const { events: drafts, errors } = renderDelivery(webhook, delivery, services.stopwatch)
  if (errors.length > 0) return { delivery_id: delivery.id, errors }
  const events = await storeOnce(services, workspace, webhook, drafts)
  const released = { at: formatInstant(services.clock.now()), events }
  // Who else released it meanwhile stored the same events.
  await services.webhookDeliveries.replace(workspace, { ...delivery, released }, was)
  return { delivery_id: delivery.id, events }
}
