// Live events as an async iterator, over /events/out. A connection that breaks is made anew and
// asked for what came meanwhile, so a loop sees every event, and each id once.
import { WebSocket } from 'ws'
import type { Event } from '../core/event.ts'
import { formatInstant, MICROS_PER_SECOND } from '../core/time.ts'
import { UnreachableError } from './http.ts'
import { type Runtime, runtime } from './runtime.ts'
import type { Filter } from './wire.ts'

export interface SubscribeOptions {
  /** Ends the loop. */
  signal?: AbortSignal
  /** Stored events that pass the filter first, oldest first. @default false */
  backfill?: boolean
}

const HANDSHAKE_MS_MAX = 10_000
const RECONNECT_MS_FIRST = 250
const RECONNECT_MS_MAX = 8_000
/** Connections that fail one after the other before the loop throws. */
const FAILURES_MAX = 8
/** Ids remembered, so that what a new connection repeats is left out. */
const IDS_KEPT = 10_000
/** How far before the last event a new connection asks: they do not arrive as they happen. */
const OVERLAP_SECONDS = 60
const CLOSE_UNAUTHENTICATED = 1008

/**
 * Events that pass the filter (Prefect's EventFilter; none passes all), from now on and without an
 * end: `for await (const event of subscribe({ event: { prefix: ['order.'] } }))`.
 * @throws UnreachableError when there is no server, or it stays away for half a minute
 */
export async function* subscribe(
  filter: Filter = {},
  { signal, backfill = false }: SubscribeOptions = {},
): AsyncGenerator<Event, void> {
  yield* subscribeAt(runtime(), filter, { backfill, ...(signal && { signal }) })
}

/** The same, at a runtime's API. */
export async function* subscribeAt(
  { config, clock }: Pick<Runtime, 'config' | 'clock'>,
  filter: Filter,
  { signal, backfill = false }: SubscribeOptions,
): AsyncGenerator<Event, void> {
  const seen = new Set<string>()
  const began = clock.now()
  let lastSeen = began
  let hasConnected = false
  let failures = 0
  while (!signal?.aborted) {
    const since = formatInstant(Math.max(began, lastSeen - OVERLAP_SECONDS * MICROS_PER_SECOND))
    const asked = hasConnected
      ? { ...filter, occurred: { ...(filter.occurred ?? {}), since } }
      : filter
    const connection = connectOut(config, asked, backfill || hasConnected, signal)
    for await (const event of connection.events) {
      lastSeen = clock.now()
      if (seen.has(event.id)) continue
      remember(seen, event.id)
      yield event
    }
    if (signal?.aborted) return
    const { code, hasOpened } = connection.end()
    if (code === CLOSE_UNAUTHENTICATED) {
      throw new Error(`${config.apiUrl} demands a key; set TRIPLINE_API_KEY`)
    }
    failures = hasOpened ? 1 : failures + 1
    hasConnected ||= hasOpened
    if (!hasConnected || failures > FAILURES_MAX) {
      throw new UnreachableError(config.apiUrl, `close ${code}`)
    }
    const pause = Math.min(RECONNECT_MS_FIRST * 2 ** (failures - 1), RECONNECT_MS_MAX)
    await clock.sleep(pause, { signal })
  }
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id)
  if (seen.size <= IDS_KEPT) return
  for (const oldest of seen) {
    seen.delete(oldest)
    return
  }
}

interface Connection {
  events: AsyncGenerator<Event, void>
  /** How it ended: known when the events have. */
  end(): { code: number; hasOpened: boolean }
}

function connectOut(
  { apiUrl, headers, socketToken }: Runtime['config'],
  filter: Filter,
  backfill: boolean,
  signal: AbortSignal | undefined,
): Connection {
  const url = `${apiUrl.replace(/^http/, 'ws')}/events/out`
  const socket = new WebSocket(url, ['prefect'], { headers, handshakeTimeout: HANDSHAKE_MS_MAX })
  const arrived: Event[] = []
  let isClosed = false
  let hasOpened = false
  let code = 0
  let wake = () => {}
  socket.on('open', () => socket.send(JSON.stringify({ type: 'auth', token: socketToken })))
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString()) as { type?: string; event?: Event }
    if (frame.type === 'auth_success') {
      hasOpened = true
      socket.send(JSON.stringify({ type: 'filter', filter, backfill }))
    }
    if (frame.type === 'event' && frame.event) arrived.push(frame.event)
    wake()
  })
  socket.on('error', () => {}) // and `close` follows
  socket.on('close', (closeCode) => {
    isClosed = true
    code = closeCode
    wake()
  })
  const stop = () => socket.terminate()
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()

  async function* events(): AsyncGenerator<Event, void> {
    try {
      while (!isClosed || arrived.length > 0) {
        const event = arrived.shift()
        if (event) yield event
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      socket.terminate()
    }
  }
  return { events: events(), end: () => ({ code, hasOpened }) }
}
