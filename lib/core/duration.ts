// Durations as seconds. The API takes what pydantic takes: numbers, ISO 8601 and clock notation. Months and years have no fixed
// length, so they are refused. People writing TypeScript or YAML may say "30m" or { hours: 2 } too; the API does not take those.

/** What is wrong with a duration, in pydantic's words. */
export interface DurationFault {
  type: 'time_delta_type' | 'time_delta_parsing'
  msg: string
}

/** The longest duration in days, either way: Python's timedelta. */
const DURATION_DAYS_MAX = 999_999_999
const DAY = 86_400

const ISO_8601 =
  /^([+-])?P(?=[\dT])(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?=\d)(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/i
const CLOCK =
  /^([+-])?(?:(\d+) ?d(?:ays?)?(?:$|,? *(?=\d)))?(?:(\d+):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?)?$/i
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
  if (iso) {
    const [, sign, w = '0', d = '0', h = '0', m = '0', s = '0'] = iso
    return signed(sign, [w, d, h, m, s].map(Number), [7 * DAY, DAY, 3600, 60, 1])
  }
  const clock = CLOCK.exec(text)
  if (!clock || (clock[2] === undefined && clock[3] === undefined)) return null
  const [, sign, d = '0', h = '0', m = '0', s = '0', fraction = '0'] = clock
  return signed(sign, [d, h, m, s, `0.${fraction}`].map(Number), [DAY, 3600, 60, 1, 1])
}

function signed(sign: string | undefined, amounts: number[], units: number[]): number {
  const sum = amounts.reduce((total, amount, i) => total + amount * (units[i] ?? 0), 0)
  return sign === '-' ? -sum : sum
}

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
