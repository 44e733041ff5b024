// Delivering: one attempt at a message that is on its way (send.ts), made when its time has come. Attempts are at least one: a receiver
// that must not act twice looks at `webhook-id`.
import { actionEnded, endIdOf } from '../core/action.ts'
import { type BlockMessage, callOfBlock } from '../core/block-call.ts'
import {
  attempting,
  DELIVERY_ATTEMPTS_MAX,
  type Delivery,
  deadLetter,
  type Verdict,
  verdictOf,
  verdictOfHandOver,
} from '../core/delivery.ts'
import type { EventDraft } from '../core/event.ts'
import type { Services } from '../core/ports.ts'
import { isReview, kept, type ReviewDelivery, withoutAnswer } from '../core/review.ts'
import { webhookHeaders } from '../core/standard-webhook.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { accept } from './accept.ts'
import { withLinks } from './review-notice.ts'

export type DeliverUses = Pick<
  Services,
  | 'blocks'
  | 'secrets'
  | 'deliveries'
  | 'outbound'
  | 'mail'
  | 'eventBuses'
  | 'events'
  | 'clock'
  | 'runs'
  | 'reviewKeys'
  | 'ids'
  | 'publicUrl'
>

/**
 * Makes one attempt at a delivery that is due; answers when to look again, or null. The attempt is counted before it is made: of
 * two wakes one makes it, and after a crash the next one comes when it is due.
 */
export function deliver(services: DeliverUses) {
  const { deliveries, clock } = services
  const linked = withLinks(services)

  async function attempt(workspace: Workspace, delivery: Delivery): Promise<Verdict> {
    if ('entry' in delivery) {
      return verdictOfHandOver('Put event', await services.eventBuses.put(delivery.entry))
    }
    if (isReview(delivery)) {
      const message = await linked(workspace, delivery)
      if (message === null)
        return { outcome: { statusCode: null, reason: 'The run waits no more' } }
      return withoutAnswer(await attemptMessage(workspace, delivery, message))
    }
    return attemptMessage(workspace, delivery, delivery.message)
  }

  async function attemptMessage(
    workspace: Workspace,
    delivery: Exclude<Delivery, { entry: unknown }>,
    carried: BlockMessage,
  ): Promise<Verdict> {
    const document = (await services.blocks.get(workspace, delivery.block_document_id))?.value
    if (!document) return { outcome: { statusCode: null, reason: 'The block was deleted' } }
    const data = JSON.parse(await services.secrets.open(document.sealed, document.id))
    const call = callOfBlock(document.block_type_id, data, carried)
    if ('fault' in call) return { outcome: { statusCode: null, reason: call.fault } }
    if ('mail' in call) {
      const mail = { ...call.mail, messageId: `<${delivery.id}@tripline>` }
      return verdictOfHandOver('E-mail', await services.mail.send(mail))
    }
    const { request, signingSecret } = call
    const message = { id: delivery.id, body: request.body ?? '', sentAt: clock.now() }
    const headers = { ...request.headers, ...webhookHeaders(message, signingSecret) }
    return verdictOf(await services.outbound.send({ ...request, headers }))
  }

  /** Told of but not yet forgotten: a crash came between the two. A first attempt need not ask. */
  const isOver = async (workspace: Workspace, { attempts, began }: Delivery): Promise<boolean> =>
    attempts > 0 && (await services.events.get(workspace, endIdOf(began))) !== null

  async function conclude(workspace: Workspace, delivery: Delivery, events: EventDraft[]) {
    await accept(services)(workspace, events)
    if (isReview(delivery)) await keep(workspace, delivery)
    else await deliveries.delete(workspace, delivery.id)
    return null
  }

  async function keep(workspace: Workspace, notice: ReviewDelivery): Promise<void> {
    const was = await deliveries.get(workspace, notice.id)
    if (was) await deliveries.replace(workspace, kept(notice), was)
  }

  return async (workspace: Workspace, id: string): Promise<Micros | null> => {
    const was = await deliveries.get(workspace, id)
    if (!was) return null
    const startedAt = clock.now()
    if (was.value.dueAt > startedAt) return was.value.dueAt
    if (await isOver(workspace, was.value)) return conclude(workspace, was.value, [])
    if (was.value.attempts >= DELIVERY_ATTEMPTS_MAX) {
      const why = 'The last attempt was cut short'
      return conclude(workspace, was.value, deadLetter(was.value, why, formatInstant(startedAt)))
    }
    const delivery = attempting(was.value, startedAt)
    if (!(await deliveries.replace(workspace, delivery, was))) return delivery.dueAt
    const verdict = await attempt(workspace, delivery)
    const occurred = formatInstant(clock.now())
    if ('outcome' in verdict) {
      return conclude(workspace, delivery, [actionEnded(delivery.began, verdict.outcome, occurred)])
    }
    if (delivery.attempts < DELIVERY_ATTEMPTS_MAX) return delivery.dueAt
    return conclude(workspace, delivery, deadLetter(delivery, verdict.again, occurred))
  }
}
