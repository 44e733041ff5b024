// Who may use a socket. Prefect's clients say it in four ways: not at all; by Basic in the upgrade and `user:KEY` in the first frame;
// in the first frame alone; by Bearer in the upgrade with no such frame at all (Prefect Cloud's). The console says it by its session's
// cookie. Whoever is refused is closed 1008.
import { credentialOf, credentialOfToken, type Scope } from '../core/api-key.ts'
import { Refusal } from '../core/errors.ts'
import type { Services } from '../core/ports.ts'
import { MICROS_PER_SECOND } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import type { Connection, Socket, Upgrade } from './connection.ts'
import { type Gate, type Visitor, workspaceFor } from './gate.ts'
import { sessionCredential } from './session-gate.ts'
import { CLOSE, isTyped, readFrame } from './socket-frames.ts'

/** The scope that each kind of socket needs. */
export const SOCKET_SCOPE = {
  in: 'ingest',
  out: 'read',
} as const satisfies Record<string, Scope>

/** What a socket's path asks for: the workspace it names, or none, and what is to be done there. */
export interface Asked {
  workspace: Workspace | null
  needed: Scope
}

/** Those who have not said who they are by then are closed: an open socket costs something. */
const AUTH_MS_MAX = 30_000
/** How long a socket goes on after its key was revoked, at most, once it carries something again. */
export const SOCKET_TRUSTED_SECONDS = 60

/** The workspace that a visitor's socket is of. @throws Refusal 401, 403, 404 or 429 */
async function enterSocket(gate: Gate, visitor: Visitor, asked: Asked): Promise<Workspace> {
  return workspaceFor(await gate.enter(visitor), asked.workspace, asked.needed)
}

/** The credentials of an upgrade's headers: what a request has, a socket may have. */
const upgradeCredentials = ({ header }: Upgrade): (string | null)[] => [
  credentialOf(header('authorization')),
  header('x-tripline-key') ?? null,
]

/** The credential of a first frame. */
const frameCredential = (frame: unknown): string | null =>
  isTyped(frame, 'auth') ? credentialOfToken(frame.token) : null

/**
 * A socket that is opened when its gate lets somebody in. Frames that come meanwhile wait, in order. The first frame that says who is
 * there is answered here; `open` sees only what follows.
 */
export function admitted(
  { gate, clock, log }: { gate: Gate } & Pick<Services, 'clock' | 'log'>,
  asked: Asked,
  upgrade: Upgrade,
  connection: Connection,
  open: (workspace: Workspace, connection: Connection) => Socket,
): Socket {
  const { address } = upgrade
  const credentials = [...upgradeCredentials(upgrade), sessionCredential(upgrade)]
  let inner: Socket | null = null
  let isGreeted = false
  let isClosed = false
  let queued = 0
  let turn: Promise<void> = Promise.resolve()
  let checkedAt = clock.now()
  const patience = setTimeout(() => refuse('nobody said who is there'), AUTH_MS_MAX)
  patience.unref()

  function refuse(reason: string, code: number = CLOSE.policy): void {
    if (isClosed) return
    closed()
    connection.close(code, reason)
  }

  function closed(): void {
    isClosed = true
    clearTimeout(patience)
    inner?.closed()
  }

  async function admit(shown: (string | null)[]): Promise<void> {
    const workspace = await enterSocket(gate, { credentials: shown, address }, asked)
    if (isClosed || inner) return
    clearTimeout(patience)
    checkedAt = clock.now()
    inner = open(workspace, { ...connection, send: sendIfWelcome })
  }

  /** A key may be revoked while its socket is open. */
  function recheck(): void {
    if (clock.now() - checkedAt < SOCKET_TRUSTED_SECONDS * MICROS_PER_SECOND) return
    checkedAt = clock.now()
    gate.enter({ credentials, address }).catch((error) => {
      if (error instanceof Refusal && error.status === 401) refuse(error.message)
      else log.warn('a socket was not looked at again', { error: String(error) })
    })
  }

  function sendIfWelcome(frame: object): void {
    recheck()
    if (!isClosed) connection.send(frame)
  }

  async function greet(text: string): Promise<void> {
    isGreeted = true
    const frame = readFrame(text, log)
    const isAuth = isTyped(frame, 'auth')
    if (!isAuth && !inner && credentials.every((shown) => shown === null)) {
      return refuse('the first frame must be {"type": "auth"}', CLOSE.protocol)
    }
    credentials.push(frameCredential(frame))
    if (!inner) await admit(credentials)
    if (isClosed) return
    if (isAuth) connection.send({ type: 'auth_success' })
    else inner?.frame(text)
  }

  async function take(text: string): Promise<void> {
    if (isClosed) return
    if (isGreeted) inner?.frame(text)
    else await greet(text)
  }

  function inTurn(work: () => Promise<void>): void {
    queued += 1
    turn = turn
      .then(work)
      .catch((error) => {
        if (error instanceof Refusal) return refuse(error.message)
        log.error('nobody could be let in', { error: String(error) })
        refuse('try again', CLOSE.transient)
      })
      .finally(() => {
        queued -= 1
      })
  }

  // Whoever shows a key in the upgrade may send no frame for long; who shows a wrong one there has the first frame left.
  if (credentials.some((shown) => shown !== null)) {
    inTurn(() =>
      admit(credentials).catch((error) => {
        if (!(error instanceof Refusal)) throw error
      }),
    )
  }

  return {
    frame(text) {
      if (isClosed) return
      recheck()
      if (inner && isGreeted && queued === 0) inner.frame(text)
      else inTurn(() => take(text))
    },
    async settled() {
      await turn
      await inner?.settled()
    },
    closed,
  }
}
