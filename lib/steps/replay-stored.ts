// Replay stored: events of the feed through replays, in the order in which they came, within a time.
import type { Services } from '../core/ports.ts'
import type { Replay } from '../core/replay.ts'
import type { Workspace } from '../core/workspace.ts'
import { inOrderOfArrival } from './backtest.ts'

/** Milliseconds of replaying. */
const REPLAY_MS_MAX = 20_000

export interface Stretch {
  since: string
  /** What came at this moment is of it. */
  until: string
}

/** Whether it came to the end. */
export async function replayStored(
  services: Pick<Services, 'feed' | 'stopwatch'>,
  workspace: Workspace,
  runs: readonly Replay[],
  { since, until }: Stretch,
): Promise<boolean> {
  const begun = services.stopwatch()
  for await (const events of inOrderOfArrival(services.feed.since(workspace, since))) {
    const due = events.filter(({ received }) => received <= until)
    for (const run of runs) run.arrive(due)
    if (due.length < events.length) return true
    if (services.stopwatch() - begun > REPLAY_MS_MAX) return false
  }
  return true
}
