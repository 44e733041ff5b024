// `'{:>5}'.format(x)`: Python's format strings and the specifications within them.
import { generalText, groupDigits } from './decimals.ts'
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
  withPoint,
  withSign,
} from './format.ts'
import { toFloat } from './operators.ts'
import { floatText, repr, str } from './print.ts'
import type { Run } from './run.ts'
import {
  type Float,
  isInt,
  isNumber,
  isString,
  type Str,
  textOf,
  typeName,
  type Value,
} from './values.ts'

const SPEC =
  /^(?:([\s\S])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/u

/** One value by one format specification: Python's `format(value, spec)`. */
function formatValue(value: Value, spec: string, run: Run): string {
  if (spec === '') return str(value, run.meter)
  const match = SPEC.exec(spec)
  if (!match) return fail('value', `Invalid format specifier '${spec}'`)
  const [, fill, align, sign, alternate, zero, width, group, precision, type] = match
  const columns = Number(width ?? 0)
  run.meter.chars(columns + Number(precision ?? 0))
  const layout = {
    width: columns,
    fill: fill ?? (zero ? '0' : ' '),
    align: align ?? (isNumber(value) ? (zero ? '=' : '>') : '<'),
  }
  if (isNumber(value)) {
    const body = numberBody(value, { alternate: !!alternate, precision, type, sign })
    return pad(group ? grouped(body, group, type, layout) : body, layout)
  }
  if (isString(value)) {
    if (group) fail('value', `Cannot specify '${group}' with 's'.`)
    if (type && type !== 's')
      fail('value', `Unknown format code '${type}' for object of type 'str'`)
    if (align === '=' || sign || alternate) {
      fail('value', 'not allowed in string format specifier')
    }
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
    sign: string | undefined
  },
): string {
  const digits = spec.precision === undefined ? undefined : Number(spec.precision)
  if (isInt(value) && (spec.type === undefined || 'bcdnoxX'.includes(spec.type))) {
    if (digits !== undefined) fail('value', 'Precision not allowed in integer format specifier')
    if (spec.type === 'c') {
      if (spec.sign || spec.alternate)
        fail('value', "not allowed with integer format specifier 'c'")
      return character(value)
    }
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
  if (type === '%') return `${floatIn('f', value * 100, digits ?? 6, alternate)}%`
  if (type !== undefined) return floatIn(type === 'n' ? 'g' : type, value, digits ?? 6, alternate)
  if (digits === undefined) return alternate ? withPoint(floatText(value)) : floatText(value)
  // Without a type a float shows that it is one, so it needs a digit of its precision for the `.0`.
  const general = generalText(value, digits, { keepZeros: alternate, spare: 1 })
  if (alternate) return withPoint(general)
  return /[.en]/.test(general) ? general : `${general}.0`
}

/** Separators between groups of digits; with zeros as fill they reach into the padding. */
function grouped(
  body: string,
  group: string,
  type: string | undefined,
  layout: { width: number; fill: string; align: string },
): string {
  const isRadix = group === '_' && type !== undefined && 'boxX'.includes(type)
  if (type && !isRadix && !'deEfFgG%'.includes(type)) {
    fail('value', `Cannot specify '${group}' with '${type}'.`)
  }
  const pattern = isRadix ? /^([-+ ]?(?:0[boxX])?)([\da-fA-F]+)()$/ : /^([-+ ]?)(\d+)(.*)$/s
  const [, sign = '', digits, rest = ''] = pattern.exec(body) ?? []
  if (digits === undefined) return body
  const size = isRadix ? 4 : 3
  let count = digits.length
  if (layout.align === '=' && layout.fill === '0') {
    const room = layout.width - sign.length - rest.length
    while (count + Math.floor((count - 1) / size) < room) count++
  }
  return sign + groupDigits(digits.padStart(count, '0'), group, size) + rest
}

/** What fields are taken from: arguments, or for `format_map` anything with keys. */
export interface Fields {
  readonly positional: readonly Value[]
  readonly named: Pick<ReadonlyMap<string, Value>, 'has' | 'get'>
}

/** `format.format(*args, **named)` in the sandbox: fields may reach into values, but not into hidden names. */
export function strFormat(format: string | Str, args: Fields, run: Run): string | Str {
  let next = 0
  let numbering: 'automatic' | 'manual' | null = null
  const numbered = (by: 'automatic' | 'manual', index: number): number => {
    if (numbering !== null && numbering !== by) {
      fail(
        'value',
        'cannot switch between automatic field numbering and manual field specification',
      )
    }
    numbering = by
    return index
  }
  /** As in Python's Formatter, only a bare `{}` or `{0}` decides the numbering; `{0.name}` is free. */
  const field = (name: string): Value => {
    const [, head = '', path = ''] = /^([^.[]*)(.*)$/s.exec(name) ?? []
    if (name === '') return positional(numbered('automatic', next++))
    if (/^\d+$/.test(name)) return positional(numbered('manual', Number(name)))
    if (/^\d+$/.test(head)) return reach(positional(Number(head)), path, run)
    if (!args.named.has(head)) fail('key', `'${head}'`)
    return reach(args.named.get(head), path, run)
  }
  const positional = (index: number): Value => {
    if (index >= args.positional.length) {
      fail('index', `Replacement index ${index} out of range for positional args tuple`)
    }
    return args.positional[index]
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
    value =
      name !== undefined
        ? run.attribute(value, name)
        : run.item(value, /^\d+$/.test(key ?? '') ? Number(key) : key)
  }
  return value
}
