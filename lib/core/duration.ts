// Durations as seconds. The API takes what pydantic takes: numbers, ISO 8601 and clock notation. People writing TypeScript or YAML
// may say "30m" or { hours: 2 } too; the API does not take those.

/** What is wrong with a duration, in pydantic's words. */
export interface DurationFault {
  type: 'time_delta_type' | 'time_delta_parsing'
  msg: string
}

/** The longest duration in days, either way: Python's timedelta. */
const DURATION_DAYS_MAX = 999_999_999
const DAY = 86_400

const ISO_8601 = /^([+-])?P(?=.*\d)((?:\d+(?:[.,]\d*)?[YMWD])*)(?:T((?:\d+(?:[.,]\d*)?[HMS])*))?$/
const FRACTION_BEFORE_THE_END = /[.,]\d*[A-Z].*\d/
const QUANTITY = /(\d+(?:[.,]\d*)?)([A-Z])/g
const CLOCK = /^([+-])?(\d{2,}|\d(?=:\d\d:)):([0-5]\d)(?::([0-5]\d)(?:[.,](\d+))?)?$/
const DAYS =
  /^([+-])?(\d+) ?d(?:ays?)?(?:,|,? ?([01]\d|2[0-3]|\d(?=:\d\d:)):([0-5]\d)(?::([0-5]\d)(?:[.,](\d+))?)?)?$/i
const SHORT = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*/gi
const SHORT_WHOLE = /^\s*(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d|w)\s*)+$/i

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: DAY,
  w: 7 * DAY,
  milliseconds: 0.001,
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: DAY,
  weeks: 7 * DAY,
}

/**
 * Seconds, to the microsecond, of a duration as Prefect's API takes it: a number (true is 1), `PT1H30M`, `P1DT2H`, `P2W`, or
 * `[D days,] HH:MM[:SS[.ffffff]]`; each may be negative. Numbers in text ("90") are refused, as by Prefect.
 */
export function parseDuration(value: unknown): number | DurationFault {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number') return within(value, value)
  if (typeof value !== 'string') {
    return { type: 'time_delta_type', msg: 'Input should be a valid timedelta' }
  }
  const seconds = secondsOfText(value)
  return seconds === null ? unreadable(value) : within(seconds, value)
}

/** Like `parseDuration`, and also "30m", "1h 30m", "90" and `{ hours: 2, minutes: 30 }`: for programs and files, not for the API. */
export function parseLenientDuration(value: unknown): number | DurationFault {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return ofUnits(value)
  if (typeof value !== 'string') return parseDuration(value)
  const text = value.trim()
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return within(Number(text), value)
  if (!SHORT_WHOLE.test(text)) return parseDuration(text)
  let seconds = 0
  for (const [, amount, unit = ''] of text.matchAll(SHORT)) {
    seconds += Number(amount) * (UNIT_SECONDS[unit.toLowerCase()] ?? 0)
  }
  return within(seconds, value)
}

function secondsOfText(text: string): number | null {
  const iso = ISO_8601.exec(text)
  if (iso && !FRACTION_BEFORE_THE_END.test(text)) {
    const [, sign, date = '', time = ''] = iso
    return signed(sign, sumOf(date, DATE_SECONDS) + sumOf(time, TIME_SECONDS))
  }
  const days = DAYS.exec(text)
  if (days) return signed(days[1], Number(days[2]) * DAY + ofClock(days.slice(3)))
  const clock = CLOCK.exec(text)
  return clock && signed(clock[1], ofClock(clock.slice(2)))
}

/** Pydantic's year has 365 days and its month 30. */
const DATE_SECONDS: Readonly<Record<string, number>> = {
  Y: 365 * DAY,
  M: 30 * DAY,
  W: 7 * DAY,
  D: DAY,
}
const TIME_SECONDS: Readonly<Record<string, number>> = { H: 3600, M: 60, S: 1 }

function sumOf(quantities: string, seconds: Readonly<Record<string, number>>): number {
  let sum = 0
  for (const [, amount = '', unit = ''] of quantities.matchAll(QUANTITY)) {
    sum += Number(amount.replace(',', '.')) * (seconds[unit] ?? 0)
  }
  return sum
}

/** Hours, minutes, seconds and their decimals, of which six count. */
function ofClock([h = '0', m = '0', s = '0', fraction = '']: (string | undefined)[]): number {
  return Number(h) * 3600 + Number(m) * 60 + Number(s) + Number(`0.${fraction.slice(0, 6)}`)
}

const signed = (sign: string | undefined, seconds: number): number =>
  sign === '-' ? -seconds : seconds

function ofUnits(units: object): number | DurationFault {
  let seconds = 0
  for (const [unit, amount] of Object.entries(units)) {
    const factor = Object.hasOwn(UNIT_SECONDS, unit) ? UNIT_SECONDS[unit] : undefined
    if (factor === undefined || typeof amount !== 'number') return unreadable({ [unit]: amount })
    seconds += amount * factor
  }
  return within(seconds, units)
}

function within(seconds: number, given: unknown): number | DurationFault {
  if (!Number.isFinite(seconds)) return unreadable(given)
  if (Math.abs(seconds) > DURATION_DAYS_MAX * DAY) {
    const msg = `Input should be a valid timedelta, durations may not exceed ${DURATION_DAYS_MAX} days`
    return { type: 'time_delta_parsing', msg }
  }
  return Math.abs(seconds) < 1e9 ? Math.round(seconds * 1e6) / 1e6 : seconds
}

const unreadable = (given: unknown): DurationFault => ({
  type: 'time_delta_parsing',
  msg: `Input should be a valid timedelta, ${JSON.stringify(given)} is not one; try 90, "PT1M30S" or "00:01:30"`,
})
