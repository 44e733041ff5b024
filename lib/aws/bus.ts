// Stored events on the account's event bus, for those whose names were asked for: each costs as much as storing it twice.
import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge'
import type { Event } from '../core/event.ts'
import { isEvaluated } from '../core/match.ts'
import type { Bus, Log } from '../core/ports.ts'
import { parseInstant, toDate } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { BUS_SOURCE } from '../names.ts'

/** PutEvents: entries of one request, and bytes of all of them. */
const ENTRIES_MAX = 10
const REQUEST_BYTES_MAX = 256 * 1024
/** Bytes that EventBridge counts for the time of an entry. */
const TIME_BYTES = 14
/** Characters of a DetailType. A longer event name is cut there, and whole in the detail. */
const DETAIL_TYPE_LENGTH_MAX = 128

export interface BusOptions {
  client: EventBridgeClient
  bus: string
  /** Events whose name starts with one of these go out; `*` is all of them. */
  prefixes: string[]
  log: Log
}

/**
 * Publishes what may have consequences as `Source` tripline, with the name as `DetailType` and event and workspace as `Detail`. Events larger than a
 * request may be are logged and left out. Throws when the bus took not all of them: the batch then comes again, and
 * subscribers see some twice, under the same id.
 */
export function eventBus({ client, bus, prefixes, log }: BusOptions): Bus {
  const isWanted = (event: Event) =>
    isEvaluated(event) &&
    prefixes.some((prefix) => prefix === '*' || event.event.startsWith(prefix))

  return {
    async publish(workspace, events) {
      const entries = events.filter(isWanted).map((event) => entryOf(bus, workspace, event))
      const fitting = entries.filter((entry) => sizeOf(entry) <= REQUEST_BYTES_MAX)
      if (fitting.length < entries.length) {
        log.warn('events too large for the bus', { events: entries.length - fitting.length })
      }
      for (const Entries of requests(fitting)) {
        const { FailedEntryCount = 0 } = await client.send(new PutEventsCommand({ Entries }))
        if (FailedEntryCount > 0) throw new Error(`the bus refused ${FailedEntryCount} events`)
      }
    },
  }
}

function entryOf(bus: string, workspace: Workspace, event: Event): PutEventsRequestEntry {
  return {
    EventBusName: bus,
    Source: BUS_SOURCE,
    DetailType: event.event.slice(0, DETAIL_TYPE_LENGTH_MAX) || 'event',
    Time: toDate(parseInstant(event.occurred) ?? 0),
    Detail: JSON.stringify({ workspace, ...event }),
  }
}

const sizeOf = ({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry): number =>
  TIME_BYTES + Source.length + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail)

function requests(entries: PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const all: PutEventsRequestEntry[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const size = sizeOf(entry)
    if (bytes + size > REQUEST_BYTES_MAX || all.at(-1)?.length === ENTRIES_MAX) {
      all.push([])
      bytes = 0
    }
    all.at(-1)?.push(entry)
    bytes += size
  }
  return all
}
