// The feed, queried: an index per workspace, kept warm in this process and brought up to date before every question.
import { createFeedIndex, type FeedIndex } from '../core/feed.ts'
import type { Services } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'

/** Workspaces whose feed a process keeps in memory; the one asked for longest ago goes first. */
const WARM_WORKSPACES_MAX = 20

/** Answers a workspace's index, holding every event published before the call. */
export type FeedReader = (workspace: Workspace) => Promise<FeedIndex>

export function feedReader({ feed }: Pick<Services, 'feed'>): FeedReader {
  const warm = new Map<Workspace, { index: FeedIndex; caughtUp: Promise<void> }>()

  return async (workspace: Workspace): Promise<FeedIndex> => {
    const entry = warm.get(workspace) ?? { index: createFeedIndex(), caughtUp: Promise.resolve() }
    warm.delete(workspace)
    warm.set(workspace, entry)
    for (const oldest of warm.keys()) {
      if (warm.size <= WARM_WORKSPACES_MAX) break
      warm.delete(oldest)
      feed.forget(oldest)
    }
    // One reader at a time, so that no segment is read twice; a failed read is tried again by the next question.
    const before = entry.caughtUp
    entry.caughtUp = before
      .catch(() => {})
      .then(async () => {
        for (const events of await feed.readNew(workspace)) entry.index.add(events)
      })
    await entry.caughtUp
    return entry.index
  }
}
