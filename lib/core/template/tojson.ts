// The filter `tojson`: Python's json.dumps with sorted keys and ASCII only, made safe for HTML as Jinja2 does. Written for
// speed, because passing a body through is what many webhooks do.
import { compareCodePoints } from '../code-points.ts'
import { type Meter, VALUE_DEPTH_MAX } from './budget.ts'
import { fail } from './errors.ts'
import { floatText } from './print.ts'
import {
  Dict,
  dictEntries,
  Float,
  isDict,
  isFloat,
  isModel,
  isNumber,
  isString,
  numberOf,
  Str,
  Tuple,
  textOf,
  typeName,
  type Value,
} from './values.ts'

/** What JSON escapes, what Python does beyond it, and what Jinja2 does for HTML: most strings have none of it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const NEEDS_CARE = /["\\<>&'\x00-\x1f\x7f-\uffff]/
const BEYOND_JSON = /[<>&'\x7f-\uffff]/g

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

const quote = (text: string): string =>
  NEEDS_CARE.test(text) ? JSON.stringify(text).replace(BEYOND_JSON, escapeUnit) : `"${text}"`

/** How JSON text is laid out. */
export interface JsonLayout {
  /** Text of one level of indentation; null: all on one line. */
  readonly indent: string | null
  /** Write floats with the digits they were sent with, for documents; the filter prints them as Python does. */
  readonly asSent?: boolean
}

/** JSON text of a value. Throws a TypeError for what JSON has no form for. */
export function toJson(value: Value, layout: JsonLayout, meter: Meter): string {
  return new Writer(layout, meter).write(value, 0)
}

/** Objects with the same keys in the same order: where the sorted ones stand, and what is written before each value. */
interface Shape {
  readonly keys: readonly string[]
  readonly order: readonly number[]
  readonly prefixes: readonly string[]
}

/** Shapes of one number of keys that are remembered: each is looked at for every object that has so many. */
const SHAPES_OF_LENGTH_MAX = 8
/** Shapes remembered in all; a sender's deliveries have some dozens. When there are more, all are forgotten. */
const SHAPES_MAX = 400
/** Characters of a remembered shape's keys: with the limit above, a few megabytes at most. */
const SHAPE_CHARS_MAX = 4096

/** By number of keys, from one rendering to the next: deliveries of one sender are alike, and sorting is what costs most. */
let shapes: Shape[][] = []
let shapeCount = 0

/** Only with these do code points and UTF-16 sort differently. */
const SURROGATE = /[\ud800-\udfff]/

function shapeOf(keys: readonly string[]): Shape {
  const alike = shapes[keys.length] ?? []
  for (const known of alike) if (sameKeys(known.keys, keys)) return known
  const sorted = keys.toSorted(
    keys.some((key) => SURROGATE.test(key)) ? compareCodePoints : undefined,
  )
  const at = new Map(keys.map((key, index) => [key, index]))
  const shape = {
    keys,
    order: sorted.map((key) => at.get(key) ?? 0),
    prefixes: sorted.map((key) => `${quote(key)}: `),
  }
  const chars = keys.reduce((sum, key) => sum + key.length, 0)
  if (alike.length < SHAPES_OF_LENGTH_MAX && chars <= SHAPE_CHARS_MAX) remember(shape)
  return shape
}

function remember(shape: Shape): void {
  if (shapeCount === SHAPES_MAX) {
    shapes = []
    shapeCount = 0
  }
  const { length } = shape.keys
  shapes[length] = [...(shapes[length] ?? []), shape]
  shapeCount += 1
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

class Writer {
  readonly #indent: string | null
  readonly #asSent: boolean
  readonly #meter: Meter

  constructor({ indent, asSent = false }: JsonLayout, meter: Meter) {
    this.#indent = indent
    this.#asSent = asSent
    this.#meter = meter
  }

  write(value: Value, depth: number): string {
    if (typeof value === 'string') {
      if (value.length > 1024) this.#meter.chars(value.length)
      return quote(value)
    }
    if (typeof value === 'number') {
      return Number.isSafeInteger(value) ? `${value}` : jsonFloat(value)
    }
    if (value === null) return 'null'
    if (typeof value === 'object') return this.#object(value, depth)
    if (value === true) return 'true'
    if (value === false) return 'false'
    return typeof value === 'bigint' ? String(value) : unserializable(value)
  }

  #object(value: object, depth: number): string {
    if (depth > VALUE_DEPTH_MAX) fail('budget', 'nested too deeply for JSON', 'nesting')
    if (Object.getPrototypeOf(value) === Object.prototype) {
      return this.#plain(value as Record<string, Value>, depth)
    }
    if (Array.isArray(value)) return this.#list(value, depth)
    if (value instanceof Float) {
      return this.#asSent && value.text !== undefined ? value.text : jsonFloat(value.value)
    }
    if (value instanceof Tuple) return this.#list(value.items, depth)
    if (value instanceof Str) return quote(value.text)
    if (isModel(value)) return value.json ? this.write(value.json(), depth) : unserializable(value)
    if (!isDict(value)) return unserializable(value)
    if (value instanceof Dict || value instanceof Map) return this.#entries(sorted(value), depth)
    return this.#plain(value as Record<string, Value>, depth)
  }

  #list(items: readonly Value[], depth: number): string {
    if (items.length === 0) return '[]'
    this.#meter.step(items.length)
    const comma = this.#comma(depth)
    let text = ''
    for (let index = 0; index < items.length; index++) {
      if (index > 0) text += comma
      text += this.write(items[index], depth + 1)
    }
    return this.#wrapped('[', text, ']', depth)
  }

  #plain(object: Record<string, Value>, depth: number): string {
    const { order, prefixes } = shapeOf(Object.keys(object))
    if (order.length === 0) return '{}'
    this.#meter.step(order.length)
    const values = Object.values(object)
    const comma = this.#comma(depth)
    let text = ''
    for (let index = 0; index < order.length; index++) {
      if (index > 0) text += comma
      text += prefixes[index] + this.write(values[order[index] as number], depth + 1)
    }
    return this.#wrapped('{', text, '}', depth)
  }

  #entries(entries: readonly [string, Value][], depth: number): string {
    if (entries.length === 0) return '{}'
    this.#meter.step(entries.length)
    const parts = entries.map(([key, item]) => `${quote(key)}: ${this.write(item, depth + 1)}`)
    return this.#wrapped('{', parts.join(this.#comma(depth)), '}', depth)
  }

  #comma(depth: number): string {
    return this.#indent === null ? ', ' : `,\n${this.#indent.repeat(depth + 1)}`
  }

  #wrapped(open: string, inside: string, close: string, depth: number): string {
    if (this.#indent === null) return open + inside + close
    return `${open}\n${this.#indent.repeat(depth + 1)}${inside}\n${this.#indent.repeat(depth)}${close}`
  }
}

const unserializable = (value: Value): never =>
  fail('type', `Object of type ${typeName(value)} is not JSON serializable`)

function jsonFloat(value: number): string {
  if (Number.isFinite(value)) return floatText(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

/** Entries by key. Python sorts a dict's keys before it turns them into text, so kinds may not mix. */
function sorted(dict: Dict | Map<string, Value>): [string, Value][] {
  const entries = dictEntries(dict).sort(([a], [b]) => {
    if (isString(a) && isString(b)) return compareCodePoints(textOf(a), textOf(b))
    if (isNumber(a) && isNumber(b)) return numberOf(a) - numberOf(b)
    return fail(
      'type',
      `'<' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
    )
  })
  return entries.map(([key, item]) => [keyText(key), item])
}

function keyText(key: Value): string {
  if (isString(key)) return textOf(key)
  if (key === null) return 'null'
  if (isFloat(key)) return jsonFloat(numberOf(key))
  if (isNumber(key)) return String(key)
  return fail('type', `keys must be str, int, float, bool or None, not ${typeName(key)}`)
}
