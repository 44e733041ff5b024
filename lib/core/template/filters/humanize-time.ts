// Filters of jinja2-humanize-extension that tell how long something takes, in English.
import { fail, refuse } from '../errors.ts'
import { toFloat } from '../operators.ts'
import { str } from '../print.ts'
import type { Run } from '../run.ts'
import { Float, isNumber, isTrue, lengthOf, type Value } from '../values.ts'
import { floatOf, numberIn, print, text, withCommas } from './humanize-values.ts'
import { halfEven, parseInteger } from './numbers.ts'

const some = (count: number, unit: string): string =>
  `${withCommas(String(count))} ${unit}${count === 1 ? '' : 's'}`

/** Days of the longest timedelta. */
const DAYS_MAX = 999_999_999

/** A length as Python's timedelta holds it, without its sign. */
function timeDelta(seconds: number): { days: number; seconds: number; micros: number } {
  const total = Math.abs(seconds)
  if (!Number.isFinite(total)) fail('overflow', 'cannot convert float infinity to integer')
  const whole = Math.floor(total)
  const micros = halfEven((total - whole) * 1e6)
  const carried = whole + Math.floor(micros / 1e6)
  const days = Math.floor(carried / 86_400)
  if (days > DAYS_MAX) fail('overflow', `days=${days}; must have magnitude <= ${DAYS_MAX}`)
  return { days, seconds: carried - days * 86_400, micros: micros % 1e6 }
}

/** `humanize_naturaldelta`: a number of seconds in its largest unit. */
export function naturalDelta(value: Value, [months, minimumUnit]: Value[], run: Run): string {
  if (text(minimumUnit) !== 'seconds')
    refuse('minimum_unit', 'lengths are told in seconds and above')
  const found = numberIn(value, (digits) => parseInteger(digits, 10))
  if (found === null || !Number.isFinite(toFloat(found))) return str(value, run.meter)
  const { days: allDays, seconds } = timeDelta(toFloat(found))
  const [years, days] = [Math.floor(allDays / 365), allDays % 365]
  if (allDays < 1) return withinDay(seconds)
  if (years > 1) return some(halfEven(allDays / 365), 'year')
  const rounded = halfEven(days / 30.5)
  if (years === 0) {
    if (days === 1) return 'a day'
    if (rounded === 0 || !isTrue(months)) return some(days, 'day')
    return rounded === 1 ? 'a month' : rounded === 12 ? 'a year' : some(rounded, 'month')
  }
  if (days === 0) return 'a year'
  if (rounded === 0 || !isTrue(months)) return `1 year, ${some(days, 'day')}`
  return rounded === 12 ? '2 years' : `1 year, ${some(rounded, 'month')}`
}

function withinDay(seconds: number): string {
  if (seconds === 0) return 'a moment'
  if (seconds === 1) return 'a second'
  if (seconds < 60) return some(seconds, 'second')
  if (seconds < 3600) {
    const minutes = halfEven(seconds / 60)
    return minutes === 1 ? 'a minute' : minutes === 60 ? 'an hour' : some(minutes, 'minute')
  }
  const hours = halfEven(seconds / 3600)
  return hours === 1 ? 'an hour' : hours === 24 ? 'a day' : some(hours, 'hour')
}

const UNITS = [
  'years',
  'months',
  'days',
  'hours',
  'minutes',
  'seconds',
  'milliseconds',
  'microseconds',
]

/** `humanize_precisedelta`: a number of seconds in all its units. */
export function preciseDelta(
  value: Value,
  [minimumUnit, suppress, format]: Value[],
  run: Run,
): string {
  if (!isNumber(value) || Number.isNaN(toFloat(value))) return str(value, run.meter)
  const delta = timeDelta(toFloat(value))
  if ((lengthOf(suppress) ?? 0) > 0) refuse('suppress', 'every unit is told')
  const least = UNITS.indexOf(text(minimumUnit).toLowerCase())
  if (least < 0) fail('key', `'${text(minimumUnit).toUpperCase()}'`)
  const rounded = (amount: number): number => floatOf(print(format, new Float(amount), run))
  const amounts = unitsOf(delta, least, rounded)
  if (least === 0 && Number.isInteger(amounts[0]) && delta.seconds + delta.micros > 0) {
    refuse("minimum_unit='years'", 'what is no whole day would be told in microseconds')
  }
  const parts: string[] = []
  amounts.forEach((amount, index) => {
    const isLeast = index === least
    if (!(amount > 0 || (parts.length === 0 && isLeast))) return
    const count = amount > 1 && amount < 2 ? 2 : Math.trunc(amount)
    const unit = (UNITS[index] ?? '').replace(/s$/, count === 1 ? '' : 's')
    const shown =
      isLeast && amount % 1 > 0
        ? print(format, new Float(amount), run)
        : index === 0
          ? withCommas(String(amount))
          : String(Math.trunc(amount))
    parts.push(`${shown} ${unit}`)
  })
  const last = parts.pop() ?? ''
  return parts.length > 0 ? `${parts.join(', ')} and ${last}` : last
}

/** Divisors from years down to milliseconds, in the unit at hand: days, then seconds, then microseconds. */
const DIVISORS = [365, 30.5, 86_400, 3600, 60, 1e6, 1000, 1]
/** Above so many of a unit, one of the next larger unit is told instead. */
const PROMOTED = [Infinity, 12, 31, 24, 60, 60, 1000, Infinity]
const [MONTHS, DAYS, SECONDS] = [1, 2, 5]

/** A length in whole units from years on, the least one rounded by the format; what rounds up is carried. */
function unitsOf(
  delta: { days: number; seconds: number; micros: number },
  least: number,
  rounded: (amount: number) => number,
): number[] {
  let left = delta.days
  const amounts = DIVISORS.slice(0, least + 1).map((size, unit) => {
    if (unit === DAYS) left = left * 86_400 + delta.seconds
    if (unit === SECONDS) left = left * 1e6 + delta.micros
    if (unit === least) return rounded(left / size)
    const amount = Math.floor(left / size)
    left = Math.trunc(left - amount * size)
    return amount
  })
  for (const unit of [6, SECONDS, 4, 3, DAYS, MONTHS]) {
    const most = PROMOTED[unit] ?? Infinity
    if ((amounts[unit] ?? 0) < most) continue
    amounts[unit] = (amounts[unit] ?? 0) - most
    amounts[unit - 1] = (amounts[unit - 1] ?? 0) + 1
  }
  return amounts
}
