// Listing automations: filter, order and page of POST /automations/filter (Prefect: server/events/filters.py).
import { z } from 'zod'
import type { Automation } from './automation.ts'
import { Refusal } from './errors.ts'
import { boolean, instant, integer, parseBody, uuid } from './schema.ts'

/** Automations of one page of a listing. */
const AUTOMATIONS_PAGE_MAX = 200

const operator = z.enum(['and_', 'or_']).default('and_')
const texts = z.array(z.string()).nullable().default(null)

/** Prefect's AutomationFilter: criteria joined by `operator`, those of tags by their own. */
const automationFilterSchema = z.strictObject({
  operator,
  id: z
    .strictObject({ any_: z.array(uuid).nullable().default(null) })
    .nullable()
    .default(null),
  name: z.strictObject({ any_: texts }).nullable().default(null),
  created: z
    .strictObject({ before_: instant.nullable().default(null) })
    .nullable()
    .default(null),
  tags: z
    .strictObject({
      operator,
      all_: texts,
      any_: texts,
      is_null_: boolean.nullable().default(null),
    })
    .nullable()
    .default(null),
})

export type AutomationFilter = z.output<typeof automationFilterSchema>

const SORTS = ['CREATED_DESC', 'UPDATED_DESC', 'NAME_ASC', 'NAME_DESC'] as const
export type AutomationSort = (typeof SORTS)[number]

/** The body of POST /automations/filter. Nulls stand for defaults: Prefect's CLI sends them. */
export const automationListingSchema = z.object({
  automations: automationFilterSchema.nullable().default(null),
  sort: z
    .enum(SORTS)
    .nullable()
    .default(null)
    .transform((sort) => sort ?? 'NAME_ASC'),
  limit: integer
    .nullable()
    .default(null)
    .transform((limit) => limit ?? AUTOMATIONS_PAGE_MAX),
  offset: integer.pipe(z.number().min(0)).default(0),
})

/** The body of POST /automations/count. */
export const automationCountSchema = z.object({
  automations: automationFilterSchema.nullable().default(null),
})

/** A listing as read, its defaults filled in. */
export interface AutomationListing {
  automations: AutomationFilter | null
  sort: AutomationSort
  limit: number
  offset: number
}

/**
 * What POST /automations/filter asks for; without a body, everything.
 * @throws Refusal 422, also for a limit below 0 or above 200
 */
export function parseAutomationFilter(body: unknown): AutomationListing {
  const listing = parseBody(automationListingSchema, body ?? {})
  const refuse = (bound: string) => new Refusal(422, `Invalid limit: must be ${bound}.`)
  if (listing.limit < 0) throw refuse('greater than or equal to 0')
  if (listing.limit > AUTOMATIONS_PAGE_MAX)
    throw refuse(`less than or equal to ${AUTOMATIONS_PAGE_MAX}`)
  return listing
}

/**
 * Which automations POST /automations/count counts; without a body, all.
 * @throws Refusal 422 with every fault found
 */
export function parseAutomationCount(body: unknown): (automation: Automation) => boolean {
  const { automations: filter } = parseBody(automationCountSchema, body ?? {})
  return (automation) => filter === null || includes(filter, automation)
}

/** The page of automations that a listing asks for. */
export function selectAutomations(all: Automation[], listing: AutomationListing): Automation[] {
  const { automations: filter, sort, limit, offset } = listing
  return all
    .filter((automation) => filter === null || includes(filter, automation))
    .sort(ORDERS[sort])
    .slice(offset, offset + limit)
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const ORDERS: Record<AutomationSort, (a: Automation, b: Automation) => number> = {
  CREATED_DESC: (a, b) => compare(b.created, a.created),
  UPDATED_DESC: (a, b) => compare(b.updated, a.updated),
  NAME_ASC: (a, b) => compare(a.name, b.name),
  NAME_DESC: (a, b) => compare(b.name, a.name),
}

/** Whether an automation meets a filter: its criteria joined by its operator; a filter without criteria takes all. */
export function includes(filter: AutomationFilter, automation: Automation): boolean {
  const { id, name, created, tags } = filter
  const criteria: boolean[] = []
  if (id?.any_) criteria.push(id.any_.includes(automation.id))
  if (name?.any_) criteria.push(name.any_.includes(automation.name))
  if (created?.before_) criteria.push(automation.created <= created.before_)
  if (tags) criteria.push(hasTags(tags, automation.tags))
  return joined(filter.operator, criteria)
}

function hasTags(filter: NonNullable<AutomationFilter['tags']>, tags: string[]): boolean {
  const criteria: boolean[] = []
  if (filter.all_) criteria.push(filter.all_.every((tag) => tags.includes(tag)))
  if (filter.any_) criteria.push(filter.any_.some((tag) => tags.includes(tag)))
  if (filter.is_null_ !== null) criteria.push((tags.length === 0) === filter.is_null_)
  return joined(filter.operator, criteria)
}

const joined = (operator: 'and_' | 'or_', criteria: boolean[]): boolean =>
  criteria.length === 0 || (operator === 'and_' ? criteria.every(Boolean) : criteria.some(Boolean))
