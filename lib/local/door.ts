// The one door of the process: HTTP and WebSockets on a port, with the guard before them. What is behind it is not known here.
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Refusal } from '../core/errors.ts'
import { CLOCK_HEADER } from '../core/time.ts'
import type { socket } from '../entries.ts'
import type { MovableClock } from './clock.ts'
import { refusalOf } from './guard.ts'
import { refuseUpgrade, startSockets } from './sockets.ts'
import { within } from './within.ts'

/** Who answers. */
export interface Behind {
  /** `address` is the caller's. */
  fetch(request: Request, bindings: { address: string }): Response | Promise<Response>
  openSocket: ReturnType<typeof socket>
}

/** Time that requests get to end before they are left; they come again. */
const REQUESTS_MS_MAX = 1_000

interface Door {
  host: string
  port: number
  demandsKeys: boolean
  clock: MovableClock
}

/** Resolves when requests are answered. @throws Refusal when the port is taken, or the host is none of this machine's */
export async function openDoor(behind: Behind, door: Door) {
  const { host, port, demandsKeys } = door
  const server = createAdaptorServer({ fetch: guarded(behind, door) }) as Server
  const sockets = startSockets(behind.openSocket)
  server.on('upgrade', (request: IncomingMessage, stream, head) => {
    stream.on('error', () => stream.destroy()) // the client has gone
    const { origin, host: to } = request.headers
    const path = request.url ?? '/'
    const asked = { method: 'GET', path, host: to, origin, isUpgrade: true, demandsKeys }
    const refusal = refusalOf(asked)
    if (refusal === null) sockets.upgrade(request, stream, head)
    else refuseUpgrade(stream, '403 Forbidden')
  })
  server.listen(port, host)
  await listening(server, port)
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://${nameOf(host)}:${bound}`,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      sockets.stop()
      server.closeIdleConnections()
      await within(REQUESTS_MS_MAX, closed, () => server.closeAllConnections())
    },
  }
}

/** How this machine calls a server that listens on an address; those for all addresses are no address to call. */
export function nameOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

/** The part of the adaptor's bindings that says who calls. */
interface Called {
  incoming?: { socket: { remoteAddress?: string | undefined } }
}

const guarded =
  (behind: Behind, { demandsKeys, clock }: Door) =>
  async (request: Request, { incoming }: Called) => {
    void request.body // from here on the adaptor knows when it breaks off; asked for later, it would seem to have ended
    const refusal = refusalOf({
      method: request.method,
      path: new URL(request.url).pathname,
      host: request.headers.get('host') ?? undefined,
      origin: request.headers.get('origin') ?? undefined,
      isUpgrade: false,
      demandsKeys,
    })
    if (refusal !== null) return Response.json({ detail: refusal }, { status: 403 })
    const address = incoming?.socket.remoteAddress ?? 'unknown'
    const answer = await behind.fetch(request, { address })
    if (clock.ahead() > 0) answer.headers.set(CLOCK_HEADER, String(clock.ahead()))
    return answer
  }

async function listening(server: Server, port: number): Promise<void> {
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new Refusal(409, 'the --host is no address of this machine; 0.0.0.0 stands for all')
    }
    if (code !== 'EADDRINUSE') throw error
    throw new Refusal(
      409,
      `port ${port} is taken; stop what uses it, or choose another with --port`,
    )
  }
}
