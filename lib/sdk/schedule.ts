// Schedules of a deployment: plain data with protocol keys, as its triggers are.
import { type Duration, secondsOf } from './duration.ts'
import type { NewSchedule } from './wire.ts'

/** When a deployment's runs are made without an event; exactly one of the three forms. */
export type Schedule = (
  | { cron: string; timezone?: string; day_or?: boolean }
  | { interval: Duration; anchor_date?: string; timezone?: string }
  | { rrule: string; timezone?: string }
) & {
  /** @default true */
  active?: boolean
  /** Over the deployment's own. */
  parameters?: Record<string, unknown>
  slug?: string
  max_scheduled_runs?: number
}

/**
 * A schedule as it is sent.
 * @throws TypeError for an interval that is no duration, or is negative
 */
export function scheduleBody(schedule: Schedule): NewSchedule {
  const { active, parameters, slug, max_scheduled_runs, ...form } = schedule
  return {
    active: active ?? true,
    parameters: parameters ?? {},
    slug: slug ?? null,
    max_scheduled_runs: max_scheduled_runs ?? null,
    schedule:
      'interval' in form ? { ...form, interval: secondsOf('interval', form.interval) } : form,
  }
}
