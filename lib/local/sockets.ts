// WebSockets of the local server: the transport below the event sockets of http/sockets.ts. A ping is answered by hand, for a
// pong tells Prefect's client that all it sent before is stored.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { hasSocket, type socket } from '../entries.ts'

type OpenSocket = ReturnType<typeof socket>

export interface Sockets {
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void
  /** Tells every client that the server goes away; they come again. */
  stop(): void
}

/** Bytes of one frame: Prefect's event limit of 1.5 MB, and what JSON adds. */
const FRAME_BYTES_MAX = 2 * 1024 * 1024
/** Bytes waiting for a subscriber that does not read; then it is cut off, and gets what it missed when it comes again. */
const UNSENT_BYTES_MAX = 16 * 1024 * 1024
/** RFC 6455 §7.4.1 */
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013

/** A path that has no socket answers 404 in the place of the upgrade. */
export function startSockets(openSocket: OpenSocket): Sockets {
  const server = new WebSocketServer({
    noServer: true,
    autoPong: false,
    maxPayload: FRAME_BYTES_MAX,
    handleProtocols: (offered) => (offered.has('prefect') ? 'prefect' : false),
  })

  function connect(ws: WebSocket, request: IncomingMessage): void {
    const { headers, socket } = request
    const connection = {
      send(frame: object) {
        if (ws.bufferedAmount > UNSENT_BYTES_MAX) ws.close(TRY_AGAIN_LATER, 'reading too slowly')
        else ws.send(JSON.stringify(frame))
      },
      close: (code: number, reason: string) => ws.close(code, reason),
    }
    const opened = openSocket(pathOf(request), connection, {
      header: (name) => headers[name]?.toString(),
      address: socket.remoteAddress ?? 'unknown',
    })
    if (!opened) {
      ws.terminate()
      return
    }
    ws.on('message', (data) => opened.frame(data.toString()))
    ws.on('ping', async (data) => {
      await opened.settled()
      if (ws.readyState === ws.OPEN) ws.pong(data)
    })
    ws.on('close', () => opened.closed())
    ws.on('error', () => ws.terminate()) // a broken frame or connection; `close` follows
  }

  return {
    upgrade(request, stream, head) {
      if (!hasSocket(pathOf(request))) {
        refuseUpgrade(stream, '404 Not Found')
        return
      }
      server.handleUpgrade(request, stream, head, (ws) => connect(ws, request))
    },
    stop() {
      for (const ws of server.clients) ws.close(GOING_AWAY, 'server is stopping')
      server.close()
    },
  }
}

/** Answers in the place of an upgrade and ends the connection, which has no timeouts any more: its caller may never do so. */
export function refuseUpgrade(stream: Duplex, status: string): void {
  stream.once('finish', () => stream.destroy())
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

const pathOf = (request: IncomingMessage) => (request.url ?? '/').split('?')[0] ?? '/'
