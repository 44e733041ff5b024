// Checks and backtests over REST, both before anything is saved: a new or changed automation over the events that are stored. Ours; Prefect has none. The answer is lines as they
// come, for reading a week of events takes a while: progress, then the result.
import { z } from 'zod'
import {
  type Automation,
  automationCreateSchema,
  parseAutomationCreate,
  type TemplateChecks,
} from '../../core/automation.ts'
import { Refusal } from '../../core/errors.ts'
import type { Services } from '../../core/ports.ts'
import { instant, integer, parseBody, uuid } from '../../core/schema.ts'
import { checkTemplate, validateParameters } from '../../core/template/parameters.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../../core/time.ts'
import { backtest } from '../../steps/backtest.ts'
import { check } from '../../steps/check.ts'
import type { FeedReader } from '../../steps/feed.ts'
import { type Call, ok, type Route } from '../route.ts'

type Uses = Parameters<typeof backtest>[0] &
  Parameters<typeof check>[0] &
  Pick<Services, 'automations' | 'ids'>

const TEMPLATES: TemplateChecks = { template: checkTemplate, parameters: validateParameters }

/** How far back a backtest looks that does not say: as long as events are kept by default. */
const DEFAULT_SPAN: Micros = 7 * 86_400 * MICROS_PER_SECOND
/** Seconds that a backtest may take: by default less than a Lambda function's caller waits. */
const SECONDS_DEFAULT = 25
const SECONDS_MAX = 600

/** At least one of the two: an automation that need not be saved, and the id of the saved one that it would replace. */
const backtestSchema = z.strictObject({
  automation: automationCreateSchema.nullish(),
  automation_id: uuid.nullish(),
  since: instant.nullish(),
  until: instant.nullish(),
  max_seconds: integer.pipe(z.number().min(1).max(SECONDS_MAX)).default(SECONDS_DEFAULT),
})

export function backtestRoutes(services: Uses, readFeed: FeedReader): Route[] {
  const warningsOf = check(services, readFeed)
  const { automations, clock, ids } = services
  const run = backtest(services)

  async function saved(call: Call, id: string | null | undefined): Promise<Automation | null> {
    if (!id) return null
    const found = await automations.get(call.workspace, id)
    if (!found) throw new Refusal(404, 'Automation not found', { key: 'exception_message' })
    return found.value.automation
  }

  return [
    {
      method: 'POST',
      path: '/automations/check',
      needs: 'read',
      summary:
        'What is probably not meant about an automation that could be saved, with the reasons',
      body: automationCreateSchema,
      async handle(call) {
        const context = { newId: ids.next, now: clock.now(), templates: TEMPLATES }
        const { automation } = parseAutomationCreate(await call.body(), context)
        return ok({ warnings: await warningsOf(call.workspace, automation) })
      },
    },
    {
      method: 'POST',
      path: '/automations/backtest',
      summary: 'What an automation would have done over stored events, and what the saved one did',
      body: backtestSchema,
      async handle(call) {
        const body = await call.body()
        const asked = parseBody(backtestSchema, body)
        const before = await saved(call, asked.automation_id)
        const context = { newId: ids.next, now: clock.now(), templates: TEMPLATES }
        const draft = asked.automation
          ? parseAutomationCreate((body as { automation: unknown }).automation, context).automation
          : before
        if (!draft)
          throw new Refusal(422, 'Give an automation, or the automation_id of a saved one')
        const until = momentOf(asked.until) ?? clock.now()
        const since = momentOf(asked.since) ?? until - DEFAULT_SPAN
        const lines = run(call.workspace, {
          automation: { ...draft, id: before?.id ?? draft.id },
          before: asked.automation ? before : null,
          since: Math.min(since, until),
          until,
          msMax: asked.max_seconds * 1_000,
        })
        return { status: 200, lines }
      },
    },
  ]
}

const momentOf = (text: string | null | undefined): Micros | null =>
  text ? parseInstant(text) : null
