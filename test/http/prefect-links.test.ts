import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { mountPrefectLinks } from '../../lib/http/prefect-links.ts'

it.each([
  ['/runs/flow-run/r1', '/runs/r1'],
  ['/deployments/deployment/d1', '/deployments/d1'],
  ['/automations/automation/a1', '/automations/a1'],
  ['/work-pools/work-pool/two%20ovens', '/work-pools/two%20ovens'],
  ['/events/event/2026-11-21/e1', '/events/e1'],
  ['/runs/flow-run/%2F%2Felsewhere', '/runs/%2F%2Felsewhere'],
])('%s, as the client prints it, leads to %s of the console', async (link, page) => {
  const app = new Hono()
  mountPrefectLinks(app)

  const answer = await app.request(link)

  expect([answer.status, answer.headers.get('location')]).toEqual([302, page])
})
