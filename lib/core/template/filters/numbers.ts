// Filters that make numbers, or text of numbers.
import { INTEGER_DIGITS_MAX } from '../budget.ts'
import { fixedText, roundFloat } from '../decimals.ts'
import { fail, TemplateError } from '../errors.ts'
import { truncated } from '../format.ts'
import { SPACE } from '../lexer.ts'
import { arithmetic, toFloat, unsupported } from '../operators.ts'
import { type Entry, entry, type Run } from '../run.ts'
import {
  Float,
  int,
  isFloat,
  isInt,
  isNumber,
  isString,
  isTrue,
  numberOf,
  textOf,
  typeName,
  Undefined,
  type Value,
} from '../values.ts'

const SPACES_AROUND = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'g')

/** Digits of any script to ASCII ones, as Python's `int` and `float` read them. */
const asciiDigits = (text: string): string =>
  text.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    let zero = digit.codePointAt(0) ?? 0
    const start = zero
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && start - zero < 9) zero--
    return String(start - zero)
  })

/** Characters of a text that is read as a number; spaces around it count. */
const NUMBER_CHARS_MAX = 2 * INTEGER_DIGITS_MAX

function numberText(source: string): string {
  if (source.length > NUMBER_CHARS_MAX) fail('budget', 'too long for a number', 'number')
  return asciiDigits(source.replace(SPACES_AROUND, '')).toLowerCase()
}

const PREFIXES: Readonly<Record<string, number>> = { '0b': 2, '0o': 8, '0x': 16 }

/** Python's `int(text, base)`; null where it raises ValueError. */
export function parseInteger(source: string, base: number): number | bigint | null {
  const text = numberText(source)
  if (text.length > INTEGER_DIGITS_MAX) return null
  const [, sign, body = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  if (base === 0) return parseInteger(source, PREFIXES[body.slice(0, 2)] ?? 10)
  const prefix = { 2: '0b', 8: '0o', 16: '0x' }[base]
  const bare = prefix && body.startsWith(prefix) ? body.slice(2).replace(/^_/, '') : body
  if (!/^[0-9a-z]+(?:_[0-9a-z]+)*$/.test(bare)) return null
  const digits = bare.replaceAll('_', '')
  for (const char of digits) if (Number.parseInt(char, 36) >= base) return null
  const total = base === 10 || prefix ? BigInt((prefix ?? '') + digits) : valueIn(digits, base)
  return int(sign === '-' ? -total : total)
}

/** Digits of a base JavaScript has no literals for. */
function valueIn(digits: string, base: number): bigint {
  let total = 0n
  for (const char of digits) total = total * BigInt(base) + BigInt(Number.parseInt(char, 36))
  return total
}

/** Python's `float(text)`; null where it raises ValueError. */
export function parseFloatText(source: string): number | null {
  const text = numberText(source)
  if (/^[-+]?(?:inf|infinity)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^[-+]?nan$/.test(text)) return Number.NaN
  const isDecimal =
    /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/.test(text)
  return isDecimal ? Number(text.replaceAll('_', '')) : null
}

function toInt(value: Value, [fallback, base]: Value[], run: Run): Value {
  if (value instanceof Undefined) return fail('undefined', value.message)
  if (isString(value)) {
    const { length } = textOf(value)
    run.meter.chars([2, 8, 10, 16].includes(Number(base)) ? length : length ** 2)
    const isBase = isInt(base) && (Number(base) === 0 || (Number(base) >= 2 && Number(base) <= 36))
    const whole = isBase ? parseInteger(textOf(value), Number(base)) : null
    if (whole !== null) return whole
    const float = parseFloatText(textOf(value))
    return float === null || !Number.isFinite(float) ? fallback : int(BigInt(Math.trunc(float)))
  }
  if (isInt(value)) return int(BigInt(value))
  if (!isFloat(value)) return fallback
  return Number.isNaN(numberOf(value)) ? fallback : int(truncated(value))
}

function toFloatFilter(value: Value, [fallback]: Value[], run: Run): Value {
  if (value instanceof Undefined) return fail('undefined', value.message)
  if (isNumber(value)) return new Float(toFloat(value))
  if (!isString(value)) return floatOr(fallback)
  run.meter.chars(textOf(value).length)
  const float = parseFloatText(textOf(value))
  return float === null ? floatOr(fallback) : new Float(float)
}

/** The default of `float` is 0.0; one that is given stays as it is. */
const floatOr = (fallback: Value): Value => (fallback === undefined ? new Float(0) : fallback)

function round(value: Value, [precision, method]: Value[], run: Run): Value {
  const how = isString(method) ? textOf(method) : ''
  if (!['common', 'ceil', 'floor'].includes(how)) {
    fail('filter-argument', 'method must be common, ceil or floor')
  }
  if (!isNumber(value))
    return fail('type', `type ${typeName(value)} doesn't define __round__ method`)
  if (precision === null && how === 'common' && isFloat(value)) {
    return int(BigInt(halfEven(finite(numberOf(value)))))
  }
  if (precision !== null && !isInt(precision)) {
    return fail('type', `'${typeName(precision)}' object cannot be interpreted as an integer`)
  }
  const digits = Number(precision)
  if (how === 'common') return roundCommon(value, digits)
  if (precision === null) return unsupported('** or pow()', 10, null)
  const power = arithmetic('**', 10, digits, run.meter)
  const scaledValue = arithmetic('*', value, power, run.meter)
  const moved = isFloat(scaledValue)
    ? int(BigInt(Math[how as 'ceil' | 'floor'](finite(numberOf(scaledValue)))))
    : scaledValue
  return arithmetic('/', moved, power, run.meter)
}

/** Round to an integer, half to even, as Python does. */
export function halfEven(value: number): number {
  const floor = Math.floor(value)
  return value - floor === 0.5 ? floor + Math.abs(floor % 2) : Math.round(value)
}

function finite(value: number): number {
  if (Number.isNaN(value)) fail('value', 'cannot convert float NaN to integer')
  return Number.isFinite(value)
    ? value
    : fail('overflow', 'cannot convert float infinity to integer')
}

function roundCommon(value: number | bigint | boolean | Float, digits: number): Value {
  if (isFloat(value)) return new Float(roundFloat(numberOf(value), digits))
  const whole = BigInt(value)
  if (digits >= 0) return int(whole)
  if (-digits > INTEGER_DIGITS_MAX) return 0
  const unit = 10n ** BigInt(-digits)
  const rest = ((whole % unit) + unit) % unit
  const below = whole - rest
  const isUp = rest * 2n > unit || (rest * 2n === unit && (below / unit) % 2n !== 0n)
  return int(isUp ? below + unit : below)
}

function absolute(value: Value): Value {
  if (isFloat(value)) return new Float(Math.abs(numberOf(value)))
  if (!isInt(value)) return fail('type', `bad operand type for abs(): '${typeName(value)}'`)
  return int(BigInt(value) < 0n ? -BigInt(value) : BigInt(value))
}

function fileSize(value: Value, [binary]: Value[], run: Run): string {
  const bytes = numberOf(toFloatStrict(value, run))
  const base = isTrue(binary) ? 1024 : 1000
  const letters = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']
  if (bytes === 1) return '1 Byte'
  if (bytes < base) return `${int(BigInt(Math.trunc(bytes)))} Bytes`
  const power = letters.findIndex((_, index) => bytes < base ** (index + 2))
  const at = power < 0 ? letters.length - 1 : power
  const unit = isTrue(binary) ? `${letters[at]?.toUpperCase()}iB` : `${letters[at]}B`
  return `${fixedText((base * bytes) / base ** (at + 2), 1)} ${unit}`
}

/** Python's `float(x)`, which raises where the filter would give its default. */
export function toFloatStrict(value: Value, run: Run): Float {
  const found = toFloatFilter(value, [undefined], run)
  if (isString(value) && parseFloatText(textOf(value)) === null) {
    throw new TemplateError('value', `could not convert string to float: '${textOf(value)}'`)
  }
  if (!isString(value) && !isNumber(value)) {
    fail('type', `float() argument must be a string or a real number, not '${typeName(value)}'`)
  }
  return found as Float
}

/** The filters by name, with their signatures. */
export const numberFilters: Readonly<Record<string, Entry>> = {
  abs: entry('', (value) => absolute(value)),
  filesizeformat: entry('binary=false', fileSize),
  float: entry('default=?', toFloatFilter),
  int: entry('default=0 base=10', toInt),
  round: entry('precision=0 method="common"', round),
}
