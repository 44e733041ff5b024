// Events of EventBridge as ours. The envelope's id makes our id, so that a second delivery by the rule or the queue is the same
// event; names that are Prefect's own cannot be forged this way.
import type { EventBridgeEvent, SQSRecord } from 'aws-lambda'
import { Refusal } from '../core/errors.ts'
import { type EventDraft, parseEvent, RELATED_RESOURCES_MAX } from '../core/event.ts'
import { uuidv5 } from '../core/ids.ts'
import { DEFAULT_WORKSPACE, type Log, type Workspace } from '../core/ports.ts'

type Envelope = EventBridgeEvent<string, unknown>

/** The namespace of ids made of an envelope's id. */
const BUS_EVENT = '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6b01'
const RESERVED = 'prefect.'

/**
 * `Object Created` of `aws.s3` is `aws.s3.object-created`. The resource is the first one the envelope names, or the source in
 * its account; the others are related, in the role `resource`; the detail is the payload.
 * @throws Refusal for an envelope that makes no event, or one of Prefect's own
 */
export function ofEnvelope(envelope: Envelope): EventDraft {
  const { source, account, region, time, detail, 'detail-type': type } = envelope
  const event = `${source}.${type.trim().toLowerCase().replaceAll(/\s+/g, '-')}`
  if (event.startsWith(RESERVED)) {
    throw new Refusal(422, `the bus may not mint ${RESERVED}* events: ${event}`)
  }
  const [first = `${source}.${account}`, ...others] = envelope.resources
  return parseEvent({
    id: uuidv5(envelope.id, BUS_EVENT),
    occurred: time,
    event,
    resource: { 'prefect.resource.id': first, 'aws.account': account, 'aws.region': region },
    related: others.slice(0, RELATED_RESOURCES_MAX).map((id) => ({
      'prefect.resource.id': id,
      'prefect.resource.role': 'resource',
    })),
    payload: isObject(detail) ? detail : { detail },
  })
}

/** What is done with a message of the arrivals queue. One that is no event is logged and dropped: it would never become one. */
export const takeArrival =
  (accept: (workspace: Workspace, drafts: EventDraft[]) => Promise<unknown>, log: Log) =>
  async ({ body }: Pick<SQSRecord, 'body'>): Promise<void> => {
    const draft = draftOf(JSON.parse(body) as Envelope, log)
    if (draft) await accept(DEFAULT_WORKSPACE, [draft])
  }

function draftOf(envelope: Envelope, log: Log): EventDraft | null {
  try {
    return ofEnvelope(envelope)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    log.warn('an event of the bus was refused', { id: envelope.id, why: error.message })
    return null
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
