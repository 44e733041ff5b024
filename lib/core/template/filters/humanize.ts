// Filters of jinja2-humanize-extension, in English, as far as they need no clock. Numbers that are none come back as text.
import { exponentText, fixedText, groupDigits } from '../decimals.ts'
import { fail, refuse } from '../errors.ts'
import { truncated } from '../format.ts'
import { failUndefined, order, toFloat } from '../operators.ts'
import { floatText, str } from '../print.ts'
import { printf } from '../printf.ts'
import { type Entry, entry, type Run } from '../run.ts'
import { strFormat } from '../str-format.ts'
import {
  Float,
  int,
  isFloat,
  isInt,
  isString,
  isTrue,
  lengthOf,
  numberOf,
  textOf,
  Undefined,
  type Value,
} from '../values.ts'
import { parseFloatText, parseInteger } from './numbers.ts'

type Real = number | bigint | Float

/** The number a value stands for, or null where Python's `float(value)` raises. */
function realOf(value: Value): Real | null {
  if (value instanceof Undefined) return failUndefined(value)
  if (isInt(value)) return int(BigInt(value))
  if (isFloat(value)) return new Float(numberOf(value))
  if (!isString(value)) return null
  const whole = parseInteger(textOf(value), 10)
  if (whole !== null) return whole
  const float = parseFloatText(textOf(value))
  return float === null ? null : new Float(float)
}

/** A filter over a number; anything else is printed, infinities as humanize writes them. */
const numeric = (
  signature: string,
  apply: (value: Real, args: Value[], run: Run) => Value,
): Entry =>
  entry(signature, (value, args, run) => {
    const real = realOf(value)
    if (real === null) return str(value, run.meter)
    const size = toFloat(real)
    if (Number.isNaN(size)) return 'NaN'
    if (!Number.isFinite(size)) return size > 0 ? '+Inf' : '-Inf'
    return apply(real, args, run)
  })

const wholeOf = (value: Real): bigint => (value instanceof Float ? truncated(value) : BigInt(value))

const withCommas = (text: string): string =>
  text.replace(/^(-?)(\d+)/, (_, sign: string, digits: string) => sign + groupDigits(digits, ','))

function intComma(value: Real, [digits]: Value[]): string {
  if (digits !== null) return withCommas(fixedText(toFloat(value), Number(digits)))
  return withCommas(value instanceof Float ? floatText(value.value) : String(value))
}

const NAMES = [
  'thousand',
  'million',
  'billion',
  'trillion',
  'quadrillion',
  'quintillion',
  'sextillion',
  'septillion',
  'octillion',
  'nonillion',
  'decillion',
  'googol',
]
const POWERS = [3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 100]

function intWord(value: Real, [format]: Value[], run: Run): string {
  const whole = wholeOf(value)
  const size = whole < 0n ? -whole : whole
  const sign = whole < 0n ? '-' : ''
  let at = POWERS.findLastIndex((power) => size >= 10n ** BigInt(power))
  if (at < 0) return sign + String(size)
  const shown = (index: number) =>
    textOf(printf(text(format), new Float(Number(size) / 10 ** (POWERS[index] ?? 0)), run))
  const next = POWERS[at + 1]
  if (next !== undefined && Number(shown(at)) === 10 ** (next - (POWERS[at] ?? 0))) at++
  return `${sign}${shown(at)} ${NAMES[at]}`
}

const text = (value: Value): string =>
  isString(value) ? textOf(value) : fail('type', 'a format must be str')

function ordinal(value: Real): string {
  const whole = wholeOf(value)
  const last = Number(((whole % 100n) + 100n) % 100n)
  const suffix = last >= 11 && last <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][last % 10] ?? 'th')
  return `${whole}${suffix}`
}

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

const apNumber = (value: Real): string => {
  const whole = wholeOf(value)
  return whole >= 0n && whole < 10n ? (DIGITS[Number(whole)] ?? '') : String(whole)
}

/** The fraction nearest to a value between 0 and 1 with a denominator of 1,000 at most. */
function nearestFraction(value: number): [number, number] {
  let best: [number, number] = [Math.round(value), 1]
  for (let denominator = 2; denominator <= 1000; denominator++) {
    const numerator = Math.round(value * denominator)
    const gain = Math.abs(value - best[0] / best[1]) - Math.abs(value - numerator / denominator)
    if (gain > 0) best = [numerator, denominator]
  }
  return best
}

function fractional(value: Real): string {
  const number = toFloat(value)
  const whole = Math.trunc(number)
  const [numerator, denominator] = nearestFraction(Math.abs(number - whole))
  const signed = number < 0 ? -numerator : numerator
  if (whole !== 0 && numerator === 0) return String(whole)
  return `${whole === 0 ? '' : `${whole} `}${signed}/${denominator}`
}

const SIZES = 'kMGTPEZYRQ'

function naturalSize(value: Real, [binary, gnu, format]: Value[], run: Run): string {
  const bytes = toFloat(value)
  const size = Math.abs(bytes)
  const base = isTrue(gnu) || isTrue(binary) ? 1024 : 1000
  if (size === 1 && !isTrue(gnu)) return `${Math.trunc(bytes)} Byte`
  if (size < base) return `${Math.trunc(bytes)}${isTrue(gnu) ? 'B' : ' Bytes'}`
  const power = Math.min(Math.trunc(Math.log(size) / Math.log(base) + 1e-12), SIZES.length)
  const shown = textOf(printf(text(format), new Float(bytes / base ** power), run))
  const letter = SIZES[power - 1] ?? ''
  if (isTrue(gnu)) return shown + letter.toUpperCase()
  return `${shown} ${isTrue(binary) ? `${letter.toUpperCase()}iB` : `${letter}B`}`
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

function scientific(value: Real, [precision]: Value[]): string {
  const [mantissa = '', power = ''] = exponentText(toFloat(value), Number(precision)).split('e')
  const exponent = String(Number(power)).replace('-', '⁻')
  return `${mantissa} x 10${exponent.replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? '')}`
}

function metric(value: Real, [unit, precision]: Value[]): string {
  const number = toFloat(value)
  const exponent = number === 0 ? 0 : Math.floor(Math.log10(Math.abs(number)))
  if (exponent >= 33 || exponent < -30)
    return scientific(value, [Number(precision) - 1]) + text(unit)
  const third = Math.floor(exponent / 3)
  const prefix = exponent >= 3 ? SIZES[third - 1] : exponent < 0 ? 'mμnpfazyrq'[-third - 1] : ''
  const digits = Math.max(0, Number(precision) - (exponent - third * 3) - 1)
  const name = `${prefix}${text(unit)}`
  const isTight = name === '' || ['°', '′', '″'].includes(text(unit))
  return `${fixedText(number / 10 ** (third * 3), digits)}${isTight ? '' : ' '}${name}`
}

function clamp(value: Real, [format, floor, ceil, below, above]: Value[], run: Run): string {
  const isLow = floor !== null && order(value, floor, run.meter) < 0
  const isHigh = !isLow && ceil !== null && order(value, ceil, run.meter) > 0
  const shown = isLow ? floor : isHigh ? ceil : value
  const sign = isLow ? text(below) : isHigh ? text(above) : ''
  return sign + textOf(strFormat(text(format), { positional: [shown], named: new Map() }, run))
}

// ── lengths of time ──

const some = (count: number, unit: string): string =>
  `${withCommas(String(count))} ${unit}${count === 1 ? '' : 's'}`

/** Round half to even, as Python does. */
function halfEven(value: number): number {
  const floor = Math.floor(value)
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value)
}

function naturalDelta(value: Real, [months, minimumUnit]: Value[]): string {
  if (text(minimumUnit) !== 'seconds')
    refuse('minimum_unit', 'lengths are told in seconds and above')
  const total = Math.abs(toFloat(value))
  const seconds = Math.trunc(total % 86_400)
  const allDays = Math.floor(total / 86_400)
  const [years, days] = [Math.floor(allDays / 365), allDays % 365]
  if (allDays < 1) return withinDay(seconds)
  if (years > 1) return some(years, 'year')
  const rounded = isTrue(months) ? halfEven(days / 30.5) : 0
  if (years === 0) {
    if (days === 1) return 'a day'
    if (rounded === 0) return some(days, 'day')
    return rounded === 1 ? 'a month' : rounded === 12 ? 'a year' : some(rounded, 'month')
  }
  if (days === 0) return 'a year'
  if (rounded === 0) return `1 year, ${some(days, 'day')}`
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

function preciseDelta(value: Real, [minimumUnit, suppress, format]: Value[], run: Run): string {
  const least = UNITS.indexOf(text(minimumUnit).toLowerCase())
  if (least < 0) fail('value', `Minimum unit '${text(minimumUnit)}' not supported`)
  if ((lengthOf(suppress) ?? 0) > 0) refuse('suppress', 'every unit is told')
  const amounts = unitsOf(Math.abs(toFloat(value)), least)
  const parts: string[] = []
  amounts.forEach((amount, index) => {
    const isLeast = index === least
    if (!(amount > 0 || (parts.length === 0 && isLeast))) return
    const count = amount > 1 && amount < 2 ? 2 : Math.trunc(amount)
    const unit = (UNITS[index] ?? '').replace(/s$/, count === 1 ? '' : 's')
    const isFraction = isLeast && amount % 1 > 0
    const shown = isFraction
      ? textOf(printf(text(format), new Float(amount), run))
      : index === 0
        ? withCommas(String(Math.trunc(amount)))
        : String(Math.trunc(amount))
    parts.push(`${shown} ${unit}`)
  })
  const last = parts.pop() ?? ''
  return parts.length > 0 ? `${parts.join(', ')} and ${last}` : last
}

/** A length in whole units, the least one with its fraction. */
function unitsOf(total: number, least: number): number[] {
  const micros = Math.round(total * 1e6)
  const days = Math.floor(micros / 86_400e6)
  const seconds = Math.floor((micros - days * 86_400e6) / 1e6)
  const rest = micros - days * 86_400e6 - seconds * 1e6
  const amounts: number[] = []
  let [left, unit] = [days, 0]
  /** Take whole units off `left`; the least unit takes all of it. */
  const take = (size: number): void => {
    const amount = unit === least ? left / size : Math.floor(left / size)
    left = unit === least ? 0 : left - amount * size
    amounts.push(amount)
    unit++
  }
  take(365)
  take(30.5)
  if (unit > least) return amounts
  amounts.push(unit === least ? left + seconds / 86_400 : Math.trunc(left))
  if (unit++ === least) return amounts
  left = seconds
  take(3600)
  if (unit > least) return amounts
  take(60)
  if (unit > least) return amounts
  amounts.push(unit === least ? left + rest / 1e6 : left)
  if (unit++ === least) return amounts
  left = rest
  take(1000)
  if (unit <= least) take(1)
  return amounts
}

/** The filters by name, with their signatures. */
export const humanizeFilters: Readonly<Record<string, Entry>> = {
  humanize_apnumber: numeric('', apNumber),
  humanize_clamp: entry(
    'format="{:}" floor=null ceil=null floor_token="<" ceil_token=">"',
    (value, args, run) => (value === null ? null : clamp(realOf(value) ?? 0, args, run)),
  ),
  humanize_fractional: numeric('', fractional),
  humanize_intcomma: numeric('ndigits=null', intComma),
  humanize_intword: numeric('format="%.1f"', intWord),
  humanize_metric: numeric('unit="" precision=3', metric),
  humanize_naturaldelta: numeric('months=true minimum_unit="seconds"', naturalDelta),
  humanize_naturalsize: numeric('binary=false gnu=false format="%.1f"', naturalSize),
  humanize_ordinal: numeric('', ordinal),
  humanize_precisedelta: numeric(
    'minimum_unit="seconds" suppress=null format="%0.2f"',
    preciseDelta,
  ),
  humanize_scientific: numeric('precision=2', scientific),
}
