// Events, append-only, one item each. The id is the key, so storing one twice fails its condition and costs nothing more.
import type { Event } from '../core/event.ts'
import type { Blobs, Clock, EventStore } from '../core/ports.ts'
import { parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { ATTRIBUTE, KIND } from '../names.ts'
import type { Item, Table } from './client.ts'
import { pack, unpack } from './pack.ts'
import { expiring, keys } from './table.ts'
import { putEachNew } from './write.ts'

/** Marks and notes are of no use once the stream has been read, a day at the latest. */
const NOTE_SECONDS = 86_400

export function eventStore(
  table: Table,
  blobs: Blobs,
  clock: Clock,
  retentionSeconds: number,
): EventStore {
  async function toItem(workspace: Workspace, event: Event, keepSeconds: number): Promise<Item> {
    const { pk } = keys.event(workspace, event.id)
    const receivedAt = parseInstant(event.received) ?? 0
    const expires = expiring(receivedAt, Math.max(retentionSeconds, keepSeconds))
    const received = keepSeconds > 0 ? { [ATTRIBUTE.received]: event.received } : {}
    return { pk, ...(await pack(event, blobs, pk)), ...received, ...expires }
  }

  return {
    async put(workspace, events, keepSeconds = 0) {
      const unique = firstOfEachId(events)
      const items = await Promise.all(unique.map((event) => toItem(workspace, event, keepSeconds)))
      const fresh = await putEachNew(table, items)
      return new Set(unique.filter((_, i) => fresh.has(i)).map((event) => event.id))
    },

    async get(workspace, id) {
      const item = await table.get(keys.event(workspace, id))
      return item ? unpack<Event>(item, blobs) : null
    },

    async receivedAt(workspace, id) {
      const received = (await table.get(keys.event(workspace, id)))?.[ATTRIBUTE.received]
      return typeof received === 'string' ? received : null
    },

    async mark(mark) {
      const name = mark.kind === 'due' ? mark.key : mark.eventId
      await table.put({
        ...keys.mark(mark.workspace, name),
        [ATTRIBUTE.kind]: KIND.mark,
        [ATTRIBUTE.data]: JSON.stringify(mark),
        ...expiring(mark.at, NOTE_SECONDS),
      })
    },

    async hold(workspace, id) {
      const note = { [ATTRIBUTE.kind]: KIND.held, ...expiring(clock.now(), NOTE_SECONDS) }
      await table.put({ ...keys.held(workspace, id), ...note })
    },

    async release(workspace, id) {
      await table.delete(keys.held(workspace, id))
    },

    async leader(workspace, id) {
      const items = await table.getMany([keys.event(workspace, id), keys.held(workspace, id)])
      const item = items.find((one) => one[ATTRIBUTE.kind] === undefined)
      if (!item) return null
      return { event: await unpack<Event>(item, blobs), isHeld: items.length > 1 }
    },
  }
}

function firstOfEachId(events: Event[]): Event[] {
  if (events.length < 2) return events
  const first = new Map<string, Event>()
  for (const event of events) if (!first.has(event.id)) first.set(event.id, event)
  return [...first.values()]
}
