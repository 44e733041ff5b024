// The one socket that events leave by. Order is kept; what was not confirmed by a pong is sent
// again on the next connection, and the server knows an event by its id, so a repeated one is no
// second one (/events/in has no other confirmation).
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { MICROS_PER_SECOND } from '../core/time.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { UnreachableError } from './http.ts'

export interface EventSocket {
  /** Takes one event's JSON and returns at once. */
  send(frame: string): void
  /** Resolves when everything taken so far is confirmed, or given up. */
  flush(): Promise<void>
  /** Flushes, then closes with 1000. A later `send` opens it again. */
  close(): Promise<void>
}

/** Events kept while the server is away. Beyond it the newest are dropped, and that is said. */
const EVENTS_WAITING_MAX = 100_000
/**
 * A ping after so many events, or so many seconds, asks for a confirmation; the numbers are those
 * of Prefect's client.
 */
const EVENTS_PER_PING = 700
const PING_SECONDS = 30
/** Without a pong for so long the connection is taken for dead. */
const PONG_SECONDS_MAX = 10
/**
 * Failures in a row, without one confirmation between, after which waiting events are dropped:
 * about half a minute.
 */
const FAILURES_MAX = 8
const RECONNECT_MS_FIRST = 250
const RECONNECT_MS_MAX = 8_000
/** How long events are dropped, unasked, before a server that was not there is looked for again. */
const ABSENT_SECONDS = 30
const CLOSE_MS_MAX = 1_000
/** To the answer of the auth frame: a server may take the socket and stay silent. */
const HANDSHAKE_MS_MAX = 10_000
/** Close codes: ours, at a server that does not speak the protocol; the server's, for a wrong key. */
const CLOSE_PROTOCOL_ERROR = 1002
const CLOSE_UNAUTHENTICATED = 1008

interface World {
  config: Config
  clock: Clock
  say: (text: string) => void
}

/** An open, authenticated connection. */
interface Connection {
  socket: WebSocket
  stream: Socket
  /** Resolved, never rejected, when it is gone. */
  gone: AbortSignal
}

/** Why there is no connection. */
interface Failure {
  isForbidden: boolean
  why: string
}

export function createEventSocket({ config, clock, say }: World): EventSocket {
  const waiting: string[] = []
  /** Of `waiting`, how many went out on the present connection. */
  let sent = 0
  /** Events confirmed since the beginning; a ping carries the number its pong will confirm. */
  let confirmed = 0
  let pinged = 0
  let failures = 0
  let hasConnected = false
  let absentUntil = 0
  let connection: Connection | null = null
  let isConnecting = false
  let flushing: (() => void)[] = []

  const changed = () => new Promise<void>((resolve) => flushing.push(resolve))

  function notify() {
    for (const resolve of flushing) resolve()
    flushing = []
  }

  function giveUp(why: string) {
    say(`events are dropped: ${why}`)
    confirmed += waiting.length
    waiting.length = 0
    sent = 0
    failures = 0
    absentUntil = clock.now() + ABSENT_SECONDS * MICROS_PER_SECOND
    notify()
  }

  async function connect(): Promise<void> {
    while (waiting.length > 0) {
      if (failures > FAILURES_MAX) return giveUp(`${config.apiUrl} does not come back`)
      if (failures > 1) await clock.sleep(pauseMs(failures))
      const opened = await open(config)
      if ('socket' in opened) return use(opened)
      failures += 1
      if (!hasConnected || opened.isForbidden) return giveUp(reason(opened))
    }
  }

  const reason = ({ isForbidden, why }: Failure) =>
    isForbidden
      ? `${config.apiUrl} demands a key (${why}); set TRIPLINE_API_KEY or PREFECT_API_AUTH_STRING`
      : new UnreachableError(config.apiUrl, why).message

  function use(opened: Connection) {
    connection = opened
    hasConnected = true
    sent = 0
    pinged = confirmed
    opened.socket.on('pong', (data) => confirm(Number(data.toString())))
    opened.gone.addEventListener('abort', () => {
      connection = null
      if (waiting.length > 0) {
        failures += 1
        start()
      }
      notify()
    })
    opened.stream.unref()
    void pingNowAndThen(opened)
    transmit(opened)
    notify()
  }

  function confirm(upTo: number) {
    if (!(upTo > confirmed)) return
    waiting.splice(0, upTo - confirmed)
    sent -= upTo - confirmed
    confirmed = upTo
    failures = 0
    notify()
  }

  function transmit({ socket }: Connection) {
    for (const frame of waiting.slice(sent)) socket.send(frame)
    sent = waiting.length
    if (confirmed + sent - pinged >= EVENTS_PER_PING) ping()
  }

  function ping() {
    if (connection === null || sent === 0) return
    const { socket, gone } = connection
    pinged = confirmed + sent
    const asked = pinged
    socket.ping(String(asked))
    void clock.sleep(PONG_SECONDS_MAX * 1000, { signal: gone, background: true }).then(() => {
      if (confirmed < asked && !gone.aborted) socket.terminate()
    })
  }

  async function pingNowAndThen({ gone }: Connection) {
    while (!gone.aborted) {
      await clock.sleep(PING_SECONDS * 1000, { signal: gone, background: true })
      ping()
    }
  }

  function start() {
    if (isConnecting) return
    isConnecting = true
    void connect().then(() => {
      isConnecting = false
      if (connection === null && waiting.length > 0) start()
    })
  }

  async function flush() {
    while (waiting.length > 0) {
      connection?.stream.ref()
      if (connection !== null && pinged < confirmed + sent) ping()
      await changed()
    }
    connection?.stream.unref()
  }

  return {
    send(frame) {
      if (clock.now() < absentUntil) return
      if (waiting.length >= EVENTS_WAITING_MAX) {
        say(`events are dropped: ${EVENTS_WAITING_MAX} already wait to be sent`)
        return
      }
      waiting.push(frame)
      if (connection) transmit(connection)
      else start()
    },
    flush,
    async close() {
      await flush()
      if (connection === null) return
      const { socket, stream, gone } = connection
      stream.ref()
      socket.close(1000)
      await clock.sleep(CLOSE_MS_MAX, { signal: gone })
      socket.terminate()
    },
  }
}

const pauseMs = (failures: number) =>
  Math.min(RECONNECT_MS_FIRST * 2 ** (failures - 2), RECONNECT_MS_MAX)

/** A connection that has answered `auth_success`, or why there is none. */
function open({ apiUrl, headers, socketToken }: Config): Promise<Connection | Failure> {
  const url = `${apiUrl.replace(/^http/, 'ws')}/events/in`
  return new Promise((resolve) => {
    const gone = new AbortController()
    const socket = new WebSocket(url, ['prefect'], { headers, handshakeTimeout: HANDSHAKE_MS_MAX })
    const fail = (why: string, isForbidden = false) => resolve({ isForbidden, why })
    let stream: Socket | undefined
    socket.on('upgrade', (response) => {
      stream = response.socket
    })
    socket.on('unexpected-response', (_, { statusCode = 0 }) => {
      fail(`status ${statusCode}`, statusCode === 401 || statusCode === 403)
      socket.terminate()
    })
    socket.on('error', (error) => fail(error.message)) // and `close` follows
    const patience = setTimeout(() => socket.terminate(), HANDSHAKE_MS_MAX) // and `close` follows
    socket.on('open', () => socket.send(JSON.stringify({ type: 'auth', token: socketToken })))
    socket.once('message', (data) => {
      clearTimeout(patience)
      if (stream && isAuthSuccess(data.toString())) resolve({ socket, stream, gone: gone.signal })
      else socket.close(CLOSE_PROTOCOL_ERROR)
    })
    socket.on('close', (code) => {
      fail(`close ${code}`, code === CLOSE_UNAUTHENTICATED)
      clearTimeout(patience)
      gone.abort()
    })
  })
}

function isAuthSuccess(frame: string): boolean {
  try {
    return (JSON.parse(frame) as { type?: unknown } | null)?.type === 'auth_success'
  } catch {
    return false // not JSON, so not ours
  }
}
