// The filter `tojson`: Python's json.dumps with sorted keys and ASCII only, made safe for HTML as Jinja2 does. Written for
// speed, because passing a body through is what many webhooks do.
import { type Meter, VALUE_DEPTH_MAX } from './budget.ts'
import { fail } from './errors.ts'
import { compareTexts } from './operators.ts'
import { floatText } from './print.ts'
import {
  Dict,
  dictEntries,
  Float,
  isDict,
  isFloat,
  isModel,
  isString,
  numberOf,
  Str,
  Tuple,
  textOf,
  typeName,
  type Value,
} from './values.ts'

/** Text that stands in JSON and in HTML as it is. */
const PLAIN = /^[ !#-%(-;=?-[\]-~]*$/
const NEEDS_ESCAPE = /[^ !#-%(-;=?-[\]-~]/g

const escapeUnit = (unit: string): string => {
  switch (unit) {
    case '"':
      return '\\"'
    case '\\':
      return '\\\\'
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    case '\t':
      return '\\t'
    case '\b':
      return '\\b'
    case '\f':
      return '\\f'
  }
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const quote = (text: string): string =>
  PLAIN.test(text) ? `"${text}"` : `"${text.replace(NEEDS_ESCAPE, escapeUnit)}"`

/**
 * JSON text of a value. `indent` is null for one line, or the text of one level. `asSent` writes floats with the digits they
 * were sent with, for documents; the filter itself prints them as Python does.
 */
export function toJson(value: Value, indent: string | null, meter: Meter, asSent = false): string {
  const write = (item: Value, depth: number): string => {
    if (typeof item === 'string') {
      if (item.length > 1024) meter.chars(item.length)
      return quote(item)
    }
    if (item === null) return 'null'
    if (item === true) return 'true'
    if (item === false) return 'false'
    if (typeof item === 'number' && Number.isSafeInteger(item)) return String(item)
    if (typeof item === 'object') return writeObject(item, depth)
    if (isFloat(item)) return jsonFloat(numberOf(item))
    if (typeof item === 'bigint') return String(item)
    return unserializable(item)
  }

  const writeObject = (item: object, depth: number): string => {
    if (depth > VALUE_DEPTH_MAX) fail('budget', 'nested too deeply for JSON', 'nesting')
    if (Array.isArray(item)) return writeList(item, depth)
    if (item instanceof Float) {
      return asSent && item.text !== undefined ? item.text : jsonFloat(item.value)
    }
    if (item instanceof Tuple) return writeList(item.items, depth)
    if (item instanceof Str) return quote(item.text)
    if (isModel(item)) return item.json ? write(item.json(), depth) : unserializable(item)
    return isDict(item) ? writeDict(item, depth) : unserializable(item)
  }

  const writeList = (items: readonly Value[], depth: number): string => {
    if (items.length === 0) return '[]'
    meter.step(items.length)
    const comma = indent === null ? ', ' : `,\n${indent.repeat(depth + 1)}`
    let text = indent === null ? '[' : `[\n${indent.repeat(depth + 1)}`
    for (let index = 0; index < items.length; index++) {
      if (index > 0) text += comma
      text += write(items[index], depth + 1)
    }
    return indent === null ? `${text}]` : `${text}\n${indent.repeat(depth)}]`
  }

  const writeDict = (dict: object, depth: number): string => {
    const keys = sortedKeys(dict)
    if (keys.length === 0) return '{}'
    meter.step(keys.length)
    const comma = indent === null ? ', ' : `,\n${indent.repeat(depth + 1)}`
    let text = indent === null ? '{' : `{\n${indent.repeat(depth + 1)}`
    for (let index = 0; index < keys.length; index++) {
      const [key, item] = keys[index] as [string, Value]
      if (index > 0) text += comma
      text += `${quote(key)}: ${write(item, depth + 1)}`
    }
    return indent === null ? `${text}}` : `${text}\n${indent.repeat(depth)}}`
  }

  return write(value, 0)
}

const unserializable = (value: Value): never =>
  fail('type', `Object of type ${typeName(value)} is not JSON serializable`)

function jsonFloat(value: number): string {
  if (Number.isFinite(value)) return floatText(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

function sortedKeys(dict: object): [string, Value][] {
  if (dict instanceof Dict) return sortedDict(dict)
  const entries = dictEntries(dict) as [string, Value][]
  for (let index = 1; index < entries.length; index++) {
    if (entries[index - 1]![0] > entries[index]![0]) {
      return entries.sort(([a], [b]) => compareTexts(a, b))
    }
  }
  return entries
}

/** Keys of a template's dict: Python sorts them before it turns them into text, so kinds may not mix. */
function sortedDict(dict: Dict): [string, Value][] {
  const entries = dictEntries(dict)
  const sorted = entries.sort(([a], [b]) => {
    if (isString(a) && isString(b)) return compareTexts(textOf(a), textOf(b))
    if (isComparable(a) && isComparable(b)) return numberOf(a) - numberOf(b)
    return fail(
      'type',
      `'<' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
    )
  })
  return sorted.map(([key, item]) => [keyText(key), item])
}

const isComparable = (key: Value): key is number | bigint | boolean | Float =>
  typeof key === 'number' ||
  typeof key === 'bigint' ||
  typeof key === 'boolean' ||
  key instanceof Float

function keyText(key: Value): string {
  if (isString(key)) return textOf(key)
  if (key === null) return 'null'
  if (typeof key === 'boolean' || typeof key === 'bigint') return String(key)
  if (isFloat(key)) return jsonFloat(numberOf(key))
  if (typeof key === 'number') return String(key)
  return fail('type', `keys must be str, int, float, bool or None, not ${typeName(key)}`)
}
