// What the console shows of an automation beside its definition: firings, near misses and open buckets. Ours beside Prefect's API.
import { notFound } from '../../core/errors.ts'
import { EVENTS_PAGE_MAX } from '../../core/filter.ts'
import type { Services } from '../../core/ports.ts'
import { firingsOf, openBuckets } from '../../steps/automation-activity.ts'
import type { FeedReader } from '../../steps/feed.ts'
import { nearMisses } from '../../steps/near-misses.ts'
import { type Call, idParam, ok, type Route } from '../route.ts'

export function automationActivityRoutes(
  services: Parameters<typeof nearMisses>[0] & Pick<Services, 'automations' | 'triggers' | 'clock'>,
  readFeed: FeedReader,
): Route[] {
  const missesOf = nearMisses(services, readFeed)

  async function automationOf(call: Call) {
    const found = await services.automations.get(call.workspace, idParam(call))
    if (!found) throw notFound('Automation')
    return found.value.automation
  }

  return [
    {
      method: 'GET',
      path: '/automations/:id/buckets',
      summary: 'What an automation is counting now: how far each bucket has come, and when it ends',
      handle: async (call) =>
        ok(await openBuckets(services)(call.workspace, await automationOf(call))),
    },
    {
      method: 'GET',
      path: '/automations/:id/near-misses',
      summary: 'Late events that nearly fired an automation, each with the reason why they did not',
      handle: async (call) => ok(await missesOf(call.workspace, await automationOf(call))),
    },
    {
      method: 'GET',
      path: '/automations/:id/firings',
      summary: 'The events that told of an automation’s last firings, newest first',
      async handle(call) {
        const { id } = await automationOf(call)
        return ok(await firingsOf(readFeed)(call.workspace, id, EVENTS_PAGE_MAX))
      },
    },
  ]
}
