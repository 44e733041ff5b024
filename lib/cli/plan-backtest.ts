// What the triggers that a plan changes would have done: each is backtested beside the one it replaces, before anything is changed.
import type { BacktestResult } from '../core/backtest.ts'
import type { Warning } from '../core/never.ts'
import type { Client } from '../sdk/client.ts'
import type { AutomationBody } from '../sdk/triggers.ts'

/** A trigger that a change makes or replaces. */
export interface ChangedTrigger {
  body: AutomationBody
  /** The id of the automation that has it now; null for a new one. */
  replaces: string | null
}

/** What became of it over the last days, and what is probably not meant about it. */
export interface TriggerBacktest extends Pick<BacktestResult, 'since' | 'firings' | 'incomplete'> {
  trigger: string
  warnings: Warning[]
  until: string
}

/** How far back: where a server begins unless it is told, and as long as events are kept by default. */
export const PLAN_DAYS = 7
/** For one trigger: a pull request waits for all of them. */
const SECONDS_MAX = 60

export async function backtestTrigger(
  client: Client,
  { body, replaces }: ChangedTrigger,
): Promise<TriggerBacktest> {
  const { owner_resource, ...automation } = body
  const result = await client.automations.backtest({
    automation,
    ...(replaces !== null && { automation_id: replaces }),
    max_seconds: SECONDS_MAX,
  })
  const { since, until, firings, incomplete } = result
  const warnings = await client.automations.check(body)
  return { trigger: body.name, warnings, since, until, firings, incomplete }
}

/** "would have fired 14 times in the last 7 days, was 3" */
export function firedText({ firings, incomplete }: TriggerBacktest): string {
  const times = firings.now === 1 ? 'once' : `${firings.now} times`
  const was = firings.before === null ? '' : `, was ${firings.before}`
  const short = incomplete === null ? '' : ` (not all was read: ${incomplete} ran out)`
  return `would have fired ${times} in the last ${PLAN_DAYS} days${was}${short}`
}
