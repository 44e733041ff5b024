// How Python shows values: `str` for printing, `repr` inside containers, and floats in the shortest form that reads back.
import { INTEGER_DIGITS_MAX, type Meter, VALUE_DEPTH_MAX } from './budget.ts'
import { fail, refuse } from './errors.ts'
import {
  Callable,
  dictEntries,
  Generator,
  isDict,
  isFloat,
  isModel,
  Namespace,
  numberOf,
  Range,
  Str,
  Tuple,
  Undefined,
  type Value,
  View,
} from './values.ts'

/** What `{{ value }}` prints. */
export function str(value: Value, meter: Meter): string {
  if (typeof value === 'string') return value
  if (value instanceof Str) return value.text
  if (value instanceof Undefined || value === undefined) return ''
  if (isModel(value)) return value.print?.() ?? shownAsAddress(value.type)
  return repr(value, meter)
}

/** What a value looks like inside a list. */
export function repr(value: Value, meter: Meter): string {
  const parts: string[] = []
  write(value, meter, 0, parts)
  return parts.join('')
}

function write(value: Value, meter: Meter, depth: number, parts: string[]): void {
  meter.step()
  if (depth > VALUE_DEPTH_MAX) fail('budget', 'a value is nested too deeply to print', 'nesting')
  const list = (open: string, items: readonly Value[], close: string) => {
    parts.push(open)
    items.forEach((item, index) => {
      if (index > 0) parts.push(', ')
      write(item, meter, depth + 1, parts)
    })
    parts.push(close)
  }
  if (Array.isArray(value)) list('[', value, ']')
  else if (value instanceof Tuple) list('(', value.items, value.items.length === 1 ? ',)' : ')')
  else if (value instanceof View) {
    list(`${value.kind}([`, value.items, '])')
  } else if (isDict(value)) writeDict(value, meter, depth, parts)
  else parts.push(scalar(value, meter))
}

function writeDict(dict: object, meter: Meter, depth: number, parts: string[]): void {
  parts.push('{')
  dictEntries(dict).forEach(([key, item], index) => {
    if (index > 0) parts.push(', ')
    write(key, meter, depth + 1, parts)
    parts.push(': ')
    write(item, meter, depth + 1, parts)
  })
  parts.push('}')
}

function scalar(value: Value, meter: Meter): string {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return quoted(value, meter)
  if (value instanceof Str) {
    return value.markup ? `Markup(${quoted(value.text, meter)})` : quoted(value.text, meter)
  }
  if (isFloat(value)) return floatText(numberOf(value))
  if (typeof value === 'number' || typeof value === 'bigint') return integerText(value, meter)
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof Range) {
    const { start, stop, step } = value
    return step === 1 ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`
  }
  if (isModel(value)) return value.repr?.() ?? value.print?.() ?? shownAsAddress(value.type)
  if (value instanceof Generator) return shownAsAddress('a generator')
  if (value instanceof Callable) return shownAsAddress(`the function ${value.name}`)
  return shownAsAddress(value instanceof Namespace ? 'a namespace' : 'an object')
}

/** Python prints an address for these, which differs from run to run. */
const shownAsAddress = (what: string): never => refuse(`printing ${what}`, 'it has no text')

function integerText(value: number | bigint, meter: Meter): string {
  if (typeof value === 'number') return String(value)
  meter.chars(INTEGER_DIGITS_MAX)
  return String(value)
}

/** Characters Python's repr escapes: everything that is no letter, mark, number, symbol, punctuation or plain space. */
const UNPRINTABLE = /[\p{C}\p{Z}]/gu
const NEEDS_CARE = /[^ -~]|['\\]/

function quoted(text: string, meter: Meter): string {
  meter.chars(text.length)
  if (!NEEDS_CARE.test(text)) return `'${text}'`
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replace(quote === "'" ? /['\\]/g : /\\/g, '\\$&')
    .replace(UNPRINTABLE, (char) => (char === ' ' ? char : escapeChar(char)))
  return quote + escaped + quote
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeChar(char: string): string {
  const short = SHORT[char]
  if (short !== undefined) return short
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

/** Python's repr of a float: JavaScript finds the same digits, but switches to an exponent elsewhere. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const [mantissa = '', power = ''] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 16) {
    const plain = exponent < 0 ? fractionText(mantissa, exponent) : String(value)
    return plain.includes('.') ? plain : `${plain}.0`
  }
  const digits = String(Math.abs(exponent)).padStart(2, '0')
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`
}

function fractionText(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : ''
  return `${sign}0.${'0'.repeat(-exponent - 1)}${mantissa.replace(/[-.]/g, '')}`
}
