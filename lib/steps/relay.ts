// Relay: stored events go to the clients whose sockets API Gateway keeps. One read per batch finds them all; without subscribers
// that is all it costs.

import type { Subscriber } from '../core/connection.ts'
import type { Event } from '../core/event.ts'
import { compileLive } from '../core/live-filter.ts'
import type { Bus, Gateway, Services } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'

/** What `publish` hands events on to: the bus, and then the sockets. */
export const relayed = (
  { bus, connections, log }: Pick<Services, 'bus' | 'connections' | 'log'>,
  gateway: Gateway,
): Bus => {
  /** In order, and no further when the client has gone. */
  async function send(workspace: Workspace, subscriber: Subscriber, events: Event[]) {
    const { connectionId, filter } = subscriber
    for (const event of events.filter(compileLive(filter))) {
      const outcome = await gateway.send(connectionId, { type: 'event', event })
      if (outcome === 'too-large') log.warn('an event is too large for a socket', { id: event.id })
      if (outcome !== 'gone') continue
      await connections.unsubscribe(workspace, connectionId)
      return
    }
  }

  /** A subscriber that cannot be reached holds nobody up: it is cut off, and gets what it missed when it comes again. */
  async function sendOrCut(workspace: Workspace, subscriber: Subscriber, events: Event[]) {
    try {
      await send(workspace, subscriber, events)
    } catch (error) {
      log.warn('a subscriber was cut off', { error: String(error) }) // whatever it was, the others are not to wait
      await cut(workspace, subscriber)
    }
  }

  /** Forgotten once it is closed: a client that cannot be told so keeps its subscription, and is cut off at the next event. */
  async function cut(workspace: Workspace, { connectionId }: Subscriber) {
    try {
      await gateway.close(connectionId)
    } catch (error) {
      log.warn('a socket could not be closed', { error: String(error) }) // nor for this
      return
    }
    await connections.unsubscribe(workspace, connectionId)
  }

  return {
    async publish(workspace, events) {
      await bus.publish(workspace, events)
      const subscribers = await connections.subscribers(workspace)
      await Promise.all(subscribers.map((one) => sendOrCut(workspace, one, events)))
    },
  }
}
