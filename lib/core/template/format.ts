// What Python's two format languages share: parts of known origin, digits in a base, signs and padding.
import { exponentText, fixedText, generalText } from './decimals.ts'
import { fail } from './errors.ts'
import { toFloat } from './operators.ts'
import type { Run } from './run.ts'
import {
  codePointCount,
  type Float,
  isInt,
  isNumber,
  isString,
  type Piece,
  Str,
  textOf,
  type Value,
} from './values.ts'
import { piecesOf, weave } from './weave.ts'

/** A stretch of formatted text: the format's own, or what `of` was made into. */
export interface Part {
  readonly text: string
  readonly of?: Value
}

/** Put parts together; in a document each keeps where it came from. */
export function join(format: string | Str, parts: readonly Part[], run: Run): string | Str {
  run.meter.chars(parts.reduce((sum, part) => sum + part.text.length, 0))
  const own = format instanceof Str ? format.pieces : null
  if (!run.weaving || !own?.every(({ from }) => from === 'template')) {
    return parts.map(({ text }) => text).join('')
  }
  return weave(parts.flatMap((part) => pieces(part, run)))
}

function pieces(part: Part, run: Run): readonly Piece[] {
  if (!('of' in part)) return [{ from: 'template', text: part.text }]
  const own = piecesOf(part.of, run)
  if (own.map(({ text }) => text).join('') === part.text && isString(part.of)) return own
  const from =
    isNumber(part.of) || own.every((piece) => piece.from === 'template') ? 'template' : 'value'
  return [{ from, text: part.text, value: part.text }]
}

/** The integer part of a float. */
export function truncated(value: Float | number): bigint {
  const number = toFloat(value)
  if (Number.isNaN(number)) fail('value', 'cannot convert float NaN to integer')
  if (!Number.isFinite(number)) fail('overflow', 'cannot convert float infinity to integer')
  return BigInt(Math.trunc(number))
}

/** `%c`: one character, or the one with this code. */
export function character(value: Value): string {
  if (isString(value) && codePointCount(textOf(value)) === 1) return textOf(value)
  if (!isInt(value)) return fail('type', '%c requires int or char')
  const code = Number(value)
  if (code < 0 || code > 0x10ffff) return fail('overflow', '%c arg not in range(0x110000)')
  return String.fromCodePoint(code)
}

/** The first so many characters, as a precision asks for. */
export const cut = (text: string, digits: number | undefined): string =>
  digits === undefined ? text : Array.from(text).slice(0, digits).join('')

/** Python's `ascii`: everything beyond ASCII escaped. */
export const ascii = (text: string): string =>
  text.replace(/[^\0-\x7f]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0
    const hex = code.toString(16)
    if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  })

/** Digits of an integer in the base of its format type, `digits` at least, without a sign. */
export function radix(value: bigint, type: string, withPrefix: boolean, least = 0): string {
  const magnitude = value < 0n ? -value : value
  const base = type === 'b' ? 2 : type === 'o' ? 8 : type === 'd' ? 10 : 16
  const prefix = withPrefix && base !== 10 ? `0${type}` : ''
  const digits = magnitude.toString(base).padStart(least, '0')
  return prefix + (type === 'X' ? digits.toUpperCase() : digits)
}

/** A float by one of the types e, f and g, in the case of the type. */
export function floatIn(type: string, value: number, digits: number, alternate: boolean): string {
  const lower = type.toLowerCase()
  const text =
    lower === 'f'
      ? fixedText(value, digits)
      : lower === 'e'
        ? exponentText(value, digits)
        : generalText(value, digits, { keepZeros: alternate })
  const shown = alternate ? withPoint(text) : text
  return type === lower ? shown : shown.toUpperCase()
}

/** `#`: a float shows its point even where no digit follows. */
export const withPoint = (text: string): string =>
  /[.n]/.test(text) ? text : text.replace(/(?=e|$)/, '.')

/** `sign` is what a positive number shows: `+`, a space, or `-` for nothing. */
export const withSign = (isNegative: boolean, body: string, sign = '-'): string =>
  isNegative ? `-${body}` : sign === '-' ? body : sign + body

/** Fill to a width; `=` fills between the sign and the digits. */
export function pad(text: string, to: { width: number; align: string; fill: string }): string {
  const missing = to.width - codePointCount(text)
  if (missing <= 0) return text
  const fill = (count: number) => to.fill.repeat(count)
  switch (to.align) {
    case '<':
      return text + fill(missing)
    case '^':
      return fill(Math.floor(missing / 2)) + text + fill(Math.ceil(missing / 2))
    case '=': {
      const start = /^[-+ ]?(?:0[box])?/i.exec(text)?.[0] ?? ''
      return start + fill(missing) + text.slice(start.length)
    }
    default:
      return fill(missing) + text
  }
}
