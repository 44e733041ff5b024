// Python's values in JavaScript, chosen so that a parsed request needs no conversion:
//   None null · bool boolean · int number (safe) or bigint · float Float, or a number that is no safe integer
//   str string, or Str when it is Markup or when its origin matters · list array · tuple Tuple
//   dict a plain object or Map as JSON gave it (own keys only), or Dict when the template made it
// Everything else is one of the classes below. Nothing here looks at a prototype.
import { KEY_CHARS_PER_ITEM, KEY_SIZE_MAX } from './budget.ts'
import { fail } from './errors.ts'

/** A value of the template language: one of the kinds listed at the top of this file. */
export type Value = unknown

/** A float: needed because `1.0` and `1` differ in print. `text` is the number as it was sent, for storing it unchanged. */
export class Float {
  readonly value: number
  readonly text: string | undefined
  constructor(value: number, text?: string) {
    this.value = value
    this.text = text
  }
  toJSON(): number {
    return this.value
  }
}

/**
 * Where a stretch of text came from. `template`: its author wrote it, so it may be structure of a document. `value`: from the
 * request, and never structure. `json`: written by `tojson`. `changed`: template or JSON text that was mixed with a value and
 * then changed as a whole, so that its parts are no longer known.
 */
export interface Piece {
  readonly from: 'template' | 'value' | 'json' | 'changed'
  readonly text: string
  /** The value printed as `text`, for landing as JSON outside of quotes. */
  readonly value?: Value
}

/** A string that is more than its characters: Markup, or of known origin. */
export class Str {
  readonly text: string
  readonly markup: boolean
  readonly pieces: readonly Piece[] | null
  constructor(text: string, markup: boolean, pieces: readonly Piece[] | null = null) {
    this.text = text
    this.markup = markup
    this.pieces = pieces
  }
}

/** A tuple. */
export class Tuple {
  readonly items: readonly Value[]
  /** Names of the items, for what `groupby` yields. */
  readonly names: readonly string[]
  constructor(items: readonly Value[], names: readonly string[] = []) {
    this.items = items
    this.names = names
  }
}

/** What a missing name or attribute gives: prints nothing, chains, and fails in arithmetic and calls. */
export class Undefined {
  readonly message: string
  /** The sandbox hid it: a call is a SecurityError. */
  readonly unsafe: boolean
  constructor(message: string, unsafe = false) {
    this.message = message
    this.unsafe = unsafe
  }
}

/** `range()`: computed, never stored. */
export class Range {
  readonly start: number
  readonly stop: number
  readonly step: number
  readonly length: number
  constructor(start: number, stop: number, step: number) {
    this.start = start
    this.stop = stop
    this.step = step
    this.length = Math.max(0, Math.ceil((stop - start) / step))
  }
  at(index: number): number {
    return this.start + index * this.step
  }
}

/** A Python generator: can be walked once, has no length, prints as an address (which we refuse). */
export class Generator {
  readonly items: Iterator<Value>
  constructor(items: Iterator<Value>) {
    this.items = items
  }
}

/** Arguments of a call, after unpacking. */
export interface Args {
  readonly positional: readonly Value[]
  readonly named: ReadonlyMap<string, Value>
}

/** A macro, a bound method or a global function. */
export class Callable {
  readonly name: string
  readonly call: (args: Args) => Value
  readonly attributes: ReadonlyMap<string, Value>
  constructor(
    name: string,
    call: (args: Args) => Value,
    attributes: ReadonlyMap<string, Value> = new Map(),
  ) {
    this.name = name
    this.call = call
    this.attributes = attributes
  }
}

/** `namespace()`: the one thing a template can assign to. */
export class Namespace {
  readonly values = new Map<string, Value>()
}

/** `d.keys()`, `d.values()`, `d.items()`. */
export class View {
  readonly kind: 'dict_keys' | 'dict_values' | 'dict_items'
  readonly items: readonly Value[]
  constructor(kind: View['kind'], items: readonly Value[]) {
    this.kind = kind
    this.items = items
  }
}

/**
 * An object of ours that a template may look at: an event, a resource, a moment, `loop`. Every face is optional; what is
 * missing behaves as Python's plain object does.
 */
export interface Model {
  readonly type: string
  attribute?(name: string): Value
  item?(key: Value): Value
  iterate?(): Iterable<Value>
  length?(): number
  print?(): string
  /** The text it equals, where Python's type is a kind of `str`. */
  readonly text?: string
  /** How it looks inside a container; `print` when absent. */
  repr?(): string
  /** What `tojson` writes; a model without it cannot be written. */
  json?(): Value
  call?(args: Args): Value
  uiUrl?(base: string): string | null
  eventsUrl?(base: string): string | null
}

/** The mark of a model: its prototype, which no parsed JSON can have. */
class ModelMark {}

/** Mark an object as a model, so that no parsed JSON can pass for one. */
export const model = (faces: Model): Model => Object.assign(new ModelMark(), faces)
/** Whether a value is one of our models. */
export const isModel = (value: Value): value is Model => value instanceof ModelMark

/** A dict made by a template: Python's equality of keys (1, 1.0 and true are one), insertion order, first key kept. */
export class Dict {
  readonly entries = new Map<unknown, [Value, Value]>()
  set(key: Value, value: Value): this {
    const hash = hashOf(key)
    const present = this.entries.get(hash)
    if (present) present[1] = value
    else this.entries.set(hash, [key, value])
    return this
  }
}

/** A dict whose keys are found in any case: request headers. */
export class FoldedDict extends Dict {
  override set(key: string, value: Value): this {
    this.entries.set(key.toLowerCase(), [key, value])
    return this
  }
}

/** What Python's `hash` and `==` make of a key; two keys are one when this is. Unhashable keys are a TypeError. */
export function hashOf(key: Value): unknown {
  if (typeof key === 'string') return key.startsWith('\0') ? `\0s${key}` : key
  if (key instanceof Str) return hashOf(key.text)
  if (typeof key === 'boolean') return key ? 1 : 0
  if (key instanceof Float) return Number.isInteger(key.value) ? int(key.value) : key.value
  if (key instanceof Tuple) return tupleHash(key, { left: KEY_SIZE_MAX })
  if (key instanceof Undefined) return Undefined
  if (Array.isArray(key) || isDict(key) || (key instanceof View && key.kind !== 'dict_values'))
    return fail('type', `unhashable type: '${typeName(key)}'`)
  return key
}

/** Items of a tuple's key are walked unmetered, and one tuple may hold another many times over. */
function tupleHash(key: Tuple, budget: { left: number }): string {
  const parts = key.items.map((item) => {
    if (item instanceof Tuple) return tupleHash(item, budget)
    budget.left -= isString(item) ? 1 + textOf(item).length / KEY_CHARS_PER_ITEM : 1
    if (budget.left < 0) fail('budget', 'a key is too large', 'key')
    const hash = hashOf(item)
    return `${typeof hash}${String(hash)}`
  })
  return `\0t${parts.join('\0')}\0`
}

/** Whether a value is a `str`, Markup included. */
export const isString = (value: Value): value is string | Str =>
  typeof value === 'string' || value instanceof Str
/** Whether a value is Markup. */
export const isMarkup = (value: Value): value is Str => value instanceof Str && value.markup
/** The characters of a string value. */
export const textOf = (value: string | Str): string =>
  typeof value === 'string' ? value : value.text

/** Whether a value is a `float`. */
export const isFloat = (value: Value): value is Float | number =>
  value instanceof Float || (typeof value === 'number' && !Number.isSafeInteger(value))
/** Whether a value is an `int`; in Python a bool is one. */
export const isInt = (value: Value): value is number | bigint | boolean =>
  typeof value === 'bigint' || typeof value === 'boolean' || Number.isSafeInteger(value)
/** Whether a value is an `int` or a `float`. */
export const isNumber = (value: Value): value is number | bigint | boolean | Float =>
  typeof value === 'number' || value instanceof Float || isInt(value)

/** A dict of any of the four makes. */
export function isDict(value: Value): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof Dict || value instanceof Map) return true
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The value under a key, or the JavaScript undefined. */
export function dictGet(dict: object, key: Value): Value {
  if (dict instanceof FoldedDict) {
    return isString(key) ? dict.entries.get(textOf(key).toLowerCase())?.[1] : undefined
  }
  if (dict instanceof Dict) return dict.entries.get(hashOf(key))?.[1]
  if (!isString(key)) {
    hashOf(key)
    return undefined
  }
  const name = textOf(key)
  if (dict instanceof Map) return dict.get(name)
  return Object.hasOwn(dict, name) ? (dict as Record<string, Value>)[name] : undefined
}

/** Keys and values of a dict, in their order. */
export function dictEntries(dict: object): [Value, Value][] {
  if (dict instanceof Dict) return [...dict.entries.values()]
  if (dict instanceof Map) return [...dict]
  return Object.entries(dict)
}

/** Keys of a dict, in their order. */
export function dictKeys(dict: object): Value[] {
  if (dict instanceof Dict) return [...dict.entries.values()].map(([key]) => key)
  return dict instanceof Map ? [...dict.keys()] : Object.keys(dict)
}

/** Sizes of large objects, which JavaScript can only find by listing their keys. A context does not change while it is used. */
const LARGE_SIZES = new WeakMap<object, number>()
const LARGE = 256

/** Number of a dict's keys. */
export function dictSize(dict: object): number {
  if (dict instanceof Dict) return dict.entries.size
  if (dict instanceof Map) return dict.size
  const known = LARGE_SIZES.get(dict)
  if (known !== undefined) return known
  const size = Object.keys(dict).length
  if (size >= LARGE) LARGE_SIZES.set(dict, size)
  return size
}

/** Python's name of a value's type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (isFloat(value)) return 'float'
  if (isInt(value)) return 'int'
  if (isString(value)) return isMarkup(value) ? 'Markup' : 'str'
  if (Array.isArray(value)) return 'list'
  if (isDict(value)) return 'dict'
  if (value instanceof Tuple) return 'tuple'
  if (value instanceof Undefined) return 'ChainableUndefined'
  if (value instanceof Range) return 'range'
  if (value instanceof Generator) return 'generator'
  if (value instanceof Callable) return 'function'
  if (value instanceof View) return value.kind
  if (isModel(value)) return value.type
  return 'Namespace'
}

/** Python's truth of a value. */
export function isTrue(value: Value): boolean {
  if (value === null || value === undefined || value instanceof Undefined) return false
  if (typeof value === 'boolean') return value
  if (value instanceof Float) return value.value !== 0
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'bigint') return value !== 0n
  if (isString(value)) return textOf(value) !== ''
  return (lengthOf(value) ?? 1) > 0
}

/** `len()`, or undefined where Python has none. Strings count code points. */
export function lengthOf(value: Value): number | undefined {
  if (isString(value)) return codePointCount(textOf(value))
  if (Array.isArray(value)) return value.length
  if (value instanceof Tuple || value instanceof View) return value.items.length
  if (value instanceof Range) return value.length
  if (value instanceof Undefined) return 0
  if (isDict(value)) return dictSize(value)
  return isModel(value) ? value.length?.() : undefined
}

const ASTRAL = /[\ud800-\udbff][\udc00-\udfff]/

/** Characters of a text as Python counts them: code points, lone surrogates one each. */
export const charsOf = (text: string): string[] =>
  ASTRAL.test(text) ? Array.from(text) : text.split('')
/** Whether a text holds characters of two UTF-16 units. */
export const hasAstral = (text: string): boolean => ASTRAL.test(text)

/** Length of a text as Python counts it. */
export function codePointCount(text: string): number {
  if (!ASTRAL.test(text)) return text.length
  let count = 0
  for (const _ of text) count++
  return count
}

/** Smallest form of an integer: a number while safe. */
export function int(value: bigint | number): number | bigint {
  const small = Number(value)
  return Number.isSafeInteger(small) ? small + 0 : BigInt(value)
}

/** The number in a float-like value. */
export const numberOf = (value: number | bigint | boolean | Float): number =>
  value instanceof Float ? value.value : Number(value)
