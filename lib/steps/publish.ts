// Publish: a stored event goes out, to the feed's segments, to subscribers' sockets and to the event bus.
import type { Services, StoredEvent } from '../core/ports.ts'
import { groupBy } from './batch.ts'

export const publish =
  ({ feed, bus }: Pick<Services, 'feed' | 'bus'>) =>
  async (stored: StoredEvent[]): Promise<void> => {
    for (const [workspace, group] of groupBy(stored, ({ workspace }) => workspace)) {
      const events = group.map(({ event }) => event)
      await feed.append(workspace, events)
      await bus.publish(workspace, events)
    }
  }
