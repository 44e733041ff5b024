// JSON without loss. JSON.parse rounds integers beyond 2^53, forgets that 1.0 was sent as 1.0, moves keys like "7" to the
// front and lets the last of two equal keys win; 64-bit ids are common in deliveries, so none of that will do for them.

/** How deep a document may nest: Python's reader gives up at its recursion limit, some hundreds too. */
export const JSON_DEPTH_MAX = 500

const RAW_JSON = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON

/** Set whenever JSON.stringify meets a JsonNumber: how `writeJson` knows that its fast way will not do. */
let hasMetNumber = false

/** A number JavaScript would print otherwise, as it was written: `1.0`, `1e3`, `12345678901234567890`. */
export class JsonNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  /** For JSON.stringify: the digits where the engine can write them (Node.js 22), else the nearest double. */
  toJSON(): unknown {
    hasMetNumber = true
    return RAW_JSON ? RAW_JSON(this.text) : Number(this.text)
  }
}

/** Thrown for text that is no JSON; `offset` is the character at fault. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  readonly offset: number
  constructor(message: string, text: string, offset: number) {
    const before = text.slice(0, offset)
    const line = before.split('\n').length
    super(`${message}: line ${line} column ${offset - before.lastIndexOf('\n')} (char ${offset})`)
    this.offset = offset
  }
}

/** How a document is read. */
export interface JsonOptions {
  /** What a number becomes. @default a number where that prints the same digits, else a JsonNumber */
  number?: (text: string) => unknown
  /** What an object becomes: a plain object, or a Map, which keeps the order of keys like "7". @default 'object' */
  objects?: 'object' | 'map'
  /** Refuse an object that has one key twice, instead of letting the last win. @default false */
  refuseDuplicates?: boolean
  /** Accept NaN, Infinity and -Infinity, as Python's reader does. @default false */
  constants?: boolean
  /** Told every string value's path (keys and indexes) and the offset of its opening quote. */
  onString?: (path: readonly (string | number)[], offset: number) => void
}

const keepNumber = (text: string): unknown => {
  const value = Number(text)
  return String(value) === text && Number.isFinite(value) ? value : new JsonNumber(text)
}

/** Read a JSON document. Throws JsonError. */
export function parseJson(text: string, options: JsonOptions = {}): unknown {
  return new Reader(text, options).document()
}

class Reader {
  readonly #text: string
  readonly #options: JsonOptions
  readonly #number: (text: string) => unknown
  readonly #path: (string | number)[] = []
  #at = 0

  constructor(text: string, options: JsonOptions) {
    this.#text = text
    this.#options = options
    this.#number = options.number ?? keepNumber
  }

  document(): unknown {
    const value = this.#value()
    this.#space()
    if (this.#at < this.#text.length) this.#fail('Extra data')
    return value
  }

  #fail(message: string, offset = this.#at): never {
    throw new JsonError(message, this.#text, offset)
  }

  #space(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at)
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return
      this.#at++
    }
  }

  #value(): unknown {
    this.#space()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
        this.#options.onString?.(this.#path, this.#at)
        return this.#string()
      default:
        return this.#scalar()
    }
  }

  #object(): unknown {
    const found = new Collected(this.#options.objects === 'map')
    this.#at++
    this.#space()
    if (this.#text[this.#at] === '}') {
      this.#at++
      return found.value
    }
    for (;;) {
      this.#space()
      const keyAt = this.#at
      if (this.#text[keyAt] !== '"') this.#fail('Expecting property name enclosed in double quotes')
      const key = this.#string()
      if (this.#options.refuseDuplicates && found.has(key)) this.#fail('Duplicate key', keyAt)
      this.#space()
      if (this.#text[this.#at] !== ':') this.#fail("Expecting ':' delimiter")
      this.#at++
      found.set(key, this.#within(key))
      if (this.#ends('}')) return found.value
    }
  }

  #array(): unknown[] {
    const found: unknown[] = []
    this.#at++
    this.#space()
    if (this.#text[this.#at] === ']') {
      this.#at++
      return found
    }
    for (;;) {
      found.push(this.#within(found.length))
      if (this.#ends(']')) return found
    }
  }

  #within(step: string | number): unknown {
    if (this.#path.push(step) > JSON_DEPTH_MAX) this.#fail('Nested too deeply')
    const value = this.#value()
    this.#path.pop()
    return value
  }

  #ends(bracket: string): boolean {
    this.#space()
    const c = this.#text[this.#at]
    if (c !== bracket && c !== ',') this.#fail("Expecting ',' delimiter")
    this.#at++
    return c === bracket
  }

  #string(): string {
    const start = this.#at
    PLAIN_STRING.lastIndex = start
    if (PLAIN_STRING.test(this.#text)) {
      this.#at = PLAIN_STRING.lastIndex
      return this.#text.slice(start + 1, this.#at - 1)
    }
    return this.#escapedString(start)
  }

  #escapedString(start: number): string {
    STRING.lastIndex = start
    const token = STRING.exec(this.#text)?.[0]
    if (token === undefined) return this.#fail('Invalid string starting at', start)
    this.#at = start + token.length
    return JSON.parse(token) as string
  }

  #scalar(): unknown {
    SCALAR.lastIndex = this.#at
    const token = SCALAR.exec(this.#text)?.[0]
    if (token === undefined) return this.#fail('Expecting value')
    if (WORDS.has(token)) {
      this.#at += token.length
      return WORDS.get(token)
    }
    if (/[NI]/.test(token) && !this.#options.constants) this.#fail('Expecting value')
    this.#at += token.length
    return this.#number(token)
  }
}

/** The entries of one object, as what the caller wants it to be. */
class Collected {
  readonly value: Map<string, unknown> | Record<string, unknown>

  constructor(isMap: boolean) {
    this.value = isMap ? new Map() : {}
  }

  has(key: string): boolean {
    return this.value instanceof Map ? this.value.has(key) : Object.hasOwn(this.value, key)
  }

  set(key: string, value: unknown): void {
    if (this.value instanceof Map) this.value.set(key, value)
    else if (key !== '__proto__') this.value[key] = value
    else
      Object.defineProperty(this.value, key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const PLAIN_STRING = /"[^"\\\0-\x1f]*"/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const STRING = /"(?:[^"\\\0-\x1f]|\\["\\/bfnrt]|\\u[\da-fA-F]{4})*"/y
const SCALAR = /true|false|null|NaN|-?Infinity|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** Whether JSON.parse would lose something: long or fractional numbers, or keys it would reorder. May say yes needlessly. */
export const losesInJsonParse = (text: string): boolean =>
  /\d{16}|[\d][.eE]|"\d+"\s*:|-0/.test(text)

/** JSON text of a value that may hold JsonNumbers, Maps and big integers. */
export function stringifyJson(value: unknown): string {
  if (value instanceof JsonNumber) return value.text
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return `{${entries
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${JSON.stringify(key)}:${stringifyJson(item)}`)
    .join(',')}}`
}

/** Compact JSON with line breaks and two spaces a level, without reading its values: so none changes. */
export function indented(json: string): string {
  let depth = 0
  let isText = false
  let out = ''
  for (let i = 0; i < json.length; i++) {
    const character = json[i] ?? ''
    if (isText) {
      out += character
      if (character === '\\') out += json[++i] ?? ''
      else if (character === '"') isText = false
      continue
    }
    const next = json[i + 1]
    if (character === '"') isText = true
    if ((character === '{' && next === '}') || (character === '[' && next === ']')) {
      out += character + next
      i += 1
    } else if (character === '{' || character === '[') {
      depth += 1
      out += `${character}\n${'  '.repeat(depth)}`
    } else if (character === '}' || character === ']') {
      depth -= 1
      out += `\n${'  '.repeat(depth)}${character}`
    } else if (character === ',') out += `,\n${'  '.repeat(depth)}`
    else if (character === ':') out += ': '
    else out += character
  }
  return out
}

/** JSON text of a value, by JSON.stringify unless numbers in it would lose digits; `isExact` says that it was read to keep them. */
export function writeJson(value: unknown): { text: string; isExact: boolean } {
  hasMetNumber = false
  const text = JSON.stringify(value)
  const isExact = hasMetNumber
  return { text: isExact ? stringifyJson(value) : text, isExact }
}

/** The value of a JSON text, by JSON.parse unless it would lose something. */
export const readExactJson = (text: string): unknown =>
  losesInJsonParse(text) ? parseJson(text) : JSON.parse(text)
