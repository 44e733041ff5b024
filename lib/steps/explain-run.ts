// Explain a run: the chain that it stands in, told as what led to it, what happened to it, and what came of it.
import { type Linked, type RunExplanation, explainRun as told } from '../core/explain-run.ts'
import { eventFilterSchema } from '../core/filter.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { ALL_TIME, formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { chainOf } from './chain.ts'
import type { FeedReader } from './feed.ts'

export function explainRun(services: Pick<Services, 'events'>, readFeed: FeedReader) {
  const chain = chainOf(services, readFeed)

  /** The first event of a run that is still in the feed; all its others follow it. */
  async function firstOf(workspace: Workspace, { id }: FlowRun): Promise<string | null> {
    const filter = eventFilterSchema.parse({
      order: 'ASC',
      resource: { id: [`prefect.flow-run.${id}`] },
    })
    const occurred = { since: formatInstant(0), until: ALL_TIME }
    const index = await readFeed(workspace)
    return index.query({ filter: { ...filter, occurred }, limit: 1 }).events[0]?.id ?? null
  }

  return async (workspace: Workspace, run: FlowRun): Promise<RunExplanation> => {
    const first = await firstOf(workspace, run)
    const found = first === null ? null : await chain(workspace, first)
    const links = await Promise.all(
      (found?.events ?? []).map(async ({ id, cause }): Promise<Linked[]> => {
        const event = await services.events.get(workspace, id)
        return event ? [{ event, cause }] : []
      }),
    )
    return told(run, { chain: links.flat(), isWhole: found?.isWhole ?? true })
  }
}
