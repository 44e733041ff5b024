// Links that Prefect's client prints (prefect/utilities/urls.py), such as `View at …/runs/flow-run/<id>`: the console's pages have
// other addresses.
import type { Hono } from 'hono'

/** What comes before the id in the client's links, and in the console's. Of a flow or a task run there is no page. */
const PAGES = {
  '/runs/flow-run': '/runs',
  '/deployments/deployment': '/deployments',
  '/automations/automation': '/automations',
  '/work-pools/work-pool': '/work-pools',
  '/events/event/:occurred': '/events',
} as const

/** Leads the client's links to the pages that show the same. */
export function mountPrefectLinks(app: Hono): void {
  for (const [link, page] of Object.entries(PAGES)) {
    app.get(`${link}/:id`, (c) =>
      c.redirect(`${page}/${encodeURIComponent(c.req.param('id') ?? '')}`),
    )
  }
}
