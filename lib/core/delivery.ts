// Deliveries: messages to addresses outside, from the moment an action began them until somebody took them or they are given up.
// Answers are judged here, and the waits between attempts chosen.
import { createHash } from 'node:crypto'
import { type ActionOutcome, actionEnded } from './action.ts'
import type { BlockMessage } from './block-call.ts'
import type { EventDraft } from './event.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import type { Answered, BusEntry, HandedOver } from './outgoing.ts'
import type { ReviewWindow } from './review-link.ts'
import { MICROS_PER_SECOND, type Micros } from './time.ts'

/** What is to be delivered: a message through a block, perhaps a notice of a review, or an entry onto a bus. */
export type Parcel =
  | { block_document_id: string; message: BlockMessage; review?: ReviewWindow }
  | { entry: BusEntry }

export type Delivery = Parcel & {
  /** The invocation's, and the `webhook-id` of every attempt: whoever gets one twice can tell. */
  id: string
  /** The event that told of the beginning. The one that tells of the end is made of it. */
  began: EventDraft
  /** Attempts begun so far. */
  attempts: number
  /** When the next attempt is due, should the one that runs come to nothing. */
  dueAt: Micros
}

/** Seconds between attempts: a restart is bridged by the first, an outage of a working day by all of them. */
export const DELIVERY_WAITS_SECONDS = [5, 30, 120, 600, 1_800, 7_200, 18_000] as const

/** Attempts at a delivery, after which it is a dead letter. */
export const DELIVERY_ATTEMPTS_MAX = DELIVERY_WAITS_SECONDS.length + 1

/** Bytes of a message. Rendered templates may be larger together than an item of the table. */
export const MESSAGE_BYTES_MAX = 300_000

/** An attempt begun at a moment. What fails together must not come back together: waits vary by a fifth. */
export function attempting(delivery: Delivery, now: Micros): Delivery {
  const attempts = delivery.attempts + 1
  const wait = DELIVERY_WAITS_SECONDS[Math.min(attempts, DELIVERY_WAITS_SECONDS.length) - 1] ?? 0
  const hash = createHash('sha256').update(`${delivery.id}/${attempts}`).digest()
  const share = 0.8 + (0.4 * hash.readUInt16BE(0)) / 0xffff
  return { ...delivery, attempts, dueAt: now + Math.round(wait * share * MICROS_PER_SECOND) }
}

/** What an answer means: `again` while another attempt may do better, otherwise the action's outcome. */
export type Verdict = { again: string } | { outcome: Omit<ActionOutcome, 'related'> }

/** Statuses of receivers that are busy, not yet there, or broken: they may take it later. */
const MAY_PASS_LATER = [408, 409, 421, 423, 425, 429]

/** Characters of an answer's body in the event (Prefect: the same). */
const RESPONSE_BODY_LENGTH_MAX = 1_000

/** Whether an answer ends the delivery, well or badly, or it is to be tried again. */
export function verdictOf(answered: Answered): Verdict {
  if (answered.kind === 'refused') {
    return { outcome: { statusCode: null, reason: `Webhook call refused: ${answered.reason}` } }
  }
  if (answered.kind === 'failed') return { again: `Webhook call failed: ${answered.reason}` }
  const { status, body, headers } = answered
  const details = {
    response_body: body.slice(0, RESPONSE_BODY_LENGTH_MAX),
    response_headers: withoutSecrets(headers),
  }
  if (status < 300) return { outcome: { statusCode: status, reason: null, details } }
  const reason = `Webhook call failed: it answered ${status}`
  if (status >= 500 || MAY_PASS_LATER.includes(status)) return { again: reason }
  const redirect = status < 400 ? ', and redirects are not followed' : ''
  return { outcome: { statusCode: status, reason: reason + redirect, details } }
}

/** The same of what is handed over without a status; `what` begins the reason. */
export function verdictOfHandOver(what: string, handed: HandedOver): Verdict {
  if (handed.kind === 'taken') {
    return { outcome: { statusCode: null, reason: null, details: handed.details } }
  }
  const reason = `${what} ${handed.kind}: ${handed.reason}`
  return handed.kind === 'failed' ? { again: reason } : { outcome: { statusCode: null, reason } }
}

/** Headers that are nobody's business in an event: credentials, and what proxies on the way add. */
const HIDDEN_HEADER =
  /^(authorization|cookie|set-cookie|traceparent|via)$|^x-(forwarded|b3|cloud-trace|envoy|amz)|secret|token|signature/i

const withoutSecrets = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HIDDEN_HEADER.test(name)))

/** The events of a delivery that was given up: the action failed, and here is what nobody took. */
export function deadLetter(
  { id, began, attempts }: Delivery,
  why: string,
  occurred: string,
): EventDraft[] {
  const reason = `${why}; given up after ${attempts} attempts`
  return [
    actionEnded(began, { statusCode: null, reason, details: { attempts } }, occurred),
    {
      occurred,
      event: 'tripline.delivery.dead-lettered',
      resource: { 'prefect.resource.id': `tripline.delivery.${id}` },
      related: [{ ...began.resource, 'prefect.resource.role': 'automation' }, ...began.related],
      payload: { ...began.payload, attempts, reason },
      id: uuidv5(`${id}/dead-lettered`, NAMESPACE.announcement),
      follows: began.id,
    },
  ]
}
