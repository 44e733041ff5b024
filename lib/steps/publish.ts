// Publish: a stored event goes out, to the feed's segments, to subscribers' sockets and to the event bus.
import type { Event } from '../core/event.ts'
import type { Services, StoredEvent, Workspace } from '../core/ports.ts'

export const publish =
  ({ feed, bus }: Pick<Services, 'feed' | 'bus'>) =>
  async (stored: StoredEvent[]): Promise<void> => {
    for (const [workspace, events] of byWorkspace(stored)) {
      await feed.append(workspace, events)
      await bus.publish(workspace, events)
    }
  }

/** The events of each workspace, in the order they came. */
export function byWorkspace(stored: StoredEvent[]): Map<Workspace, Event[]> {
  const grouped = new Map<Workspace, Event[]>()
  for (const { workspace, event } of stored) {
    const events = grouped.get(workspace)
    if (events) events.push(event)
    else grouped.set(workspace, [event])
  }
  return grouped
}
