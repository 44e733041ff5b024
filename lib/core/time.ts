// Instants. Prefect compares microseconds, which a JavaScript Date cannot hold, so the wire form is kept as text with six
// decimals and calculations are done on whole microseconds since 1970, which a double holds exactly until the year 2255.

/** Whole microseconds since 1970-01-01T00:00:00Z. */
export type Micros = number

/** In answers of a server whose clock was moved: by how many microseconds. Whoever works with it goes by that. */
export const CLOCK_HEADER = 'x-tripline-clock-ahead'

/** Milliseconds since some moment, for budgets of work. It runs whatever the clock is told. */
export type Stopwatch = () => number

export const MICROS_PER_SECOND = 1_000_000
export const MICROS_PER_MS = 1_000

const DAY_SECONDS = 86_400

/** The first and the last whole second of the years 1 to 9999, the only ones the wire form can write. */
const INSTANT_MIN = -62_135_596_800 * MICROS_PER_SECOND
const INSTANT_MAX = 253_402_300_799 * MICROS_PER_SECOND
const MS_MAX = INSTANT_MAX / MICROS_PER_MS + 999

const ISO =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T t_](\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?)?$/
const COMPACT =
  /^(\d{4})(\d{2})(\d{2})T(\d{2})(?:(\d{2})(?:(\d{2})(?:[.,](\d{1,9})\d*)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/

/**
 * Microseconds of an ISO 8601 instant: `T` or a space between date and time, or `20250101T060000Z`, any number of decimals (cut
 * to six), `Z`, an offset, or nothing (UTC). Null when the text is no instant of the years 1 to 9999.
 */
export function parseInstant(text: string): Micros | null {
  const m = ISO.exec(text) ?? COMPACT.exec(text)
  if (!m) return null
  const [, y, mo, d = '1', h = '0', mi = '0', s = '0', fraction = '', zone = 'Z'] = m
  const month = Number(mo)
  const day = Number(d)
  if (month < 1 || month > 12 || day < 1 || day > daysIn(Number(y), month)) return null
  if (Number(h) > 23 || Number(mi) > 59 || Number(s) > 59) return null
  if (Math.abs(offsetSeconds(zone)) >= DAY_SECONDS) return null
  const ms = Date.UTC(2000, month - 1, day, Number(h), Number(mi), Number(s)) // 2000: two-digit years are not 19xx
  const date = new Date(ms)
  date.setUTCFullYear(Number(y), month - 1, day)
  const micros = Number(`${fraction}000000`.slice(0, 6))
  const whole = date.getTime() * MICROS_PER_MS - offsetSeconds(zone) * MICROS_PER_SECOND
  return whole >= INSTANT_MIN && whole <= INSTANT_MAX ? whole + micros : null
}

/** Numbers beyond this are milliseconds since 1970, those within are seconds: pydantic's rule. */
const EPOCH_SECONDS_MAX = 20_000_000_000
const NUMBER = /^[+-]?\d+(\.\d+)?$/

/** Microseconds of what a request calls a moment: ISO text, or seconds or milliseconds since 1970 as a number or as text. */
export function readInstant(value: unknown): Micros | null {
  if (typeof value === 'number') return ofEpoch(value)
  if (typeof value !== 'string') return null
  return NUMBER.test(value) ? ofEpoch(Number(value)) : parseInstant(value)
}

function ofEpoch(epoch: number): Micros | null {
  const unit = Math.abs(epoch) > EPOCH_SECONDS_MAX ? MICROS_PER_MS : MICROS_PER_SECOND
  const at = Math.round(epoch * unit)
  return at >= INSTANT_MIN && at <= INSTANT_MAX ? at : null
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function offsetSeconds(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0
  const digits = zone.slice(1).replace(':', '')
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2) || '0') * 60
  return zone.startsWith('-') ? -seconds : seconds
}

/** The wire form: `2026-11-21T09:00:00.123456Z`, always six decimals, so that text order is time order. */
export function formatInstant(at: Micros): string {
  // Beyond the year 2255 doubles are coarser than a microsecond, and may round into the next millisecond, or year.
  const ms = Math.min(Math.floor(at / MICROS_PER_MS), MS_MAX)
  const rest = Math.min(Math.max(0, at - ms * MICROS_PER_MS), 999)
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`
}

/** Later than any instant: the end of a range that has none. */
export const ALL_TIME = '9999-12-31T23:59:59.999999Z'

/** The moment as a JavaScript date; microseconds below the millisecond are cut. */
export const toDate = (at: Micros): Date => new Date(Math.floor(at / MICROS_PER_MS))
