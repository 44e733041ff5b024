// Real requests of a webhook, offered to its template with one click: calls that failed, calls that were captured, and good ones as far as
// an event tells of their request.
import type { Event } from '../core/event.ts'
import { stringifyJson } from '../core/json.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import type { WebhookDelivery } from '../core/webhook-delivery.ts'
import { listDeliveries } from '../steps/webhook-deliveries.ts'
import { FAILURE_TITLES } from './failures.ts'
import { recentOf } from './recent.ts'
import type { Visit } from './visit.ts'
import { headerLines, type TriedRequest } from './webhook-draft.ts'
import { resourceOf } from './webhooks.tsx'
import { eventTitle } from './words.ts'

/** Requests offered of each kind, and events looked through for them. */
const OFFERED_MAX = 5
const LOOKED_AT_MAX = 40

export interface Sample {
  title: string
  at: string
  request: TriedRequest
}

/** A kept call as the playground has it; null when its body was not kept as text. */
export function requestOfDelivery({ request }: WebhookDelivery): TriedRequest | null {
  if (request.body === null || request.body_encoding !== 'utf-8') return null
  return {
    method: request.method,
    query: new URLSearchParams(request.query).toString(),
    headers: headerLines(request.headers),
    body: request.body,
  }
}

/** The request that an event has in its payload: those of templates without one, and those that tell of a good call. */
function requestOfEvent({ payload }: Event): TriedRequest | null {
  const { method, headers, body } = payload as Record<string, unknown>
  if (typeof method !== 'string' || typeof headers !== 'object' || headers === null) return null
  if (body === undefined) return null
  return {
    method,
    query: '',
    headers: headerLines(Object.entries(headers as Record<string, string>)),
    body: typeof body === 'string' ? body : stringifyJson(body),
  }
}

/** Real requests of a webhook: those that were kept, then those that events tell of. */
export async function samplesOf(visit: Visit, webhook: Webhook): Promise<Sample[]> {
  const page = { filter: {}, before: null, limit: OFFERED_MAX }
  const kept = await listDeliveries(visit.services, visit.workspace, webhook.id, page)
  const events = await recentOf(visit, resourceOf(webhook), LOOKED_AT_MAX)
  const told = events.filter(({ event }) => event !== 'prefect-cloud.webhook.failed')
  return [
    ...kept.flatMap((one) => {
      const request = requestOfDelivery(one)
      return request ? [{ title: FAILURE_TITLES[one.cause], at: one.received, request }] : []
    }),
    ...told
      .flatMap((one) => {
        const request = requestOfEvent(one)
        return request ? [{ title: eventTitle(one.event), at: one.occurred, request }] : []
      })
      .slice(0, OFFERED_MAX),
  ]
}

export const Samples = ({ samples }: { samples: Sample[] }) => {
  if (samples.length === 0) return null
  return (
    <div class="tags">
      <span class="hint">Real calls:</span>
      {samples.map(({ title, at, request }) => (
        <span>
          <button type="button" class="button small" data-fill="request">
            {title}, {at.slice(11, 16)}
          </button>
          <span hidden data-sample>
            {JSON.stringify({
              '#request_method': request.method,
              '#request_query': request.query,
              '#request_headers': request.headers,
              '#request_body': request.body,
            })}
          </span>
        </span>
      ))}
    </div>
  )
}
