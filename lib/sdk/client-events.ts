// What happens, and what follows: webhooks make events, and automations wait for them.
import type { Automation } from '../core/automation.ts'
import type { BacktestProgress, BacktestResult } from '../core/backtest.ts'
import type { Event } from '../core/event.ts'
import type { Explanation } from '../core/explain.ts'
import type { AutomationExplanation } from '../core/explain-waits.ts'
import type { Fates } from '../core/fates.ts'
import type { Warning } from '../core/never.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import { ApiError, type Request, type SendForLines } from './http.ts'
import type { AutomationBody } from './triggers.ts'
import type {
  BacktestRequest,
  EventPage,
  Filter,
  NewWebhook,
  RenderedTrial,
  RenderRequest,
  Rerendered,
  WebhookDelivery,
} from './wire.ts'

/** Stored events, and what became of them. Events are sent by the socket, not here. */
export function events(request: Request) {
  const page = async (...args: Parameters<Request>): Promise<EventPage> => {
    const answer = await request<{ events: Event[]; total: number; next_page: string | null }>(
      ...args,
    )
    const { next_page: next } = answer
    return {
      events: answer.events,
      total: answer.total,
      next: next === null ? null : () => page('GET', next),
    }
  }
  return {
    /** Stored events, newest first unless `order: 'ASC'`; at most 50 a page. */
    filter: (filter: Filter = {}, limit = 50) => page('POST', '/events/filter', { filter, limit }),
    get: (id: string) => request<Event>('GET', `/events/${id}`),
    /** Which of some events came late, wait or were ignored: fates by event. */
    fates: (ids: string[]) => request<Fates>('POST', '/events/fates', { event_ids: ids }),
    /** What an automation made of an event and why; of all automations, those nearest to firing first. */
    explain: (id: string, automationId?: string) =>
      request<Explanation[]>(
        'GET',
        `/events/${id}/explain${automationId === undefined ? '' : `?automation=${automationId}`}`,
      ),
  }
}

/** Webhooks, and the calls that came to them. */
export const webhooks = (request: Request) => ({
  create: (webhook: NewWebhook) => request<Webhook>('POST', '/webhooks/', webhook),
  get: (id: string) => request<Webhook>('GET', `/webhooks/${id}`),
  filter: (filter: Filter = {}) => request<Webhook[]>('POST', '/webhooks/filter', filter),
  /** Changes what is named and leaves the rest. */
  update: (id: string, change: Partial<NewWebhook>) =>
    request<null>('PATCH', `/webhooks/${id}`, change),
  setEnabled: (id: string, enabled: boolean) =>
    request<null>('PATCH', `/webhooks/${id}`, { enabled }),
  /** A new slug; the old address is dead at once. */
  rotate: (id: string) => request<Webhook>('POST', `/webhooks/${id}/rotate`),
  delete: (id: string) => request<null>('DELETE', `/webhooks/${id}`),
  /** One more secret, shown this once; a made one where none is given. */
  addSecret: (id: string, asked: { secret?: string; expire_others_after?: number } = {}) =>
    request<{ id: string; secret: string }>('POST', `/webhooks/${id}/secrets`, asked),
  removeSecret: (id: string, secretId: string) =>
    request<null>('DELETE', `/webhooks/${id}/secrets/${secretId}`),
  /** Tries a template that need not be saved. */
  render: (asked: { template: string; request?: RenderRequest; webhook_id?: string }) =>
    request<RenderedTrial>('POST', '/webhooks/render', asked),
  /** Calls that made no event, newest first, without their bodies. */
  deliveries: (id: string, filter: Filter = {}) =>
    request<WebhookDelivery[]>('POST', `/webhooks/${id}/deliveries/filter`, filter),
  delivery: (id: string, deliveryId: string) =>
    request<WebhookDelivery>('GET', `/webhooks/${id}/deliveries/${deliveryId}`),
  /** What a kept call would make of another template, and what that changes. */
  renderDelivery: (id: string, deliveryId: string, template: string) =>
    request<Rerendered>('POST', `/webhooks/${id}/deliveries/${deliveryId}/render`, {
      template,
    }),
  /** Makes events of all that the filter means, with the webhook as it is now. */
  releaseDeliveries: (id: string, filter: Filter = {}) =>
    request<{ released: object[]; failed: object[] }>(
      'POST',
      `/webhooks/${id}/deliveries/release`,
      filter,
    ),
  /** Sends an event again; `actions`: automations may act on it. */
  replay: (id: string, eventId: string, actions = false) =>
    request<{ id: string; actions: boolean }>('POST', `/webhooks/${id}/replay`, {
      event_id: eventId,
      actions,
    }),
})

/** Automations: kept, tried over what has been, and asked what they wait for. */
export const automations = (request: Request, sendForLines: SendForLines) => ({
  create: (automation: AutomationBody) => request<Automation>('POST', '/automations/', automation),
  get: (id: string) => request<Automation>('GET', `/automations/${id}`),
  filter: (filter: Filter = {}) => request<Automation[]>('POST', '/automations/filter', filter),
  relatedTo: (resourceId: string) =>
    request<Automation[]>('GET', `/automations/related-to/${encodeURIComponent(resourceId)}`),
  /** Replaces it; its id stays, and what is counted so far is forgotten. */
  update: (id: string, automation: Omit<AutomationBody, 'owner_resource'>) =>
    request<null>('PUT', `/automations/${id}`, automation),
  setEnabled: (id: string, enabled: boolean) =>
    request<null>('PATCH', `/automations/${id}`, { enabled }),
  delete: (id: string) => request<null>('DELETE', `/automations/${id}`),
  /** What it waits for: each count that has begun, what is missing there and until when. */
  waits: (id: string) => request<AutomationExplanation>('GET', `/automations/${id}/explain`),
  /** What a resource owns. Only our server has this: Prefect's answers 405. */
  ownedBy: (resourceId: string) =>
    request<Automation[]>('GET', `/automations/owned-by/${encodeURIComponent(resourceId)}`),
  deleteOwnedBy: (resourceId: string) =>
    request<null>('DELETE', `/automations/owned-by/${encodeURIComponent(resourceId)}`),
  /** What is probably not meant about one that could be saved, with the reasons. */
  check: async (automation: AutomationBody) =>
    (await request<{ warnings: Warning[] }>('POST', '/automations/check', automation)).warnings,
  /** What it would have done over the stored events; `progress` is told how far that has come. */
  async backtest(
    asked: BacktestRequest,
    progress: (soFar: BacktestProgress) => void = () => {},
  ): Promise<BacktestResult> {
    for await (const line of sendForLines('POST', '/automations/backtest', asked)) {
      const { result, progress: soFar, error } = line as Record<string, unknown>
      if (result) return result as BacktestResult
      if (soFar) progress(soFar as BacktestProgress)
      if (error) throw new ApiError('POST /automations/backtest', 500, error)
    }
    throw new ApiError('POST /automations/backtest', 500, 'The answer ended before its result.')
  },
})
