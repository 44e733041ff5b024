// "Why not?" over REST: what automations made of an event, what an automation waits for, and why there is a run. Ours; Prefect has none.
import { z } from 'zod'
import { notFound, Refusal } from '../../core/errors.ts'
import { isUuid } from '../../core/ids.ts'
import type { Services } from '../../core/ports.ts'
import { parseBody, uuid } from '../../core/schema.ts'
import { explain, nearness } from '../../steps/explain.ts'
import { explainRun } from '../../steps/explain-run.ts'
import { explainWaits } from '../../steps/explain-waits.ts'
import { fatesOf } from '../../steps/fates.ts'
import type { FeedReader } from '../../steps/feed.ts'
import { type Call, idParam, ok, type Route } from '../route.ts'

type Uses = Parameters<typeof explain>[0] &
  Pick<Services, 'automations' | 'events' | 'runs' | 'clock'>

/** Automations that are explained at once, those that came nearest to firing. */
const EXPLAINED_MAX = 50

/** Events of one question about fates: four pages of the feed. */
const EVENTS_MAX = 200

/** Ids of stored events; those that are not there are left out of the answer. */
const fatesSchema = z.strictObject({ event_ids: z.array(uuid).max(EVENTS_MAX) })

export function explainRoutes(services: Uses, readFeed: FeedReader): Route[] {
  const { automations, events, runs } = services
  const explanations = explain(services)
  const ofRun = explainRun(services, readFeed)
  const waitsOf = explainWaits(services)
  const fates = fatesOf(services)

  async function meant(call: Call) {
    const id = call.query.get('automation')
    if (id === null) {
      return (await automations.list(call.workspace)).map(({ automation }) => automation)
    }
    const found = isUuid(id) ? await automations.get(call.workspace, id.toLowerCase()) : null
    if (!found) throw new Refusal(404, 'Automation not found', { key: 'exception_message' })
    return [found.value.automation]
  }

  return [
    {
      method: 'GET',
      path: '/events/:id/explain',
      query: { automation: uuid.optional() },
      summary:
        'What automations made of an event, and why: of `automation`, or of all, nearest first',
      async handle(call) {
        const event = await events.get(call.workspace, idParam(call))
        if (!event) throw notFound('Event')
        const found = await explanations(call.workspace, event, await meant(call))
        return ok(
          found
            .toSorted((a, b) => nearness(b.verdict) - nearness(a.verdict))
            .slice(0, EXPLAINED_MAX),
        )
      },
    },
    {
      method: 'POST',
      path: '/events/fates',
      needs: 'read',
      summary: 'Which of some events came late, wait or were ignored, and by which triggers',
      body: fatesSchema,
      async handle(call) {
        const { event_ids: ids } = parseBody(fatesSchema, await call.body())
        const found = await Promise.all(ids.map((id) => events.get(call.workspace, id)))
        const all = await automations.list(call.workspace)
        return ok(
          await fates(
            call.workspace,
            found.filter((event) => event !== null),
            all.map(({ automation }) => automation),
          ),
        )
      },
    },
    {
      method: 'GET',
      path: '/flow_runs/:id/explain',
      summary: 'Why there is a run: event, firing and action that made it, and what came of it',
      async handle(call) {
        const run = await runs.get(call.workspace, idParam(call))
        if (!run) throw notFound('Flow run')
        return ok(await ofRun(call.workspace, run.value))
      },
    },
    {
      method: 'GET',
      path: '/automations/:id/explain',
      summary:
        'What an automation waits for: each open bucket, what is missing there and until when',
      async handle(call) {
        const found = await automations.get(call.workspace, idParam(call))
        if (!found) throw notFound('Automation')
        return ok(await waitsOf(call.workspace, found.value.automation))
      },
    },
  ]
}
