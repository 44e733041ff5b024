// What came of webhooks' calls: those that made no event, found, tried and released; good events sent again; templates tried
// before they are saved. All of it is ours beside Prefect's API.
import { notFound, Refusal } from '../../core/errors.ts'
import { writeJson } from '../../core/json.ts'
import type { Services, Stored } from '../../core/ports.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { HookCall } from '../../core/webhook-context.ts'
import { EXTRAS_BY_DEFAULT, type Webhook } from '../../core/webhook-definition.ts'
import type { WebhookDelivery } from '../../core/webhook-delivery.ts'
import { replayOf, webhookOf } from '../../core/webhook-replay.ts'
import {
  deliveryListSchema,
  deliveryRenderSchema,
  renderSchema,
  replaySchema,
} from '../../core/webhook-schema.ts'
import { DEFAULT_WORKSPACE } from '../../core/workspace.ts'
import { accept } from '../../steps/accept.ts'
import {
  listDeliveries,
  type Release,
  releaseDelivery,
  renderWith,
} from '../../steps/webhook-deliveries.ts'
import { tryWebhook } from '../../steps/webhook-trial.ts'
import { type Call, created, idParam, ok, type Route } from '../route.ts'

type Uses = Pick<
  Services,
  | 'webhooks'
  | 'webhookDeliveries'
  | 'events'
  | 'automations'
  | 'blobs'
  | 'clock'
  | 'stopwatch'
  | 'ids'
>

export function webhookDeliveryRoutes(services: Uses): Route[] {
  const { webhooks, webhookDeliveries, clock, ids } = services
  const trial = tryWebhook(services)

  async function webhookOfCall(call: Call): Promise<Webhook> {
    const found = await webhooks.get(call.workspace, idParam(call))
    if (!found) throw notFound('Webhook')
    return found.value
  }

  async function deliveryOfCall(call: Call): Promise<Stored<WebhookDelivery>> {
    const id = idParam(call, 'delivery')
    const found = await webhookDeliveries.get(call.workspace, idParam(call), id)
    if (!found) throw notFound('Delivery')
    return found
  }

  async function listed(call: Call): Promise<WebhookDelivery[]> {
    const { deliveries, before, limit } = parseBody(deliveryListSchema, (await call.body()) ?? {})
    const asked = { filter: deliveries ?? {}, before: before ?? null, limit }
    return listDeliveries(services, call.workspace, idParam(call), asked)
  }

  return [
    {
      method: 'POST',
      path: '/webhooks/render',
      summary: 'Try a template: what events it makes of a request, and whom they would concern',
      body: renderSchema,
      async handle(call) {
        const { template, request, webhook_id } = parseBody(renderSchema, await call.body())
        const saved = webhook_id ? await webhooks.get(call.workspace, webhook_id) : null
        if (webhook_id && !saved) throw notFound('Webhook')
        const webhook = { ...(saved?.value ?? UNSAVED), template }
        return ok(await trial(call.workspace, webhook, sampleCall(webhook, request)))
      },
    },
    {
      method: 'POST',
      path: '/webhooks/:id/deliveries/filter',
      summary: 'Calls of a webhook that made no event, newest first, without their bodies',
      body: deliveryListSchema,
      async handle(call) {
        await webhookOfCall(call)
        return ok((await listed(call)).map(withoutBody))
      },
    },
    {
      method: 'POST',
      path: '/webhooks/:id/deliveries/release',
      summary: 'Make events of all deliveries that a filter means and that are not released yet',
      body: deliveryListSchema,
      async handle(call) {
        const webhook = await webhookOfCall(call)
        const done: Release[] = []
        // Oldest first, as they came.
        for (const { id, released } of (await listed(call)).toReversed()) {
          const was = released ? null : await webhookDeliveries.get(call.workspace, webhook.id, id)
          if (was) done.push(await releaseDelivery(services, call.workspace, webhook, was))
        }
        return ok({
          released: done.filter((one) => 'events' in one),
          failed: done.filter((one) => 'errors' in one),
        })
      },
    },
    {
      method: 'GET',
      path: '/webhooks/:id/deliveries/:delivery',
      summary: 'A call that made no event, and why',
      handle: async (call) => ok((await deliveryOfCall(call)).value),
    },
    {
      method: 'POST',
      path: '/webhooks/:id/deliveries/:delivery/render',
      summary: 'What another template would make of a delivery, and what that changes',
      body: deliveryRenderSchema,
      async handle(call) {
        const { template } = parseBody(deliveryRenderSchema, (await call.body()) ?? {})
        const webhook = await webhookOfCall(call)
        return ok(
          renderWith(services, webhook, (await deliveryOfCall(call)).value, template ?? null),
        )
      },
    },
    {
      method: 'POST',
      path: '/webhooks/:id/deliveries/:delivery/release',
      summary: 'Make the events of a delivery, with the webhook as it is now',
      async handle(call) {
        const webhook = await webhookOfCall(call)
        const done = await releaseDelivery(
          services,
          call.workspace,
          webhook,
          await deliveryOfCall(call),
        )
        if ('errors' in done) throw new Refusal(409, done.errors[0]?.message ?? 'no event')
        return ok(done)
      },
    },
    {
      method: 'POST',
      path: '/webhooks/:id/replay',
      summary: 'Send an event of a webhook again, without consequences unless they are asked for',
      body: replaySchema,
      answers: [201],
      async handle(call) {
        const { event_id, actions } = parseBody(replaySchema, await call.body())
        const { id } = await webhookOfCall(call)
        const event = await services.events.get(call.workspace, event_id)
        const self = event && webhookOf(event, id)
        if (!event || !self) throw notFound('Event')
        const replay = call.header('idempotency-key') ?? ids.next()
        const now = formatInstant(clock.now())
        const draft = replayOf(event, self, { replay, now, actions })
        await accept(services)(call.workspace, [draft])
        return created({ id: draft.id, actions })
      },
    },
  ]
}

/** The webhook of a template that has none yet. */
const UNSAVED: Webhook = {
  ...EXTRAS_BY_DEFAULT,
  id: DEFAULT_WORKSPACE,
  created: '',
  updated: '',
  account: DEFAULT_WORKSPACE,
  workspace: DEFAULT_WORKSPACE,
  name: 'webhook',
  description: '',
  enabled: true,
  template: '',
  service_account_id: null,
  slug: 'slug',
}

interface SampleRequest {
  method: string
  headers: Record<string, string>
  query: Record<string, string>
  body?: unknown
}

function sampleCall({ slug }: Webhook, { method, headers, query, body }: SampleRequest): HookCall {
  const isText = body === undefined || typeof body === 'string'
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
  return {
    method,
    path: `/hooks/${slug}`,
    query: Object.entries(query),
    headers: [
      ...Object.entries(headers),
      ...(isText || named ? [] : [['Content-Type', 'application/json'] as [string, string]]),
    ],
    body: Buffer.from(isText ? (body ?? '') : writeJson(body).text),
  }
}

function withoutBody({ request, ...delivery }: WebhookDelivery) {
  const { body, ...shown } = request
  return { ...delivery, request: shown }
}
