// What the filters of jinja2-humanize-extension share: how they read numbers, and how they write them.
import { groupDigits } from '../decimals.ts'
import { fail } from '../errors.ts'
import { failUndefined } from '../operators.ts'
import { printf } from '../printf.ts'
import type { Run } from '../run.ts'
import { strFormat } from '../str-format.ts'
import {
  Float,
  int,
  isFloat,
  isInt,
  isString,
  numberOf,
  textOf,
  Undefined,
  type Value,
} from '../values.ts'
import { parseFloatText } from './numbers.ts'

/** A number as a filter reads it. */
export type Real = number | bigint | Float

/** Python's `float(value)` or `int(value)`: null where it raises ValueError or TypeError. */
export function numberIn(
  value: Value,
  parse: (text: string) => number | bigint | null,
): Real | null {
  if (value instanceof Undefined) return failUndefined(value)
  if (isInt(value)) return int(BigInt(value))
  if (isFloat(value)) return new Float(numberOf(value))
  const found = isString(value) ? parse(textOf(value)) : null
  return found !== null && parse === parseFloatText ? new Float(Number(found)) : found
}

/** `{format}.format(value)` */
export const formatted = (format: string, value: Value, run: Run): string =>
  textOf(strFormat(format, { positional: [value], named: new Map() }, run))

/** Thousands set apart. */
export const withCommas = (text: string): string =>
  text.replace(/^(-?)(\d+)/, (_, sign: string, digits: string) => sign + groupDigits(digits, ','))

/** `format % value` */
export const print = (format: Value, value: Value, run: Run): string =>
  textOf(printf(text(format), value, run))

/** Python's `float(text)`. Throws a ValueError. */
export const floatOf = (shown: string): number =>
  parseFloatText(shown) ?? fail('value', `could not convert string to float: '${shown}'`)

/** The text of an argument. Throws a TypeError. */
export const text = (value: Value): string =>
  isString(value) ? textOf(value) : fail('type', 'a format must be str')
