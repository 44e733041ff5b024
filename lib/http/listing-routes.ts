// The routes that list a kind: filter, count, and for some paginate. They differ in what they list and by what it is filtered and
// sorted; how a page is asked for and answered is the same for all.
import { z } from 'zod'
import { type Order, PAGE_MAX, type Page, pageFields, pageOf } from '../core/order.ts'
import { integer, parseBody } from '../core/schema.ts'
import type { Workspace } from '../core/workspace.ts'
import { ok, type Route } from './route.ts'

export interface Listing<T, F extends z.ZodRawShape> {
  /** `/flows` */
  path: string
  /** What is listed, for the documentation: `flows` */
  what: string
  filters: F
  /** By name; the first is the default. */
  orders: Record<string, Order<T>>
  list(workspace: Workspace, asked: z.output<z.ZodObject<F>>): Promise<T[]>
  /** @default the length of what `list` answers */
  count?(workspace: Workspace, asked: z.output<z.ZodObject<F>>): Promise<number>
  /** What a page is answered as. */
  show(workspace: Workspace, page: T[]): unknown[] | Promise<unknown[]>
}

/** POST …/filter and …/count. */
export function listingRoutes<T, F extends z.ZodRawShape>(listing: Listing<T, F>): Route[] {
  const { path, what, filters, list, show } = listing
  const countSchema = z.object(filters)
  const listingSchema = z.object({ ...filters, ...pageFields, sort: sortOf(listing) })
  return [
    {
      method: 'POST',
      path: `${path}/filter`,
      summary: `List ${what} that meet filters, page by page`,
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {}) as Asked<F> & Page
        const found = await list(call.workspace, asked)
        return ok(await show(call.workspace, pageOf(found.sort(orderOf(listing, asked)), asked)))
      },
    },
    {
      method: 'POST',
      path: `${path}/count`,
      summary: `Count ${what} that meet filters`,
      body: countSchema,
      async handle(call) {
        const asked = parseBody(countSchema, (await call.body()) ?? {})
        return ok(await countOf(listing, call.workspace, asked))
      },
    },
  ]
}

/** POST …/paginate: pages by their number, with how many there are. */
export function paginateRoute<T, F extends z.ZodRawShape>(listing: Listing<T, F>): Route {
  const { path, what, filters, list, show } = listing
  const schema = z.object({
    ...filters,
    sort: sortOf(listing),
    limit: pageFields.limit,
    page: integer.pipe(z.number().min(1)).default(1),
  })
  return {
    method: 'POST',
    path: `${path}/paginate`,
    summary: `List ${what} that meet filters, by number of page`,
    body: schema,
    async handle(call) {
      const asked = parseBody(schema, (await call.body()) ?? {}) as Asked<F> &
        Page & { page: number }
      const { page } = asked
      const limit = asked.limit ?? PAGE_MAX
      const [found, count] = await Promise.all([
        list(call.workspace, asked),
        countOf(listing, call.workspace, asked),
      ])
      const offset = (page - 1) * limit
      const shown = pageOf(found.sort(orderOf(listing, asked)), { limit, offset })
      return ok({
        results: await show(call.workspace, shown),
        count,
        limit,
        pages: limit > 0 ? Math.ceil(count / limit) : 0,
        page,
      })
    },
  }
}

/** What the schema of a listing makes of a body, which the compiler cannot derive for a shape that it does not know. */
type Asked<F extends z.ZodRawShape> = z.output<z.ZodObject<F>> & { sort?: string | null }

const sortOf = <T, F extends z.ZodRawShape>({ orders }: Listing<T, F>) =>
  z.enum(Object.keys(orders) as [string, ...string[]]).nullish()

function orderOf<T, F extends z.ZodRawShape>(
  { orders }: Listing<T, F>,
  { sort }: { sort?: string | null },
): Order<T> {
  const [first] = Object.values(orders)
  return orders[sort ?? ''] ?? first ?? (() => 0)
}

const countOf = async <T, F extends z.ZodRawShape>(
  { list, count }: Listing<T, F>,
  workspace: Workspace,
  asked: z.output<z.ZodObject<F>>,
): Promise<number> => (count ? count(workspace, asked) : (await list(workspace, asked)).length)
