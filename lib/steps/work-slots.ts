// Work slots: how many of the runs that a pool or a queue may have at once are at work. They are counted in an index that is a
// moment behind.
import type { WorkQueue } from '../core/deployment.ts'
import type { Services } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'

type Uses = Pick<Services, 'runs'>

/** Runs at work in queues, by the queue's id. */
export async function countAtWork(
  { runs }: Uses,
  workspace: Workspace,
  queues: Pick<WorkQueue, 'id'>[],
): Promise<Map<string, number>> {
  const counts = await Promise.all(
    queues.map(async ({ id }) => [id, await runs.countActive(workspace, id)] as const),
  )
  return new Map(counts)
}

export const sumOf = (counts: Map<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0)

/** The slots taken of whatever has a limit, over its queues; null when it has none, for then nobody counts (as Prefect). */
export const slotsTaken =
  (services: Uses) =>
  async (
    workspace: Workspace,
    { concurrency_limit }: { concurrency_limit: number | null },
    queues: () => Promise<Pick<WorkQueue, 'id'>[]>,
  ): Promise<number | null> =>
    concurrency_limit === null
      ? null
      : sumOf(await countAtWork(services, workspace, await queues()))
