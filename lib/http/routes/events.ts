// Events over REST: stored by POST, read back page by page, counted for the histogram (Prefect: server/api/events.py).
import { z } from 'zod'
import { notFound, Refusal } from '../../core/errors.ts'
import { EVENT_NAME_LENGTH_MAX, parseEvents, RELATED_RESOURCES_MAX } from '../../core/event.ts'
import {
  COUNTABLES,
  type Countable,
  eventCountSchema,
  eventQuerySchema,
  parseEventCount,
  parseEventQuery,
} from '../../core/filter.ts'
import { type FeedQuery, parsePageToken } from '../../core/page-token.ts'
import type { Services } from '../../core/ports.ts'
import { instant, uuid } from '../../core/schema.ts'
import { accept } from '../../steps/accept.ts'
import type { FeedReader } from '../../steps/feed.ts'
import { type Answer, type Call, idParam, noContent, ok, type Route } from '../route.ts'

const labels = z.record(z.string(), z.string())

/** What parseEvents takes, for the documentation: it reads by hand, and quicker. */
const sentEvents = z.array(
  z.object({
    occurred: instant,
    event: z.string().max(EVENT_NAME_LENGTH_MAX),
    resource: labels,
    related: z.array(labels).max(RELATED_RESOURCES_MAX).optional(),
    payload: z.record(z.string(), z.unknown()).optional(),
    id: uuid,
    follows: uuid.nullish(),
  }),
)

export function eventRoutes(
  services: Pick<Services, 'events' | 'clock'>,
  readFeed: FeedReader,
): Route[] {
  const store = accept(services)

  async function page(call: Call, query: FeedQuery): Promise<Answer> {
    const { events, total, isTotalExact, nextPage } = (await readFeed(call.workspace)).query(query)
    const next = nextPage && `${call.base}/events/filter/next?page-token=${nextPage}`
    // A key of ours beside Prefect's, only where it has something to say: the feed forgot part of the asked time.
    return ok({
      events,
      total,
      next_page: next,
      ...(isTotalExact ? {} : { total_is_lower_bound: true }),
    })
  }

  return [
    {
      method: 'POST',
      path: '/events',
      needs: 'ingest',
      body: sentEvents,
      summary: 'Store events; those whose id is stored already stay as they were',
      answers: [204],
      async handle(call) {
        const drafts = parseEvents(
          await call.body(),
          Number(call.header('content-length') ?? Number.POSITIVE_INFINITY),
        )
        await store(call.workspace, drafts)
        return noContent
      },
    },
    {
      method: 'POST',
      path: '/events/filter',
      summary: 'Events that pass a filter, newest first, with their exact number',
      body: eventQuerySchema,
      handle: async (call) => page(call, parseEventQuery(await call.body(), services.clock.now())),
    },
    {
      method: 'GET',
      path: '/events/filter/next',
      query: { 'page-token': z.string() },
      summary: 'The page that a former page’s next_page names',
      async handle(call) {
        const token = call.query.get('page-token')
        if (token === null) throw missingToken()
        return page(call, parsePageToken(token))
      },
    },
    {
      method: 'POST',
      path: '/events/count-by/:countable',
      summary: 'Events that pass a filter, counted by day, time, event or resource',
      body: eventCountSchema,
      async handle(call) {
        const countable = COUNTABLES.find((known) => known === call.params.countable)
        if (!countable) throw unknownCountable(call.params.countable ?? '')
        return counted(call, countable)
      },
    },
    {
      method: 'GET',
      path: '/events/:id',
      summary: 'One event by its id',
      async handle(call) {
        const event = await services.events.get(call.workspace, idParam(call))
        if (!event) throw notFound('Event')
        return ok(event)
      },
    },
  ]

  async function counted(call: Call, countable: Countable): Promise<Answer> {
    const now = services.clock.now()
    const query = parseEventCount(await call.body(), now)
    return ok((await readFeed(call.workspace)).count(query, countable, now))
  }
}

const missingToken = () =>
  new Refusal(422, 'query.page-token: Field required', {
    faults: [{ loc: ['query', 'page-token'], type: 'missing', msg: 'Field required' }],
  })

const unknownCountable = (text: string) =>
  new Refusal(422, `Input should be one of ${COUNTABLES.join(', ')}`, {
    faults: [
      {
        loc: ['path', 'countable'],
        type: 'enum',
        msg: `"${text}" is none of ${COUNTABLES.join(', ')}`,
      },
    ],
  })
