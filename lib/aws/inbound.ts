// What the arrivals queue brings: frames of sockets, and events of EventBridge, which become ours. The envelope's id makes our id, so that a second delivery by the rule or the queue is the same
// event; names that are Prefect's own cannot be forged this way.
import type { EventBridgeEvent, SQSRecord } from 'aws-lambda'
import { eventOfBus } from '../core/bus-event.ts'
import { Refusal } from '../core/errors.ts'
import { type EventDraft, parseEvent, RELATED_RESOURCES_MAX } from '../core/event.ts'
import { uuidv5 } from '../core/ids.ts'
import type { Log } from '../core/ports.ts'
import { DEFAULT_WORKSPACE, type Workspace } from '../core/workspace.ts'
import { SOCKET } from '../names.ts'

type Envelope = EventBridgeEvent<string, unknown>

/** The namespace of ids made of an envelope's id. */
const BUS_EVENT = '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6b01'

/**
 * The event that an envelope of the bus is.
 * @throws Refusal when it makes no valid event, or one of Prefect's own
 */
export function ofEnvelope({ id, source, time, ...envelope }: Envelope): EventDraft {
  const draft = eventOfBus({
    id: uuidv5(id, BUS_EVENT),
    source,
    detailType: envelope['detail-type'],
    time,
    resources: envelope.resources.slice(0, RELATED_RESOURCES_MAX),
    detail: envelope.detail,
  })
  return parseEvent(draft)
}

export interface Arrivals {
  accept(workspace: Workspace, drafts: EventDraft[]): Promise<unknown>
  /** A frame of a socket, by its connection. */
  acceptFrame(connectionId: string, text: string): Promise<void>
  log: Log
}

/** What is done with a message of the arrivals queue. One that is no event is logged and dropped: it would never become one. */
export const takeArrival =
  ({ accept, acceptFrame, log }: Arrivals) =>
  async ({ body, messageAttributes }: Pick<SQSRecord, 'body' | 'messageAttributes'>) => {
    const connectionId = messageAttributes[SOCKET.frame]?.stringValue
    if (connectionId !== undefined) return acceptFrame(connectionId, body)
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
