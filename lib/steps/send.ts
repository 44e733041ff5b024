// Sending: an action's message is rendered, written down as a delivery, and had woken. Nobody is called here, so that a slow receiver
// keeps no other firing waiting; deliver.ts does that, when the wake comes.
import { type ActionOutcome, type Told, unexpectedStatus } from '../core/action.ts'
import { actionContext } from '../core/action-context.ts'
import type { Action } from '../core/action-schema.ts'
import { BLOCK_TYPES, type BlockDocument, blockTypeById } from '../core/block.ts'
import type { BlockMessage } from '../core/block-call.ts'
import { MESSAGE_BYTES_MAX, type Parcel } from '../core/delivery.ts'
import type { EventDraft, RelatedResource } from '../core/event.ts'
import type { Services } from '../core/ports.ts'
import { renderEntry } from '../core/put-event.ts'
import { python } from '../core/python-repr.ts'
import {
  NOTICE_PAYLOAD,
  NOTICE_SUBJECT,
  NOTICE_TEXT,
  REVIEW_NOTICE,
  type Review,
} from '../core/review.ts'
import { PYTHON_NAME, TemplateError } from '../core/template/errors.ts'
import { renderText } from '../core/template/parameters.ts'
import type { Stopwatch } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import type { templateObjects } from './template-objects.ts'

/** A message that may be sent, or why there is none. */
type Prepared = { outcome: ActionOutcome } | { parcel: Parcel; related: RelatedResource[] }

/** The templates of a message, which depend on the block that carries it: null for one that cannot. */
interface Wording<M> {
  textsFor: (document: BlockDocument) => M | null
  unfit: string
  /** What templates may name beside what every action's may. */
  more?: object
}

const isWebhook = ({ block_type_id }: BlockDocument): boolean =>
  block_type_id === BLOCK_TYPES.webhook.id

const notifies = ({ capabilities }: BlockDocument): boolean => capabilities.includes('notify')

/** Messages of a workspace's actions. */
export function sending(
  services: Pick<Services, 'blocks' | 'deliveries' | 'scheduler' | 'clock' | 'stopwatch'>,
  workspace: Workspace,
  objects: ReturnType<typeof templateObjects>,
) {
  const { blocks, deliveries, scheduler, clock, stopwatch } = services

  async function prepare<M extends BlockMessage>(
    { automation, firing }: Told,
    { type, block_document_id: id }: { type: string; block_document_id: string },
    { textsFor, unfit, more }: Wording<M>,
  ): Promise<Prepared> {
    const document = (await blocks.get(workspace, id))?.value
    if (!document) return failed(404, unexpectedStatus(type, 404))
    const texts = textsFor(document)
    if (texts === null) return failed(null, unfit)
    const related = blockResources(document)
    const templates = Object.values(texts)
    const named = { ...(await objects.named(templates, firing)), ...more }
    const rendered = render(texts, actionContext(automation, firing, named), stopwatch)
    if ('outcome' in rendered) return { outcome: { ...rendered.outcome, related } }
    return { parcel: { block_document_id: document.id, message: rendered.message }, related }
  }

  return {
    callWebhook: (told: Told, action: Extract<Action, { type: 'call-webhook' }>) =>
      prepare(told, action, {
        textsFor: (document) => (isWebhook(document) ? { payload: action.payload } : null),
        unfit: 'The referenced block was not a webhook block',
      }),

    sendNotification: (told: Told, action: Extract<Action, { type: 'send-notification' }>) =>
      prepare(told, action, {
        textsFor: (document) =>
          notifies(document) ? { subject: action.subject, body: action.body } : null,
        unfit: 'The referenced block was not a notification block',
      }),

    /** Asks about a run that waits, through a block of either kind; `more` is what its templates know beside the firing. */
    reviewNotice: (told: Told, { block_document_id, subject, body }: Review, more: object) =>
      prepare<BlockMessage>(
        told,
        { type: REVIEW_NOTICE, block_document_id },
        {
          textsFor(document) {
            if (isWebhook(document)) return { payload: body ?? NOTICE_PAYLOAD }
            if (!notifies(document)) return null
            return { subject: subject ?? NOTICE_SUBJECT, body: body ?? NOTICE_TEXT }
          },
          unfit: 'The referenced block was neither a webhook block nor a notification block',
          more,
        },
      ),

    async putEvent(
      { automation, firing }: Told,
      action: Extract<Action, { type: 'put-event' }>,
    ): Promise<Prepared> {
      const templates = [action.detail_type, JSON.stringify(action.detail)]
      const context = actionContext(automation, firing, await objects.named(templates, firing))
      const variables = await objects.variables()
      const rendered = renderEntry(action, context, { variables, now: stopwatch })
      if ('reason' in rendered) return failed(null, rendered.reason)
      return { parcel: rendered, related: [] }
    },

    /** Writes a delivery down and has it woken. A second time it finds it written, and wakes it again. */
    async start(parcel: Parcel, began: EventDraft): Promise<void> {
      const id = String(began.payload.invocation)
      const dueAt = clock.now()
      await deliveries.create(workspace, { id, ...parcel, began, attempts: 0, dueAt })
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
  stopwatch: Stopwatch,
): { message: M } | { outcome: ActionOutcome } {
  let source = ''
  try {
    const rendered = Object.entries(texts).map(([field, template]) => {
      source = template
      return [field, renderText(template, context, { now: stopwatch })]
    })
    const message = Object.fromEntries(rendered) as M
    const bytes = Buffer.byteLength(JSON.stringify(message))
    if (bytes <= MESSAGE_BYTES_MAX) return { message }
    return failed(null, `The message has ${bytes} bytes, at most ${MESSAGE_BYTES_MAX}`)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const shown = `${PYTHON_NAME[error.kind]}(${python(error.message)})`
    const { outcome } = failed(null, `Template rendering failed: ${shown}`)
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
