// "Why not?" over REST: what an automation made of an event, or what all of them did. Ours; Prefect has none.
import { notFound, Refusal } from '../../core/errors.ts'
import { isUuid } from '../../core/ids.ts'
import type { Services } from '../../core/ports.ts'
import { explain, nearness } from '../../steps/explain.ts'
import { type Call, idParam, ok, type Route } from '../route.ts'

type Uses = Parameters<typeof explain>[0] & Pick<Services, 'automations' | 'events'>

/** Automations that are explained at once, those that came nearest to firing. */
const EXPLAINED_MAX = 50

export function explainRoutes(services: Uses): Route[] {
  const { automations, events } = services
  const explanations = explain(services)

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
  ]
}
