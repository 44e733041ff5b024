// Filters of jinja2-humanize-extension, in English, as far as they need no clock. Numbers that are none come back as text.

import { order } from '../comparisons.ts'
import { fixedText, roundFloat } from '../decimals.ts'
import { fail } from '../errors.ts'
import { truncated } from '../format.ts'
import { arithmetic, failUndefined, toFloat } from '../operators.ts'
import { str } from '../print.ts'
import { type Entry, entry, type Run } from '../run.ts'
import {
  Float,
  isInt,
  isNumber,
  isString,
  isTrue,
  textOf,
  typeName,
  Undefined,
  type Value,
} from '../values.ts'
import { naturalDelta, preciseDelta } from './humanize-time.ts'
import { floatOf, formatted, numberIn, print, type Real, text } from './humanize-values.ts'
import { parseFloatText, parseInteger, toFloatStrict } from './numbers.ts'

const notFinite = (size: number): string | null => {
  if (Number.isFinite(size)) return null
  return Number.isNaN(size) ? 'NaN' : size > 0 ? '+Inf' : '-Inf'
}

/** A filter over what `float()` reads; anything else is printed, infinities as humanize writes them. */
const numeric = (
  signature: string,
  apply: (value: number, args: Value[], run: Run) => Value,
): Entry =>
  entry(signature, (value, args, run) => {
    const real = numberIn(value, parseFloatText)
    if (real === null) return str(value, run.meter)
    const size = toFloat(real)
    return notFinite(size) ?? apply(size, args, run)
  })

/** The same over whole numbers: a text must be one, a float loses its fraction. */
const whole = (
  signature: string,
  apply: (value: bigint, args: Value[], run: Run) => Value,
): Entry =>
  entry(signature, (value, args, run) => {
    const real = numberIn(value, parseFloatText)
    const special = real === null ? null : notFinite(toFloat(real))
    if (special !== null) return special
    const found = numberIn(value, (text) => parseInteger(text, 10))
    if (found === null) return str(value, run.meter)
    return apply(found instanceof Float ? truncated(found) : BigInt(found), args, run)
  })

/** A number as it is: a text is a TypeError, as for Python's `math.isfinite`. */
const real = (signature: string, apply: (value: Num, args: Value[], run: Run) => Value): Entry =>
  entry(signature, (value, args, run) => {
    if (value === null && signature.includes('floor')) return null
    if (value instanceof Undefined) return failUndefined(value)
    if (!isNumber(value)) return fail('type', `must be real number, not ${typeName(value)}`)
    return notFinite(toFloat(value as Num)) ?? apply(value as Num, args, run)
  })

type Num = Real | boolean

function intComma(value: Value, [digits]: Value[], run: Run): Value {
  if (value instanceof Undefined) return failUndefined(value)
  const bare = isString(value) ? textOf(value).replaceAll(',', '') : value
  const isWhole = typeof bare === 'string' && !bare.includes('.')
  const found = isWhole
    ? numberIn(bare, (text) => parseInteger(text, 10))
    : numberIn(bare, parseFloatText)
  const size = isInt(bare) ? 0 : numberIn(bare, parseFloatText)
  const special = size === null ? null : notFinite(toFloat(size))
  if (special !== null) return special
  if (found === null) return str(bare, run.meter)
  const precision = digits === null ? '' : `.${str(digits, run.meter)}f`
  return formatted(`{:,${precision}}`, found, run)
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

function intWord(value: bigint, [format]: Value[], run: Run): string {
  const size = value < 0n ? -value : value
  const sign = value < 0n ? '-' : ''
  let at = POWERS.findLastIndex((power) => size >= 10n ** BigInt(power))
  if (at < 0) return sign + String(size)
  const power = POWERS[at] ?? 0
  const chopped = arithmetic('/', size, 10n ** BigInt(power), run.meter)
  let rounded = floatOf(print(format, chopped, run))
  const next = POWERS[at + 1]
  if (next !== undefined && rounded === 10 ** (next - power)) [at, rounded] = [at + 1, 1]
  return `${sign}${print(format, new Float(rounded), run)} ${NAMES[at]}`
}

function ordinal(value: bigint): string {
  const last = Number(((value % 100n) + 100n) % 100n)
  const suffix = last >= 11 && last <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][last % 10] ?? 'th')
  return `${value}${suffix}`
}

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

const apNumber = (value: bigint): string => DIGITS[Number(value)] ?? String(value)

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

function fractional(number: number): string {
  const whole = Math.trunc(number)
  const [numerator, denominator] = nearestFraction(Math.abs(number - whole))
  if (denominator === 1) return fixedText(whole + Math.sign(number) * numerator + 0, 0)
  if (whole === 0) return `${number < 0 ? -numerator : numerator}/${denominator}`
  return `${fixedText(whole, 0)} ${numerator}/${denominator}`
}

const SIZES = 'kMGTPEZYRQ'

function naturalSize(value: Value, [binary, gnu, format]: Value[], run: Run): string {
  const bytes = toFloat(toFloatStrict(value, run))
  const size = Math.abs(bytes)
  const base = isTrue(gnu) || isTrue(binary) ? 1024 : 1000
  if (size === 1 && !isTrue(gnu)) return `${Math.trunc(bytes)} Byte`
  if (size < base) return `${truncated(new Float(bytes))}${isTrue(gnu) ? 'B' : ' Bytes'}`
  if (Number.isNaN(size)) fail('value', 'cannot convert float NaN to integer')
  let power = Math.trunc(Math.min(Math.log(size) / Math.log(base), SIZES.length))
  const shown = (of: number): string => print(format, new Float(of / base ** power), run)
  if (power < SIZES.length && Math.abs(floatOf(shown(size))) >= base) power++
  const letter = SIZES[power - 1] ?? ''
  if (isTrue(gnu)) return shown(bytes) + letter.toUpperCase()
  return `${shown(bytes)} ${isTrue(binary) ? `${letter.toUpperCase()}iB` : `${letter}B`}`
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

function scientific(value: number, [precision]: Value[], run: Run): string {
  const digits = truncated(toFloatStrict(precision, run))
  const [mantissa = '', power = ''] = formatted(`{:.${digits}e}`, new Float(value), run).split('e')
  const exponent = String(Number(power)).replace('-', '⁻')
  return `${mantissa} x 10${exponent.replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? '')}`
}

function metric(value: Num, [unit, precision]: Value[], run: Run): string {
  const number = toFloat(value)
  const wanted = isInt(precision) ? Number(precision) : fail('type', 'a precision must be int')
  let exponent = number === 0 ? 0 : Math.floor(Math.log10(Math.abs(number)))
  if (exponent >= 33 || exponent < -30) {
    return scientific(number, [wanted - 1], run) + text(unit)
  }
  const bucket = () => Math.floor(exponent / 3)
  const digits = () => Math.max(0, wanted - (exponent - bucket() * 3) - 1)
  const old = bucket()
  let shown = number / 10 ** (old * 3)
  const limit = 10 ** (exponent - old * 3 + 1)
  if (exponent < 30 && roundFloat(Math.abs(shown), digits()) >= limit) {
    exponent += 1
    shown /= 10 ** ((bucket() - old) * 3)
  }
  const prefix =
    exponent >= 3 ? SIZES[bucket() - 1] : exponent < 0 ? 'mμnpfazyrq'[-bucket() - 1] : ''
  const name = `${prefix}${text(unit)}`
  const isTight = name === '' || ['°', '′', '″'].includes(text(unit))
  return `${fixedText(shown, digits())}${isTight ? '' : ' '}${name}`
}

function clamp(value: Num, [floor, ceil, format, below, above]: Value[], run: Run): string {
  const isLow = floor !== null && order(value, floor, run.meter) < 0
  const isHigh = !isLow && ceil !== null && order(value, ceil, run.meter) > 0
  const sign = isLow ? text(below) : isHigh ? text(above) : ''
  return sign + formatted(text(format), isLow ? floor : isHigh ? ceil : value, run)
}

/** The filters by name, with their signatures. */
export const humanizeFilters: Readonly<Record<string, Entry>> = {
  humanize_apnumber: whole('', apNumber),
  humanize_clamp: real('floor=null ceil=null format="{:}" floor_token="<" ceil_token=">"', clamp),
  humanize_fractional: numeric('', fractional),
  humanize_intcomma: entry('ndigits=null', intComma),
  humanize_intword: whole('format="%.1f"', intWord),
  humanize_metric: real('unit="" precision=3', metric),
  humanize_naturaldelta: entry('months=true minimum_unit="seconds"', naturalDelta),
  humanize_naturalsize: entry('binary=false gnu=false format="%.1f"', naturalSize),
  humanize_ordinal: whole('gender="male"', ordinal),
  humanize_precisedelta: entry('minimum_unit="seconds" suppress=null format="%0.2f"', preciseDelta),
  humanize_scientific: numeric('precision=2', scientific),
}
