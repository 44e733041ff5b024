// Entries that actions put onto EventBridge buses: that of this installation, or one that the action names and whose owner lets us.
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { BusEntry, HandedOver } from '../core/outgoing.ts'
import type { EventBuses } from '../core/ports.ts'

/** Errors of an entry that is refused however often it comes: what we may not do, and what is not there. */
const FINAL = [
  'Unconfigured',
  'CredentialsProviderError',
  'AccessDeniedException',
  'ResourceNotFoundException',
  'ValidationException',
  'NotAuthorizedForSourceException',
  'NotAuthorizedForDetailTypeException',
  'InvalidArgument',
  'MalformedDetail',
]

export interface EventBusesOptions {
  client: EventBridgeClient
  /** The bus of entries that name none. */
  bus: string
}

export const eventBuses = ({ client, bus }: EventBusesOptions): EventBuses => ({
  async put(entry) {
    try {
      const { Entries = [] } = await client.send(new PutEventsCommand(toRequest(entry, bus)))
      const [{ EventId, ErrorCode, ErrorMessage } = {}] = Entries
      if (ErrorCode !== undefined) return failedBy(ErrorCode, ErrorMessage)
      return { kind: 'taken', details: { event_id: EventId } }
    } catch (error) {
      // AWS's own, and the network's: told in the action's event, and tried again where that may help.
      const { name, message, code } = error as Error & { code?: string }
      // Without a code the SDK itself says what it lacks: a region, credentials.
      return failedBy(name === 'Error' && code === undefined ? 'Unconfigured' : name, message)
    }
  },
})

const toRequest = ({ bus, source, detailType, detail }: BusEntry, ours: string) => ({
  Entries: [{ EventBusName: bus ?? ours, Source: source, DetailType: detailType, Detail: detail }],
})

const failedBy = (name: string, message = ''): HandedOver => ({
  kind: FINAL.includes(name) ? 'refused' : 'failed',
  reason: message === '' ? name : `${name}: ${message}`,
})
