// `'%5.2f' % x`: printf as Python knows it.
import { fail } from './errors.ts'
import {
  ascii,
  character,
  cut,
  floatIn,
  join,
  type Part,
  pad,
  radix,
  truncated,
  withSign,
} from './format.ts'
import { toFloat } from './operators.ts'
import { repr, str } from './print.ts'
import type { Run } from './run.ts'
import {
  dictGet,
  isDict,
  isFloat,
  isInt,
  isNumber,
  Range,
  type Str,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

const DIRECTIVE = /%(?:\(([^)]*)\))?([#0\- +]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([\s\S]?)/g

/** `format % values`: a tuple fills directives in turn, a dict by name, anything else is the only value. */
export function printf(format: string | Str, values: Value, run: Run): string | Str {
  const queue = values instanceof Tuple ? [...values.items] : [values]
  let named = false
  const take = (): Value => {
    if (queue.length === 0) fail('type', 'not enough arguments for format string')
    return queue.shift()
  }
  const star = (text: string | undefined): number | undefined => {
    if (text !== '*') return text === undefined ? undefined : Number(text)
    const count = take()
    return isInt(count) ? Number(count) : fail('type', '* wants int')
  }
  const text = textOf(format)
  const parts: Part[] = []
  let from = 0
  for (const match of text.matchAll(DIRECTIVE)) {
    const [whole, key, flags = '', width, precision, type = ''] = match
    parts.push({ text: text.slice(from, match.index) })
    from = match.index + whole.length
    if (type === '') fail('value', 'incomplete format')
    if (type === '%' && whole === '%%') {
      parts.push({ text: '%' })
      continue
    }
    const columns = star(width)
    const digits = star(precision === '' ? '0' : precision)
    let value: Value
    if (key === undefined) value = take()
    else {
      if (!isDict(values) && !(values instanceof Undefined)) {
        fail('type', 'format requires a mapping')
      }
      named = true
      value = values instanceof Undefined ? values : dictGet(values as object, key)
      if (value === undefined) fail('key', `'${key}'`)
    }
    const done = directive(value, { flags, columns, digits, type }, run)
    parts.push({ text: done, of: value })
  }
  parts.push({ text: text.slice(from) })
  const isSpare = queue.length > 0 && !named && (values instanceof Tuple || !isContainer(values))
  if (isSpare) fail('type', 'not all arguments converted during string formatting')
  return join(format, parts, run)
}

/** Python's mappings and lists may be left unused by a format; a text, a number or None may not. */
const isContainer = (value: Value): boolean =>
  isDict(value) || Array.isArray(value) || value instanceof Range || value instanceof Undefined

interface Directive {
  readonly flags: string
  readonly columns: number | undefined
  readonly digits: number | undefined
  readonly type: string
}

function directive(value: Value, { flags, columns, digits, type }: Directive, run: Run): string {
  const width = Math.abs(columns ?? 0)
  run.meter.chars(width + (digits ?? 0))
  const isLeft = flags.includes('-') || (columns ?? 0) < 0
  const align = isLeft ? '<' : flags.includes('0') && !'srac'.includes(type) ? '=' : '>'
  const fill = align === '=' ? '0' : ' '
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-'
  return pad(directiveText(value, { flags, digits, type, sign }, run), { width, align, fill })
}

function directiveText(
  value: Value,
  {
    flags,
    digits,
    type,
    sign,
  }: { flags: string; digits: number | undefined; type: string; sign: string },
  run: Run,
): string {
  switch (type) {
    case 's':
      return cut(str(value, run.meter), digits)
    case 'r':
      return cut(repr(value, run.meter), digits)
    case 'a':
      return cut(ascii(repr(value, run.meter)), digits)
    case 'c':
      return character(value)
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': {
      if (!isNumber(value))
        return fail('type', `%${type} format: a real number is required, not ${typeName(value)}`)
      if (isFloat(value) && !'diu'.includes(type)) {
        return fail('type', `%${type} format: an integer is required, not float`)
      }
      const whole = isFloat(value) ? truncated(value) : BigInt(value)
      const body = radix(whole, 'diu'.includes(type) ? 'd' : type, flags.includes('#'), digits)
      return withSign(whole < 0n, body, sign)
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      if (!isNumber(value)) return fail('type', `must be real number, not ${typeName(value)}`)
      const text = floatIn(type, toFloat(value), digits ?? 6, flags.includes('#'))
      return withSign(text.startsWith('-'), text.replace(/^-/, ''), sign)
    }
    default:
      return fail('value', `unsupported format character '${type}'`)
  }
}
