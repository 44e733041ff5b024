// Clients' sockets that API Gateway keeps, as they are remembered between their frames, each of which is a call of its own. A local process
// holds its sockets itself and stores nothing of them.
import type { EventFilter } from './filter.ts'
import type { Workspace } from './workspace.ts'

/** A client's socket that API Gateway keeps open, as we remember it between its frames. */
export interface SocketConnection {
  id: string
  direction: 'in' | 'out'
  /** The one that its path names; null is the caller's own, which its first frame tells. */
  asked: Workspace | null
  /** The workspace whose events it may send or hear; null until its first frame was accepted. */
  admitted: Workspace | null
}

/** A connection that hears of what passes its filter, as POST /events/filter knows them. */
export interface Subscriber {
  connectionId: string
  filter: EventFilter
}
