// Orders and pages of listings.
import { z } from 'zod'
import { Refusal } from './errors.ts'
import { integer } from './schema.ts'

/** Objects of one page (Prefect: PREFECT_API_DEFAULT_LIMIT, which is also the maximum). */
export const PAGE_MAX = 200

/** The fields of a request that say which page. Nulls stand for defaults: Prefect's CLI sends them. */
export const pageFields = {
  limit: integer.nullish(),
  offset: integer.pipe(z.number().min(0)).nullish(),
}

/** The fields of `pageFields`, as they came in. */
export interface Page {
  limit?: number | null | undefined
  offset?: number | null | undefined
}

/** How many objects a page has. @throws Refusal 422 below 0 and above PAGE_MAX, in Prefect's words */
export function pageSize({ limit }: Page): number {
  const size = limit ?? PAGE_MAX
  if (size < 0) throw new Refusal(422, 'Invalid limit: must be greater than or equal to 0.')
  if (size <= PAGE_MAX) return size
  throw new Refusal(422, `Invalid limit: must be less than or equal to ${PAGE_MAX}.`)
}

/** The page that was asked for. @throws Refusal 422 as pageSize */
export function pageOf<T>(all: T[], page: Page): T[] {
  const offset = page.offset ?? 0
  return all.slice(offset, offset + pageSize(page))
}

/** For `sort`: negative when `a` comes first. */
export type Order<T> = (a: T, b: T) => number

type Sortable = string | number | null

/** By a value, ascending; what has none comes last, as it does in both directions. */
export const ascending =
  <T>(keyOf: (object: T) => Sortable): Order<T> =>
  (a, b) =>
    nullsLast(keyOf(a), keyOf(b), 1)

/** By a value, the greatest first; what has none comes last here too. */
export const descending =
  <T>(keyOf: (object: T) => Sortable): Order<T> =>
  (a, b) =>
    nullsLast(keyOf(a), keyOf(b), -1)

function nullsLast(a: Sortable, b: Sortable, direction: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return a < b ? -direction : a > b ? direction : 0
}

interface Named {
  created: string
  updated: string
  name: string
}

/** What flows, deployments, pools and variables are sorted by. */
export const NAMED_ORDERS = {
  NAME_ASC: ascending<Named>(({ name }) => name),
  NAME_DESC: descending<Named>(({ name }) => name),
  CREATED_DESC: descending<Named>(({ created }) => created),
  UPDATED_DESC: descending<Named>(({ updated }) => updated),
}

const names = Object.keys(NAMED_ORDERS) as [keyof typeof NAMED_ORDERS]

/** The field of a request that names one of NAMED_ORDERS. */
export const namedSort = z.enum(names).nullish()
