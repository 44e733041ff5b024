// EventBridge Scheduler's one-time expression, at(yyyy-mm-ddThh:mm:ss), in a time zone. AWS has whole seconds; here the second
// may have up to six decimals, which the SDK passes through untouched, so that a local wake comes to the millisecond.
import {
  formatInstant,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  type Micros,
  parseInstant,
  toDate,
} from '../core/time.ts'

const AT = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)\)$/

/** The moment of an at() expression, or null when it is none, or the zone is not known. */
export function parseAt(expression: string, zone = 'UTC'): Micros | null {
  const wall = parseInstant(AT.exec(expression)?.[1] ?? '')
  if (wall === null || zone === 'UTC') return wall
  try {
    const guess = wall - offsetOf(zone, wall)
    return wall - offsetOf(zone, guess)
  } catch (error) {
    if (error instanceof RangeError) return null // an unknown zone
    throw error
  }
}

/** AWS knows whole seconds, the local timers milliseconds. */
export type Precision = 'second' | 'millisecond'

/** The least difference of two times that a schedule can tell apart. */
export const UNIT: Record<Precision, Micros> = {
  second: MICROS_PER_SECOND,
  millisecond: MICROS_PER_MS,
}
const DIGITS = {
  second: 'yyyy-mm-ddThh:mm:ss'.length,
  millisecond: 'yyyy-mm-ddThh:mm:ss.sss'.length,
}

/** The first moment from this one on that a schedule can have: a wake may be late, not early. */
export const roundUp = (at: Micros, precision: Precision): Micros =>
  Math.ceil(at / UNIT[precision]) * UNIT[precision]

/** The expression, in UTC, of a moment that was rounded up. */
export const formatAt = (at: Micros, precision: Precision): string =>
  `at(${formatInstant(at).slice(0, DIGITS[precision])})`

/** How far a zone's wall clock is ahead of UTC at a moment. */
function offsetOf(zone: string, at: Micros): Micros {
  const date = toDate(at)
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const part = Object.fromEntries(
    format.formatToParts(date).map(({ type, value }) => [type, Number(value)]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>
  const { year, month, day, hour, minute, second } = part
  const wall = Date.UTC(year, month - 1, day, hour, minute, second)
  return (wall - Math.floor(date.getTime() / 1000) * 1000) * MICROS_PER_MS
}
