// The event sockets, without their transport: /events/in takes events, /events/out sends them (Prefect: server/api/events.py).
// A pong is Prefect's only confirmation, so it is sent after everything received before the ping is durable.
import { Refusal } from '../core/errors.ts'
import type { Event, EventDraft } from '../core/event.ts'
import { parseEventFilter } from '../core/filter.ts'
import { compileLive } from '../core/live-filter.ts'
import type { Services } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'
import { accept } from '../steps/accept.ts'
import type { FeedReader } from '../steps/feed.ts'
import { ANONYMOUS, type Connection, type Socket, type Upgrade } from './connection.ts'
import { type Gate, openGate } from './gate.ts'
import { logsOut } from './log-socket.ts'
import { admitted, SOCKET_SCOPE } from './socket-admission.ts'
import { CLOSE, isTyped, logSocketAt, readEvent, readFrame, socketAt } from './socket-frames.ts'

/** Hears of every event stored from now on, until the answered function is called. */
export type Subscribe = (workspace: Workspace, hear: (events: Event[]) => void) => () => void

/** A socket for a path of the API, or null when there is none of that path. */
export type OpenSocket = (path: string, connection: Connection, upgrade?: Upgrade) => Socket | null

/** The sockets of a process, by path: of the caller's workspace, or of the one that the path names. */
export const eventSockets =
  (
    services: Pick<Services, 'events' | 'feed' | 'logs' | 'clock' | 'log'>,
    readFeed: FeedReader,
    subscribe: Subscribe,
    gate: Gate = openGate,
  ): OpenSocket =>
  (path, connection, upgrade = ANONYMOUS) => {
    const logs = logSocketAt(path)
    if (logs) {
      const asked = { ...logs, needed: SOCKET_SCOPE.out }
      return admitted({ ...services, gate }, asked, upgrade, connection, (own, to) =>
        logsOut(services, own, to),
      )
    }
    const place = socketAt(path)
    if (!place) return null
    const { workspace, direction } = place
    const asked = { workspace, needed: SOCKET_SCOPE[direction] }
    return admitted({ ...services, gate }, asked, upgrade, connection, (own, to) =>
      direction === 'in'
        ? eventsIn(services, own, to)
        : eventsOut(services, readFeed, subscribe, own, to),
    )
  }

/** Events stored by one write while more arrive. */
const BATCH_EVENTS_MAX = 100

/**
 * /events/in: one event per frame, in order and without an answer. An event that is none is logged and
 * dropped: the client would send it again for ever.
 */
function eventsIn(
  services: Pick<Services, 'events' | 'clock' | 'log'>,
  workspace: Workspace,
  connection: Connection,
): Socket {
  const store = accept(services)
  const waiting: EventDraft[] = []
  let storing: Promise<void> = Promise.resolve()

  async function storeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_EVENTS_MAX)
      await store(workspace, batch)
      waiting.splice(0, batch.length)
    }
  }

  /** One writer at a time keeps the order; frames that arrive meanwhile go into its next batch. */
  function enqueue(draft: EventDraft): void {
    waiting.push(draft)
    if (waiting.length > 1) return
    storing = storeWaiting().catch((error) => {
      services.log.error('events of a socket could not be stored', { error: String(error) })
      connection.close(CLOSE.transient, 'events could not be stored')
    })
  }

  return {
    frame(text) {
      const draft = readEvent(readFrame(text, services.log), text.length, services.log)
      if (draft) enqueue(draft)
    },
    settled: () => storing,
    closed() {},
  }
}

/** Stored events sent before live ones: at most this many, newest kept (Prefect: 15 minutes, pages of 250). */
const BACKFILL_EVENTS_MAX = 10_000

/**
 * /events/out: a filter; stored events that pass it, oldest first, then live ones, each id once. What is
 * stored while the backfill is read waits for its end.
 */
function eventsOut(
  services: Pick<Services, 'feed' | 'clock' | 'log'>,
  readFeed: FeedReader,
  subscribe: Subscribe,
  workspace: Workspace,
  connection: Connection,
): Socket {
  let unsubscribe = () => {}
  let settled: Promise<void> = Promise.resolve()

  async function start(frame: { filter?: unknown; backfill?: unknown }): Promise<void> {
    const filter = parseEventFilter(frame.filter ?? {}, services.clock.now())
    const passes = compileLive(filter)
    const sent = new Set<string>()
    let held: Event[] | null = []
    const send = (event: Event) => {
      if (sent.has(event.id)) return
      connection.send({ type: 'event', event })
      remember(sent, event.id)
    }
    unsubscribe = subscribe(workspace, (events) => {
      const passing = events.filter(passes)
      if (held) held.push(...passing)
      else passing.forEach(send)
    })
    if (frame.backfill !== false) {
      const index = await readFeed(workspace)
      index.backfill(filter, BACKFILL_EVENTS_MAX).forEach(send)
    }
    held.forEach(send)
    held = null
  }

  return {
    frame(text) {
      const value = readFrame(text, services.log)
      if (!isTyped(value, 'filter')) {
        connection.close(CLOSE.protocol, 'expected {"type": "filter"}')
        return
      }
      unsubscribe()
      settled = start(value).catch((error) => {
        const isTheirs = error instanceof Refusal
        if (!isTheirs) services.log.error('a subscription failed', { error: String(error) })
        connection.close(
          isTheirs ? CLOSE.protocol : CLOSE.transient,
          isTheirs ? error.message : 'try again',
        )
      })
    },
    settled: () => settled,
    closed: () => unsubscribe(),
  }
}

/** Ids a subscription remembers as sent: the bus repeats itself within seconds, not hours. */
const SENT_IDS_MAX = 2 * BACKFILL_EVENTS_MAX

function remember(sent: Set<string>, id: string): void {
  sent.add(id)
  if (sent.size <= SENT_IDS_MAX) return
  for (const oldest of sent) {
    sent.delete(oldest)
    return
  }
}
