// Lengths of time as people write them in triggers and schedules; the wire has seconds.
import { parseLenientDuration } from '../core/duration.ts'

/** Seconds, ISO 8601 (`"PT2H"`), short (`"2h"`), or units. Never negative. */
export type Duration =
  | number
  | string
  | Partial<Record<'weeks' | 'days' | 'hours' | 'minutes' | 'seconds' | 'milliseconds', number>>

/**
 * The length as the wire has it; `field` names it in what is thrown.
 * @throws TypeError for what is no duration, or is negative
 */
export function secondsOf(field: string, given: Duration): number {
  const parsed = parseLenientDuration(given)
  const said = JSON.stringify(given)
  if (typeof parsed !== 'number') {
    throw new TypeError(
      `${field}: ${said} is not a duration; try 90, "PT1M30S" or { minutes: 1.5 }`,
    )
  }
  if (parsed < 0) throw new TypeError(`${field}: ${said} lies in the past; it must not be negative`)
  return parsed
}
