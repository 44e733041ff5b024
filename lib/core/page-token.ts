// Page tokens: a query and how far its answer has come, as the sender's to keep. They name a place between events instead of a
// number of events, so that events arriving in between neither repeat nor hide any.
import { z } from 'zod'
import { Refusal } from './errors.ts'
import { EVENTS_PAGE_MAX, type EventFilter, eventFilterSchema } from './filter.ts'
import { instant, uuid } from './schema.ts'

/** A place in the feed: right after the event of this time and id. */
export interface Place {
  occurred: string
  id: string
}

/** A question to the feed. Without `after` it is the first page, which counts; later ones bring the count with them. */
export interface FeedQuery {
  filter: EventFilter
  limit: number
  after?: Place | null
  total?: number
  isTotalExact?: boolean
}

const tokenSchema = z.object({
  filter: eventFilterSchema.extend({ occurred: z.object({ since: instant, until: instant }) }),
  limit: z.int().min(0).max(EVENTS_PAGE_MAX),
  after: z.object({ occurred: instant, id: uuid }).nullable(),
  total: z.int().min(0),
  isTotalExact: z.boolean(),
})

/** A query as text for URLs. */
export const formatPageToken = (query: Required<FeedQuery>): string =>
  Buffer.from(JSON.stringify(query)).toString('base64url')

/**
 * The query of a token, whoever made it: it can ask for nothing that its sender could not ask for anyway.
 * @throws Refusal 403 for what is no token, as Prefect does
 */
export function parsePageToken(token: string): Required<FeedQuery> {
  const query = tokenSchema.safeParse(jsonOf(Buffer.from(token, 'base64url').toString()))
  if (!query.success) throw new Refusal(403, 'Forbidden')
  return query.data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
