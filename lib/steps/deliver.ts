// Delivering: an action's message goes to the address of a block. The action only writes the delivery down and has it woken, so that a
// slow receiver keeps nobody waiting; the wake makes one attempt, and is told when the next one is due. Attempts are at least one:
// a receiver that must not act twice looks at `webhook-id`.
import { type ActionOutcome, actionEnded, type Told, unexpectedStatus } from '../core/action.ts'
import { actionContext } from '../core/action-context.ts'
import type { Action } from '../core/action-schema.ts'
import { BLOCK_TYPES, type BlockDocument, blockTypeById } from '../core/block.ts'
import { type BlockMessage, callOfBlock } from '../core/block-call.ts'
import {
  attempting,
  DELIVERY_ATTEMPTS_MAX,
  type Delivery,
  deadLetter,
  MESSAGE_BYTES_MAX,
  type Verdict,
  verdictOf,
} from '../core/delivery.ts'
import type { EventDraft, RelatedResource } from '../core/event.ts'
import type { Services, Workspace } from '../core/ports.ts'
import { webhookHeaders } from '../core/standard-webhook.ts'
import { TemplateError } from '../core/template/errors.ts'
import { renderText } from '../core/template/parameters.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import { accept } from './accept.ts'
import type { templateObjects } from './template-objects.ts'

/** A message that may be sent, or why there is none. */
type Prepared =
  | { outcome: ActionOutcome }
  | { document: BlockDocument; message: BlockMessage; related: RelatedResource[] }

/** What beginning a delivery takes. */
export function sending(
  {
    blocks,
    deliveries,
    scheduler,
    clock,
  }: Pick<Services, 'blocks' | 'deliveries' | 'scheduler' | 'clock'>,
  workspace: Workspace,
  objects: ReturnType<typeof templateObjects>,
) {
  async function prepare<M extends BlockMessage>(
    { automation, firing }: Told,
    { type, block_document_id: id }: Extract<Action, { block_document_id: string }>,
    {
      texts,
      isFit,
      unfit,
    }: { texts: M; isFit: (document: BlockDocument) => boolean; unfit: string },
  ): Promise<Prepared> {
    const document = (await blocks.get(workspace, id))?.value
    if (!document) return failed(404, unexpectedStatus(type, 404))
    if (!isFit(document)) return failed(null, unfit)
    const related = blockResources(document)
    const templates = Object.values(texts)
    const named = await objects.named(templates, firing)
    const rendered = render(texts, actionContext(automation, firing, named))
    if ('outcome' in rendered) return { outcome: { ...rendered.outcome, related } }
    return { document, related, message: rendered.message }
  }

  return {
    callWebhook: (told: Told, action: Extract<Action, { type: 'call-webhook' }>) =>
      prepare(told, action, {
        texts: { payload: action.payload },
        isFit: ({ block_type_id }) => block_type_id === BLOCK_TYPES.webhook.id,
        unfit: 'The referenced block was not a webhook block',
      }),

    sendNotification: (told: Told, action: Extract<Action, { type: 'send-notification' }>) =>
      prepare(told, action, {
        texts: { subject: action.subject, body: action.body },
        isFit: ({ capabilities }) => capabilities.includes('notify'),
        unfit: 'The referenced block was not a notification block',
      }),

    /** Writes a delivery down and has it woken. A second time it finds it written, and wakes it again. */
    async start(document: BlockDocument, message: BlockMessage, began: EventDraft): Promise<void> {
      const id = String(began.payload.invocation)
      const dueAt = clock.now()
      const delivery = { id, block_document_id: document.id, message, began, attempts: 0, dueAt }
      await deliveries.create(workspace, delivery)
      await scheduler.wakeAt({ kind: 'delivery', workspace, id }, dueAt)
    },
  }
}

const failed = (statusCode: number | null, reason: string): { outcome: ActionOutcome } => ({
  outcome: { statusCode, reason, related: [] },
})

function render<M extends BlockMessage>(
  texts: M,
  context: object,
): { message: M } | { outcome: ActionOutcome } {
  let source = ''
  try {
    const rendered = Object.entries(texts).map(([field, template]) => {
      source = template
      return [field, renderText(template, context)]
    })
    const message = Object.fromEntries(rendered) as M
    const bytes = Buffer.byteLength(JSON.stringify(message))
    if (bytes <= MESSAGE_BYTES_MAX) return { message }
    return failed(null, `The message has ${bytes} bytes, at most ${MESSAGE_BYTES_MAX}`)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const { outcome } = failed(null, `Template rendering failed: ${error.message}`)
    const details = { template_error: error.message, template_source: source }
    return { outcome: { ...outcome, details } }
  }
}

const blockResources = ({ id, name, block_type_id }: BlockDocument): RelatedResource[] => [
  {
    'prefect.resource.id': `prefect.block-document.${id}`,
    'prefect.resource.role': 'block',
    'prefect.resource.name': name,
  },
  {
    'prefect.resource.id': `prefect.block-type.${blockTypeById(block_type_id)?.slug}`,
    'prefect.resource.role': 'block-type',
  },
]

export type DeliverUses = Pick<
  Services,
  'blocks' | 'secrets' | 'deliveries' | 'outbound' | 'events' | 'clock'
>

/**
 * Makes one attempt at a delivery that is due; answers when to look again, or null. The attempt is counted before it is made: of
 * two wakes one makes it, and after a crash the next one comes when it is due.
 */
export function deliver(services: DeliverUses) {
  const { deliveries, clock } = services

  async function attempt(workspace: Workspace, delivery: Delivery): Promise<Verdict> {
    const document = (await services.blocks.get(workspace, delivery.block_document_id))?.value
    if (!document) return { outcome: { statusCode: null, reason: 'The block was deleted' } }
    const data = JSON.parse(await services.secrets.open(document.sealed, document.id))
    const call = callOfBlock(document.block_type_id, data, delivery.message)
    if ('fault' in call) return { outcome: { statusCode: null, reason: call.fault } }
    const { request, signingSecret } = call
    const message = { id: delivery.id, body: request.body ?? '', sentAt: clock.now() }
    const headers = { ...request.headers, ...webhookHeaders(message, signingSecret) }
    return verdictOf(await services.outbound.send({ ...request, headers }))
  }

  async function conclude(workspace: Workspace, { id }: Delivery, events: EventDraft[]) {
    await accept(services)(workspace, events)
    await deliveries.delete(workspace, id)
    return null
  }

  return async (workspace: Workspace, id: string): Promise<Micros | null> => {
    const was = await deliveries.get(workspace, id)
    if (!was) return null
    const startedAt = clock.now()
    if (was.value.dueAt > startedAt) return was.value.dueAt
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
