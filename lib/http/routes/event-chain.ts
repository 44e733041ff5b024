// What the console draws around an event, for everybody: GET /events/{id}/chain. Ours beside Prefect's API.
import { notFound } from '../../core/errors.ts'
import type { Services } from '../../core/ports.ts'
import { chainOf } from '../../steps/chain.ts'
import type { FeedReader } from '../../steps/feed.ts'
import { idParam, ok, type Route } from '../route.ts'

export function eventChainRoutes(
  services: Pick<Services, 'events'>,
  readFeed: FeedReader,
): Route[] {
  const chain = chainOf(services, readFeed)
  return [
    {
      method: 'GET',
      path: '/events/:id/chain',
      summary: 'What led to an event and what came of it: events, firings, actions, runs',
      async handle(call) {
        const found = await chain(call.workspace, idParam(call))
        if (!found) throw notFound('Event')
        return ok({ events: found.events, is_whole: found.isWhole })
      },
    },
  ]
}
