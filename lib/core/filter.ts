// Event filters as requests (Prefect: server/events/filters.py): what POST /events/filter, count-by and /events/out ask for. What an
// event must be to pass is stored-filter.ts and, for live subscriptions, live-filter.ts.
import { z } from 'zod'
import {
  boolean,
  float,
  instant,
  integer,
  lax,
  oneOrMany,
  parseBody,
  resourceSpecification,
  uuid,
} from './schema.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros } from './time.ts'

/** Events of one page. */
export const EVENTS_PAGE_MAX = 50
/** Characters of a text query. */
const TEXT_QUERY_LENGTH_MAX = 200
/** How far back a filter looks that does not say, in days, counted from the start of the UTC day. */
const DEFAULT_DAYS = 180

const texts = z.array(z.string()).nullable().default(null)
const labels = resourceSpecification.nullable().default(null)

const pair = lax(z.tuple([z.string(), z.string()]), (value, refuse) =>
  Array.isArray(value) && value.length < 2
    ? refuse('missing', 'Field required', String(value.length))
    : value,
)

const relatedFilter = z.strictObject({
  id: texts,
  role: texts,
  resources_in_roles: z.array(pair).nullable().default(null),
  labels,
})

const anyResourceFilter = z.strictObject({ id: texts, id_prefix: texts, labels })

/** Prefect's EventFilter. Unknown fields are refused; empty lists and objects ask nothing. */
export const eventFilterSchema = z.strictObject({
  occurred: z.strictObject({ since: instant.optional(), until: instant.optional() }).default({}),
  event: z
    .strictObject({ prefix: texts, exclude_prefix: texts, name: texts, exclude_name: texts })
    .nullable()
    .default(null),
  resource: z
    .strictObject({ id: texts, id_prefix: texts, labels, distinct: boolean.default(false) })
    .nullable()
    .default(null),
  related: oneOrMany(relatedFilter).nullable().default(null),
  any_resource: oneOrMany(anyResourceFilter).nullable().default(null),
  id: z.strictObject({ id: z.array(uuid).nullable().default(null) }).default({ id: null }),
  text: z
    .strictObject({ query: z.string().max(TEXT_QUERY_LENGTH_MAX) })
    .nullable()
    .default(null),
  order: z.enum(['ASC', 'DESC']).default('DESC'),
})

type Draft = z.output<typeof eventFilterSchema>
export type RelatedFilter = z.output<typeof relatedFilter>
export type AnyResourceFilter = z.output<typeof anyResourceFilter>

/** A filter as read: its ends are instants in the form of `formatInstant`, also where the sender left them out. */
export type EventFilter = Omit<Draft, 'occurred'> & { occurred: { since: string; until: string } }

/** The body of POST /events/filter. */
export const eventQuerySchema = z.object({
  filter: eventFilterSchema.nullable().default(null),
  limit: integer.pipe(z.number().min(0).max(EVENTS_PAGE_MAX)).default(EVENTS_PAGE_MAX),
})

/**
 * What POST /events/filter asks for; without a body, everything.
 * @throws Refusal 422 with every fault found
 */
export function parseEventQuery(
  body: unknown,
  now: Micros,
): { filter: EventFilter; limit: number } {
  const { filter, limit } = parseBody(eventQuerySchema, body ?? {})
  return { filter: withEnds(filter ?? eventFilterSchema.parse({}), now), limit }
}

/**
 * The filter that /events/out receives. One that names no end has none: Prefect would end it at once, which nobody wants.
 * @throws Refusal 422 with every fault found
 */
export function parseEventFilter(value: unknown, now: Micros): EventFilter {
  const draft = parseBody(eventFilterSchema, value)
  const filter = withEnds(draft, now)
  filter.occurred.until = draft.occurred.until ?? '9999-12-31T23:59:59.999999Z'
  return filter
}

function withEnds(filter: Draft, now: Micros): EventFilter {
  const { since, until } = filter.occurred
  const day = 86_400 * MICROS_PER_SECOND
  const earliest = (Math.floor(now / day) - DEFAULT_DAYS) * day
  const occurred = { since: since ?? formatInstant(earliest), until: until ?? formatInstant(now) }
  return { ...filter, occurred }
}

const TIME_UNITS = ['week', 'day', 'hour', 'minute', 'second'] as const
export type TimeUnit = (typeof TIME_UNITS)[number]
/** What events can be counted by: `day` is `time` in days. */
export const COUNTABLES = ['day', 'time', 'event', 'resource'] as const
export type Countable = (typeof COUNTABLES)[number]

/** The body of POST /events/count-by/{countable}. */
export const eventCountSchema = z.object({
  filter: eventFilterSchema,
  time_unit: z.enum(TIME_UNITS).default('day'),
  time_interval: float.pipe(z.number().min(0.01)).default(1),
})

/** A count as read: bars of `time_interval` times `time_unit`, for `time`. */
export interface EventCountQuery {
  filter: EventFilter
  time_unit: TimeUnit
  time_interval: number
}

/**
 * What POST /events/count-by/{countable} asks for.
 * @throws Refusal 422 with every fault found
 */
export function parseEventCount(body: unknown, now: Micros): EventCountQuery {
  const { filter, ...unit } = parseBody(eventCountSchema, body)
  return { filter: withEnds(filter, now), ...unit }
}
