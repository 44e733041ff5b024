// Frames of the event sockets, and the paths they come by: what a socket of this process (sockets.ts) and one that API Gateway keeps
// (gateway-sockets.ts) read alike.
import { Refusal } from '../core/errors.ts'
import { type EventDraft, parseEvent } from '../core/event.ts'
import type { Log } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'
import { parseJson } from './body.ts'

const SOCKET_PATH =
  /^\/api(?:\/accounts\/[^/]+\/workspaces\/([0-9a-f-]{36}))?\/events\/(in|out)\/?$/i

/** Which socket is at a path: of the workspace that the path names, or of the caller's own. Null when there is none. */
export function socketAt(
  path: string,
): { workspace: Workspace | null; direction: 'in' | 'out' } | null {
  const [, workspace, direction] = SOCKET_PATH.exec(path) ?? []
  if (direction === undefined) return null
  return {
    workspace: workspace?.toLowerCase() ?? null,
    direction: direction.toLowerCase() as 'in' | 'out',
  }
}

const LOGS_PATH = /^\/api(?:\/accounts\/[^/]+\/workspaces\/([0-9a-f-]{36}))?\/logs\/out\/?$/i

/** The socket of log lines at a path, as `socketAt` those of events. */
export function logSocketAt(path: string): { workspace: Workspace | null } | null {
  const found = LOGS_PATH.exec(path)
  return found && { workspace: found[1]?.toLowerCase() ?? null }
}

/** Whether there is a socket at a path. Prefect's worker takes a 404 for an answer, and does without its channel. */
export const hasSocket = (path: string): boolean =>
  socketAt(path) !== null || logSocketAt(path) !== null

/** WebSocket close codes, as Prefect's client reads them (RFC 6455 §7.4). */
export const CLOSE = { protocol: 1002, policy: 1008, transient: 1011 } as const

/** The JSON of a frame; null when it is none, which no socket can do anything with. */
export function readFrame(text: string, log: Log): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    log.warn('a frame is no JSON', { why: error.message })
    return null
  }
}

/** The event of a frame; null when it is none: the client would send it again for ever if it were told. */
export function readEvent(value: unknown, bytes: number, log: Log): EventDraft | null {
  try {
    return parseEvent(value, bytes)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    log.warn('a frame is no event', { why: error.message })
    return null
  }
}

/** Whether a frame says that it is of this type: only events say nothing. */
export const isTyped = (value: unknown, type: string): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && (value as { type?: unknown }).type === type
