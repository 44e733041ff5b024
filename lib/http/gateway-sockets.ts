// The event sockets whose transport is API Gateway: each frame is a call of its own, so what sockets.ts keeps in memory is stored
// between them. Frames that are events come by a queue, for a pong is the gateway's there and says nothing of us.
import { credentialOf, credentialOfToken } from '../core/api-key.ts'
import type { SocketConnection } from '../core/connection.ts'
import { Refusal } from '../core/errors.ts'
import { parseEventFilter } from '../core/filter.ts'
import type { Gateway, Services } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'
import { accept } from '../steps/accept.ts'
import type { FeedReader } from '../steps/feed.ts'
import { type Gate, workspaceFor } from './gate.ts'
import { isTyped, readEvent, readFrame, socketAt } from './socket-frames.ts'

/** What API Gateway tells of a connection as it begins. */
export interface Beginning {
  path: string
  /** Prefect's client shows its key in a header instead of a frame when it talks to Prefect Cloud's address. */
  authorization: string | undefined
  address: string
}

export interface GatewaySockets {
  /** @throws Refusal 404 when there is no socket at the path, 401 when its key opens nothing */
  connect(connectionId: string, beginning: Beginning): Promise<void>
  /** A frame with a `type`; those without are taken from their queue. */
  frame(connectionId: string, text: string, address: string): Promise<void>
  disconnect(connectionId: string): Promise<void>
}

/** Stored events sent before live ones: as many as are sent within the 29 seconds that API Gateway waits, newest kept. */
export const BACKFILL_EVENTS_MAX = 1_000

/**
 * What is done with the calls of API Gateway. A subscription is stored before the backfill is read, so no event is left out; one
 * stored meanwhile may come twice, under the same id.
 */
export function gatewaySockets(
  { connections, clock, log }: Pick<Services, 'connections' | 'clock' | 'log'>,
  gateway: Gateway,
  readFeed: FeedReader,
  gate: Gate,
): GatewaySockets {
  /** The workspace that a key opens for this connection. */
  async function admit(
    { asked, direction }: Pick<SocketConnection, 'asked' | 'direction'>,
    credential: string | null,
    address: string,
  ): Promise<Workspace> {
    const caller = await gate.enter({ credentials: [credential], address })
    return workspaceFor(caller, asked, direction === 'in' ? 'ingest' : 'read')
  }

  async function greet(
    connection: SocketConnection,
    frame: Record<string, unknown>,
    address: string,
  ) {
    const credential = credentialOfToken(frame.token)
    // Who showed a key in the upgrade, in a header of their own, has an empty token.
    const isKnown = credential === null && connection.admitted !== null
    const admitted = isKnown ? connection.admitted : await admit(connection, credential, address)
    // Before the answer: frames that follow it are let in by what is stored.
    await connections.put({ ...connection, admitted })
    await gateway.send(connection.id, { type: 'auth_success' })
  }

  async function follow({ id, direction, admitted }: SocketConnection, frame: unknown) {
    if (admitted === null) throw new Refusal(401, 'the first frame must be {"type": "auth"}')
    if (direction === 'in') return
    if (!isTyped(frame, 'filter')) throw new Refusal(400, 'expected {"type": "filter"}')
    await subscribe(id, admitted, frame)
  }

  async function subscribe(
    connectionId: string,
    workspace: Workspace,
    frame: Record<string, unknown>,
  ): Promise<void> {
    const filter = parseEventFilter(frame.filter ?? {}, clock.now())
    await connections.subscribe(workspace, { connectionId, filter })
    if (frame.backfill === false) return
    const index = await readFeed(workspace)
    for (const event of index.backfill(filter, BACKFILL_EVENTS_MAX)) {
      if ((await gateway.send(connectionId, { type: 'event', event })) === 'gone') return
    }
  }

  return {
    async connect(connectionId, { path, authorization, address }) {
      const place = socketAt(path)
      if (!place) throw new Refusal(404, 'Not Found')
      const { direction, workspace: asked } = place
      const credential = credentialOf(authorization)
      const admitted =
        credential === null ? null : await admit({ asked, direction }, credential, address)
      await connections.put({ id: connectionId, direction, asked, admitted })
    },

    async frame(connectionId, text, address) {
      const connection = await connections.get(connectionId)
      if (!connection) return
      const frame = readFrame(text, log)
      try {
        if (isTyped(frame, 'auth')) await greet(connection, frame, address)
        else await follow(connection, frame)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        log.warn('a socket was closed', { why: error.message })
        await gateway.close(connectionId)
      }
    },

    async disconnect(connectionId) {
      const connection = await connections.get(connectionId)
      if (connection?.direction !== 'out' || connection.admitted === null) return
      await connections.unsubscribe(connection.admitted, connectionId)
    },
  }
}

/**
 * What is done with a queued frame: it is an event, if its connection was admitted to send some. Anything else is dropped, for it
 * would never become one. A connection that has closed since is remembered for as long as a frame may wait.
 */
export function takeFrame({
  connections,
  ...services
}: Pick<Services, 'connections' | 'events' | 'clock' | 'log'>) {
  const store = accept(services)
  const workspaceOf = remembering(async (connectionId: string) => {
    const connection = await connections.get(connectionId)
    return connection?.direction === 'in' ? connection.admitted : null
  })

  return async (connectionId: string, text: string): Promise<void> => {
    const workspace = await workspaceOf(connectionId)
    if (workspace === null) {
      services.log.warn('a frame of nobody who was let in', { connection: connectionId })
      return
    }
    const draft = readEvent(readFrame(text, services.log), text.length, services.log)
    if (draft) await store(workspace, [draft])
  }
}

/** Connections remembered by a warm process. Beyond it everything is forgotten: each then costs one read. */
const CONNECTIONS_MAX = 1_000

/** Who was let in stays so; who was not is looked up again. */
function remembering(find: (connectionId: string) => Promise<Workspace | null>) {
  const known = new Map<string, Workspace>()
  return async (connectionId: string): Promise<Workspace | null> => {
    const before = known.get(connectionId)
    if (before !== undefined) return before
    const workspace = await find(connectionId)
    if (known.size >= CONNECTIONS_MAX) known.clear()
    if (workspace !== null) known.set(connectionId, workspace)
    return workspace
  }
}
