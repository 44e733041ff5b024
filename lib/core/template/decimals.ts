// Decimal digits of doubles, exactly: JavaScript's toFixed rounds halves up and gives up at 1e21, Python rounds the exact
// binary value half to even at any size.
import { fail } from './errors.ts'
import { floatText } from './print.ts'

/** Digits after the point anyone may ask for: a double has no more than 1,074 that differ from zero. */
const PRECISION_MAX = 1100

const checked = (digits: number): number =>
  digits > PRECISION_MAX
    ? fail('budget', `a precision of ${digits} is too large`, 'precision')
    : digits

/** A double as `mantissa * 2 ** exponent`. */
function decompose(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const raw = view.getBigUint64(0)
  const power = Number((raw >> 52n) & 0x7ffn)
  const fraction = raw & 0xfffffffffffffn
  return power === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: power - 1075 }
}

/** The integer nearest to `|value| * 10 ** digits`, halves to even. */
export function scaled(value: number, digits: number): bigint {
  const { mantissa, exponent } = decompose(Math.abs(value))
  const numerator =
    mantissa * 10n ** BigInt(Math.max(0, digits)) * 2n ** BigInt(Math.max(0, exponent))
  const denominator = 10n ** BigInt(Math.max(0, -digits)) * 2n ** BigInt(Math.max(0, -exponent))
  const [whole, rest] = [numerator / denominator, numerator % denominator]
  const twice = rest * 2n
  return twice > denominator || (twice === denominator && whole % 2n === 1n) ? whole + 1n : whole
}

const isNegative = (value: number): boolean => value < 0 || Object.is(value, -0)
const signOf = (value: number): string => (isNegative(value) ? '-' : '')
const special = (value: number): string | null => (Number.isFinite(value) ? null : floatText(value))

/** `%.{digits}f` */
export function fixedText(value: number, digits: number): string {
  const text = special(value)
  if (text !== null) return text
  const all = String(scaled(value, checked(digits))).padStart(digits + 1, '0')
  const whole = all.slice(0, all.length - digits)
  return signOf(value) + (digits > 0 ? `${whole}.${all.slice(-digits)}` : whole)
}

/** Significant digits and the exponent of the first one. */
function significant(value: number, count: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 }
  let exponent = Math.floor(Math.log10(Math.abs(value)))
  for (const guess of [exponent - 1, exponent, exponent + 1, exponent + 2]) {
    const digits = String(scaled(value, count - 1 - guess))
    exponent = guess
    if (digits.length === count) return { digits, exponent }
  }
  return { digits: String(scaled(value, count - 1 - exponent)).slice(0, count), exponent }
}

const exponentSuffix = (exponent: number): string =>
  `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`

/** `%.{digits}e` */
export function exponentText(value: number, digits: number): string {
  const text = special(value)
  if (text !== null) return text
  const found = significant(value, checked(digits) + 1)
  const fraction = digits > 0 ? `.${found.digits.slice(1)}` : ''
  return `${signOf(value)}${found.digits[0]}${fraction}${exponentSuffix(found.exponent)}`
}

/** `%.{precision}g`; `keepZeros` is its `#`, `spare` digits stay free before an exponent is shown. */
export function generalText(
  value: number,
  precision: number,
  { keepZeros = false, spare = 0 } = {},
): string {
  const text = special(value)
  if (text !== null) return text
  const count = checked(precision) || 1
  const { digits, exponent } = significant(value, count)
  const trim = (decimal: string) =>
    keepZeros || !decimal.includes('.') ? decimal : decimal.replace(/\.?0+$/, '')
  if (exponent < -4 || exponent >= count - spare) {
    const mantissa = count > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
    return signOf(value) + trim(mantissa) + exponentSuffix(exponent)
  }
  return trim(fixedText(value, count - 1 - exponent))
}

/** Round to `digits` after the point, half to even on the exact value: Python's `round(x, n)` for floats. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 323) return value
  if (digits < -308) return value * 0
  const magnitude = scaled(value, digits)
  const rounded = Number(`${magnitude}e${-digits}`)
  return isNegative(value) ? -rounded : rounded
}

/** Digits in groups. */
export function groupDigits(digits: string, separator: string, size = 3): string {
  const first = digits.length % size || size
  const groups = [digits.slice(0, first)]
  for (let at = first; at < digits.length; at += size) groups.push(digits.slice(at, at + size))
  return groups.join(separator)
}
