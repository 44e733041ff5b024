// Receive: a call of a webhook is checked, becomes events as the template says, and is stored under ids that its delivery decides.
// A good call costs one conditional write. One that makes no event is kept, with what was wrong, before its caller is refused.
import { notFound, Refusal } from '../core/errors.ts'
import type { EventDraft } from '../core/event.ts'
import { type HandshakeAnswer, handshakeAnswer, isSignedHandshake } from '../core/handshake.ts'
import { NAMESPACE, uuidv5 } from '../core/ids.ts'
import type { Services } from '../core/ports.ts'
import { withoutSecrets } from '../core/redact.ts'
import type { Verdict } from '../core/signature.ts'
import { placesOf, presetOf } from '../core/signature-presets.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros } from '../core/time.ts'
import { eventsOfCall } from '../core/webhook.ts'
import type { HookCall } from '../core/webhook-context.ts'
import type { Signature, Webhook } from '../core/webhook-definition.ts'
import {
  capturedDelivery,
  failedDelivery,
  failedEvent,
  isCapturing,
  receivedEvent,
} from '../core/webhook-delivery.ts'
import { CallRefusal } from '../core/webhook-failure.ts'
import type { Workspace } from '../core/workspace.ts'
import { accept } from './accept.ts'
import { verdicts } from './verdict.ts'

type Uses = Pick<
  Services,
  'events' | 'webhookDeliveries' | 'secrets' | 'outbound' | 'clock' | 'stopwatch' | 'ids' | 'log'
>

/** A call as it came to the door, secrets and all. */
export interface IncomingCall extends Omit<HookCall, 'headers' | 'query' | 'verified'> {
  headers: Headers
  query: URLSearchParams
}

export type Received =
  /** The ids of its events, those of a redelivery included. */
  { kind: 'events'; ids: string[] } | { kind: 'handshake'; answer: HandshakeAnswer }

/**
 * Answers when the call's events, or what was wrong with it, are durable.
 * @throws CallRefusal when the call proves nothing, or makes no valid event
 */
export function receive(services: Uses) {
  const { clock } = services
  const verdictOn = verdicts(services)

  return async (
    workspace: Workspace,
    webhook: Webhook,
    incoming: IncomingCall,
  ): Promise<Received> => {
    const now = clock.now()
    const greeting = handshakeOf(webhook, incoming)
    if (greeting && !greeting.isSigned) return shakenHands(services, webhook, greeting.answer)
    if (incoming.method === 'OPTIONS') throw notFound('Webhook') // of handshakes alone

    const { signature } = webhook
    const verdict = signature ? await verdictOn(signature, webhook.id, incoming) : null
    const call = cleaned(webhook, incoming, verdict)
    if (verdict && !verdict.ok) {
      const refusal = new CallRefusal('VERIFICATION_FAILED', verdict.reason)
      if (webhook.keep_failed) await keep(services, workspace, webhook, { call, refusal, now })
      else services.log.info('a call was refused', { webhook: webhook.id, reason: verdict.reason })
      throw refusal
    }
    if (greeting) return shakenHands(services, webhook, greeting.answer)

    try {
      const occurred = formatInstant(now)
      const drafts = eventsOfCall(webhook, call, {
        occurred,
        newId: services.ids.next,
        now: services.stopwatch,
      })
      const ids = await storeOnce(services, workspace, webhook, drafts)
      await noteGood(services, workspace, webhook, { call, events: ids, received: occurred })
      return { kind: 'events', ids }
    } catch (error) {
      // What a stranger sent is no fault of ours, but its owner should see it.
      if (!(error instanceof CallRefusal)) throw error
      await keep(services, workspace, webhook, { call, refusal: error, now })
      throw error
    }
  }
}

const schemeName = (signature: Signature): string =>
  signature.scheme === 'preset' ? signature.preset : signature.scheme

function handshakeOf(webhook: Webhook, call: IncomingCall) {
  const { signature, handshake, slug } = webhook
  const preset = signature?.scheme === 'preset' ? presetOf(signature.preset) : null
  const name = handshake ?? preset?.handshake ?? null
  const answer = name && handshakeAnswer(name, call, slug)
  return answer ? { answer, isSigned: isSignedHandshake(name) } : null
}

/** The answer, after the visit that a sender may ask for. */
async function shakenHands(
  { outbound, log }: Uses,
  webhook: Webhook,
  answer: HandshakeAnswer,
): Promise<Received> {
  if (answer.visit === undefined) return { kind: 'handshake', answer }
  const visit = { method: 'GET' as const, url: answer.visit, headers: {}, body: null }
  const answered = await outbound.send(visit)
  if (answered.kind === 'answered' && answered.status < 300) {
    log.info('a subscription was confirmed', { webhook: webhook.id })
    return { kind: 'handshake', answer }
  }
  log.warn('a subscription could not be confirmed', { webhook: webhook.id, kind: answered.kind })
  if (answered.kind === 'answered' && answered.status < 500) {
    throw new Refusal(400, 'The subscription was refused by its sender.') // and would be again
  }
  throw new Refusal(503, 'The subscription could not be confirmed.')
}

function cleaned(webhook: Webhook, call: IncomingCall, verdict: Verdict | null): HookCall {
  const { signature } = webhook
  const clean = withoutSecrets(call, placesOf(signature))
  if (!signature || !verdict) return clean
  return { ...clean, verified: { scheme: schemeName(signature), ok: verdict.ok } }
}

async function keep(
  services: Uses,
  workspace: Workspace,
  webhook: Webhook,
  { call, refusal, now }: { call: HookCall; refusal: CallRefusal; now: Micros },
): Promise<void> {
  const received = formatInstant(now)
  const delivery = failedDelivery(services.ids.next(), webhook, { call, refusal, received })
  await services.webhookDeliveries.create(workspace, delivery)
  await accept(services)(workspace, [failedEvent(webhook, delivery)])
}

/** What some webhooks want beside the events; nothing for all others. */
async function noteGood(
  services: Uses,
  workspace: Workspace,
  webhook: Webhook,
  good: { call: HookCall; events: string[]; received: string },
): Promise<void> {
  if (isCapturing(webhook, good.received)) {
    const delivery = capturedDelivery(services.ids.next(), webhook, good)
    await services.webhookDeliveries.create(workspace, delivery)
  }
  if (webhook.tell_received) {
    await accept(services)(workspace, [receivedEvent(services.ids.next(), webhook, good)])
  }
}

const SECONDS_PER_DAY = 86_400

/**
 * Stores the events that are new. One whose id is known is a redelivery, unless the first is older than the webhook's window: then
 * it is an event of its own, under an id that derives from the first one's, and known in its turn.
 */
export async function storeOnce(
  services: Pick<Services, 'events' | 'clock'>,
  workspace: Workspace,
  { dedup }: Pick<Webhook, 'dedup'>,
  drafts: EventDraft[],
): Promise<string[]> {
  const days = dedup?.window_days ?? null
  const fresh = await accept(services)(workspace, drafts, (days ?? 0) * SECONDS_PER_DAY)
  if (days === null) return drafts.map(({ id }) => id)
  const windowStart = services.clock.now() - days * SECONDS_PER_DAY * MICROS_PER_SECOND
  const since = formatInstant(windowStart)
  const stored = drafts.map(async (draft) => {
    if (fresh.has(draft.id)) return draft.id
    const first = await services.events.receivedAt(workspace, draft.id)
    if (first === null || first > since) return draft.id
    const again = { ...draft, id: uuidv5(`${draft.id}/${first}`, NAMESPACE.delivery) }
    const [id = again.id] = await storeOnce(services, workspace, { dedup }, [again])
    return id
  })
  return Promise.all(stored)
}
