// `'%5.2f' % x` and `'{:>5}'.format(x)`: Python's two format languages over the same numbers. Both give parts, so that a
// document knows which stretch came from the format's author and which from a value.
import { exponentText, fixedText, generalText } from './decimals.ts'
import { fail } from './errors.ts'
import { toFloat } from './operators.ts'
import { floatText, repr, str } from './print.ts'
import type { Run } from './run.ts'
import {
  type Args,
  codePointCount,
  dictGet,
  type Float,
  isDict,
  isFloat,
  isInt,
  isModel,
  isNumber,
  isString,
  type Piece,
  Str,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from './values.ts'
import { piecesOf, weave } from './weave.ts'

/** A stretch of formatted text: the format's own, or what `of` was made into. */
interface Part {
  readonly text: string
  readonly of?: Value
}

/** Put parts together; in a document each keeps where it came from. */
function join(format: string | Str, parts: readonly Part[], run: Run): string | Str {
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

// ── printf ──

const DIRECTIVE = /%(?:\(([^)]*)\))?([#0\- +]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([^]?)/g

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
      if (!isDict(values)) fail('type', 'format requires a mapping')
      named = true
      value = dictGet(values as object, key)
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

const isContainer = (value: Value): boolean => isDict(value) || Array.isArray(value)

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
      const body = radix(whole, 'diu'.includes(type) ? 'd' : type, flags.includes('#'))
      return withSign(whole < 0n, body.padStart(digits ?? 0, '0'), sign)
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

/** The integer part of a float. */
export function truncated(value: Float | number): bigint {
  const number = toFloat(value)
  if (Number.isNaN(number)) fail('value', 'cannot convert float NaN to integer')
  if (!Number.isFinite(number)) fail('overflow', 'cannot convert float infinity to integer')
  return BigInt(Math.trunc(number))
}

function character(value: Value): string {
  if (isString(value) && codePointCount(textOf(value)) === 1) return textOf(value)
  if (!isInt(value)) return fail('type', '%c requires int or char')
  const code = Number(value)
  if (code < 0 || code > 0x10ffff) return fail('overflow', '%c arg not in range(0x110000)')
  return String.fromCodePoint(code)
}

const cut = (text: string, digits: number | undefined): string =>
  digits === undefined ? text : Array.from(text).slice(0, digits).join('')

const ascii = (text: string): string =>
  text.replace(/[^\0-\x7f]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0
    const hex = code.toString(16)
    if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  })

function radix(value: bigint, type: string, withPrefix: boolean): string {
  const magnitude = value < 0n ? -value : value
  const base = type === 'b' ? 2 : type === 'o' ? 8 : type === 'd' ? 10 : 16
  const prefix = withPrefix && base !== 10 ? `0${type}` : ''
  const digits = magnitude.toString(base)
  return prefix + (type === 'X' ? digits.toUpperCase() : digits)
}

function floatIn(type: string, value: number, digits: number, alternate: boolean): string {
  const lower = type.toLowerCase()
  const text =
    lower === 'f'
      ? fixedText(value, digits)
      : lower === 'e'
        ? exponentText(value, digits)
        : generalText(value, digits, alternate)
  return type === lower ? text : text.toUpperCase()
}

const withSign = (isNegative: boolean, body: string, sign: string): string =>
  isNegative ? `-${body}` : sign === '-' ? body : sign + body

function pad(text: string, to: { width: number; align: string; fill: string }): string {
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

// ── str.format ──

const SPEC = /^(?:([^])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/u

/** One value by one format specification: Python's `format(value, spec)`. */
export function formatValue(value: Value, spec: string, run: Run): string {
  if (spec === '') return str(value, run.meter)
  const match = SPEC.exec(spec)
  if (!match) return fail('value', `Invalid format specifier '${spec}'`)
  const [, fill, align, sign = '-', alternate, zero, width, group, precision, type] = match
  const columns = Number(width ?? 0)
  run.meter.chars(columns + Number(precision ?? 0))
  const layout = {
    width: columns,
    fill: fill ?? (zero && !align ? '0' : ' '),
    align: align ?? (zero ? '=' : isNumber(value) && typeof value !== 'boolean' ? '>' : '<'),
  }
  if (isNumber(value) && (typeof value !== 'boolean' || type)) {
    const body = numberBody(value, { alternate: !!alternate, precision, type, sign })
    return pad(grouped(body, group, layout), layout)
  }
  if (isString(value) || typeof value === 'boolean') {
    if (type && type !== 's')
      fail('value', `Unknown format code '${type}' for object of type 'str'`)
    if (align === '=' || sign !== '-') fail('value', 'not allowed in string format specifier')
    return pad(
      cut(str(value, run.meter), precision === undefined ? undefined : Number(precision)),
      layout,
    )
  }
  return fail('type', `unsupported format string passed to ${typeName(value)}.__format__`)
}

function numberBody(
  value: number | bigint | boolean | Float,
  spec: {
    alternate: boolean
    precision: string | undefined
    type: string | undefined
    sign: string
  },
): string {
  const digits = spec.precision === undefined ? undefined : Number(spec.precision)
  if (isInt(value) && (spec.type === undefined || 'bcdnoxX'.includes(spec.type))) {
    if (digits !== undefined) fail('value', 'Precision not allowed in integer format specifier')
    if (spec.type === 'c') return character(value)
    const whole = BigInt(value)
    const type = spec.type === undefined || spec.type === 'n' ? 'd' : spec.type
    return withSign(whole < 0n, radix(whole, type, spec.alternate), spec.sign)
  }
  if (spec.type && !'eEfFgGn%'.includes(spec.type)) {
    fail('value', `Unknown format code '${spec.type}' for object of type '${typeName(value)}'`)
  }
  const text = floatBody(toFloat(value), spec.type, digits, spec.alternate)
  return withSign(text.startsWith('-'), text.replace(/^-/, ''), spec.sign)
}

function floatBody(
  value: number,
  type: string | undefined,
  digits: number | undefined,
  alternate: boolean,
): string {
  if (type === '%') return `${fixedText(value * 100, digits ?? 6)}%`
  if (type !== undefined) return floatIn(type === 'n' ? 'g' : type, value, digits ?? 6, alternate)
  const text = floatText(value)
  if (digits === undefined) return text
  const general = generalText(value, digits)
  return /[.en]/.test(general) ? general : `${general}.0`
}

/** Thousands separators; with zeros as fill they reach into the padding. */
function grouped(
  body: string,
  group: string | undefined,
  layout: { width: number; fill: string; align: string },
): string {
  if (!group) return body
  const [, sign = '', digits = '', rest = ''] = /^([-+ ]?)(\d+)(.*)$/s.exec(body) ?? []
  let whole = digits
  const separated = () => whole.replace(/\B(?=(\d{3})+$)/g, group)
  if (layout.align === '=' && layout.fill === '0') {
    while ((sign + separated() + rest).length < layout.width) whole = `0${whole}`
  }
  return sign + separated() + rest
}

/** `format.format(*args, **named)` in the sandbox: fields may reach into values, but not into hidden names. */
export function strFormat(format: string | Str, args: Args, run: Run): string | Str {
  let next = 0
  let manual = false
  const field = (name: string): Value => {
    const [, head = '', path = ''] = /^([^.[]*)(.*)$/s.exec(name) ?? []
    if (head === '' || /^\d+$/.test(head)) {
      if (head !== '' ? next > 0 : manual) {
        fail(
          'value',
          'cannot switch between automatic field numbering and manual field specification',
        )
      }
      manual = head !== ''
      const index = head === '' ? next++ : Number(head)
      if (index >= args.positional.length) {
        fail('index', `Replacement index ${index} out of range for positional args tuple`)
      }
      return reach(args.positional[index], path, run)
    }
    if (!args.named.has(head)) fail('key', `'${head}'`)
    return reach(args.named.get(head), path, run)
  }
  return join(format, expand(textOf(format), field, run, 2), run)
}

function expand(text: string, field: (name: string) => Value, run: Run, depth: number): Part[] {
  if (depth < 0) fail('value', 'Max string recursion exceeded')
  const parts: Part[] = []
  let at = 0
  while (at < text.length) {
    const open = text.slice(at).search(/[{}]/)
    if (open < 0) break
    parts.push({ text: text.slice(at, at + open) })
    at += open
    if (text[at] === text[at + 1]) {
      parts.push({ text: text[at] ?? '' })
      at += 2
      continue
    }
    if (text[at] === '}') fail('value', "Single '}' encountered in format string")
    const end = closing(text, at)
    parts.push(replacement(text.slice(at + 1, end), field, run, depth))
    at = end + 1
  }
  parts.push({ text: text.slice(at) })
  return parts
}

function closing(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  return fail(
    'value',
    open === text.length - 1
      ? "Single '{' encountered in format string"
      : "expected '}' before end of string",
  )
}

function replacement(
  inside: string,
  field: (name: string) => Value,
  run: Run,
  depth: number,
): Part {
  const match = /^((?:[^[!:]|\[[^\]]*\])*)(?:!([^:]*))?(?::(.*))?$/s.exec(inside)
  if (!match) return fail('value', 'invalid field in format string')
  const [, name = '', conversion, nested = ''] = match
  const value = field(name)
  const spec = expand(nested, field, run, depth - 1)
    .map(({ text }) => text)
    .join('')
  return { text: formatValue(converted(value, conversion, run), spec, run), of: value }
}

function converted(value: Value, conversion: string | undefined, run: Run): Value {
  if (conversion === undefined) return value
  if (conversion === 's') return str(value, run.meter)
  if (conversion === 'r') return repr(value, run.meter)
  if (conversion === 'a') return ascii(repr(value, run.meter))
  return fail('value', `Unknown conversion specifier '${conversion}'`)
}

function reach(of: Value, path: string, run: Run): Value {
  let value = of
  for (const [, name, key] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
    value = name !== undefined ? run.attribute(value, name) : keyIn(value, key ?? '', run)
  }
  return value
}

function keyIn(of: Value, key: string, run: Run): Value {
  if (of instanceof Undefined) return of
  const found = isDict(of)
    ? dictGet(of, key)
    : isModel(of)
      ? of.item?.(key)
      : run.item(of, /^\d+$/.test(key) ? Number(key) : key)
  return found === undefined ? fail('key', `'${key}'`) : found
}
