// JSON values against a JSON schema: the part of draft 2020-12 that pydantic writes and that says something about values.
// Messages are those of Python's jsonschema, which Prefect shows to its users.
import { Refusal } from './errors.ts'
import type { Mismatch } from './mismatch.ts'
import { python } from './python-repr.ts'

/** A schema as it was sent: nothing in it can be relied on. */
export type Schema = Record<string, unknown>

interface Place {
  root: Schema
  path: (string | number)[]
  depth: number
  /** Within the part of a schema that Prefect repairs before it asks it. */
  isRepaired: boolean
}

/** Schemas within schemas. More means that one refers to itself; Python gives up at its recursion limit. */
const SCHEMA_DEPTH_MAX = 300

/** What is wrong with a value. Everything a schema says that is not in `KEYWORDS` is not asked. */
export const mismatches = (value: unknown, schema: Schema): Mismatch[] =>
  check(value, schema, { root: schema, path: [], depth: 0, isRepaired: true })

function check(value: unknown, schema: unknown, place: Place): Mismatch[] {
  if (schema === false)
    return [mismatch(place, {}, value, '', `False schema does not allow ${python(value)}`)]
  if (!isObject(schema)) return []
  if (place.depth > SCHEMA_DEPTH_MAX) {
    throw new Refusal(422, 'Invalid schema: Unable to validate schema with circular references.')
  }
  const normal = place.isRepaired ? withImpliedNulls(schema) : schema
  return Object.entries(normal).flatMap(([keyword, asked]) => {
    const find = KEYWORDS[keyword]
    if (!find || !Object.hasOwn(KEYWORDS, keyword)) return []
    const found = find({ value, asked, schema: normal, place })
    return found.map((one) =>
      typeof one === 'string' ? mismatch(place, normal, value, keyword, one) : one,
    )
  })
}

/** Pydantic 1 does not say that an optional field may be null, and writes a tuple's items as a list: Prefect repairs both. */
function withImpliedNulls(schema: Schema): Schema {
  const properties = schema.properties
  const list = Array.isArray(schema.items) && !schema.prefixItems ? schema.items : null
  const { items, ...rest } = schema
  const tuple = list ? { ...rest, prefixItems: list } : schema
  if (!isObject(properties)) return tuple
  const required = Array.isArray(schema.required) ? schema.required : []
  const relaxed = Object.entries(properties).map(([name, field]) => {
    const isOptional =
      isObject(field) &&
      !required.includes(name) &&
      field.type !== undefined &&
      field.type !== 'null' &&
      !Object.hasOwn(field, 'default')
    if (!isOptional) return [name, field]
    const { type, ...others } = field
    return [name, { ...others, anyOf: [{ type }, { type: 'null' }] }]
  })
  return { ...tuple, properties: Object.fromEntries(relaxed) }
}

interface Question {
  value: unknown
  /** What the schema says under the keyword. */
  asked: unknown
  schema: Schema
  place: Place
}

/** What is wrong: a message about the value itself, or mismatches further down. */
type Keyword = (question: Question) => (string | Mismatch)[]

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isList = (value: unknown): value is unknown[] => Array.isArray(value)
const says = (isWrong: boolean, message: () => string): string[] => (isWrong ? [message()] : [])

/** A bound that applies to values of one type. */
const bound =
  <T>(
    applies: (value: unknown) => value is T,
    isBeyond: (value: T, limit: number) => boolean,
    message: (value: T, limit: number) => string,
  ): Keyword =>
  ({ value, asked }) =>
    applies(value) && isNumber(asked) && isBeyond(value, asked) ? [message(value, asked)] : []

/** Python counts characters where JavaScript counts UTF-16 units. */
const lengthOf = (value: string | unknown[]): number => [...value].length

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $ref: ({ value, asked, place }) => {
    const isRepaired = isText(asked) && asked.startsWith('#/definitions/')
    return check(value, resolve(asked, place.root), { ...deeper(place), isRepaired })
  },

  type: ({ value, asked }) => {
    const types = isList(asked) ? asked : [asked]
    return says(!types.some((type) => isOfType(value, type)), () => {
      return `${python(value)} is not of type ${types.map(python).join(', ')}`
    })
  },
  enum: ({ value, asked }) =>
    says(isList(asked) && !asked.some((one) => same(one, value)), () => {
      return `${python(value)} is not one of ${python(asked)}`
    }),
  const: ({ value, asked }) => says(!same(asked, value), () => `${python(asked)} was expected`),

  allOf: ({ value, asked, place }) =>
    alternatives(asked).flatMap((one) => check(value, one, deeper(place))),
  anyOf: (question) => {
    const found = foundByAlternative(question)
    return found.some((one) => one.length === 0) ? [] : [noneFits(question, 'anyOf', found)]
  },
  oneOf: (question) => {
    const found = foundByAlternative(question)
    const fitting = alternatives(question.asked).filter((_, i) => found[i]?.length === 0)
    if (fitting.length === 0) return [noneFits(question, 'oneOf', found)]
    return says(fitting.length > 1, () => {
      const shown = [...fitting.slice(1), fitting[0]].map(python) // as jsonschema has it
      return `${python(question.value)} is valid under each of ${shown.join(', ')}`
    })
  },
  not: ({ value, asked, place }) =>
    says(check(value, asked, deeper(place)).length === 0, () => {
      return `${python(value)} should not be valid under ${python(asked)}`
    }),

  properties: ({ value, asked, place }) =>
    isObject(value) && isObject(asked)
      ? Object.entries(asked).flatMap(([name, field]) =>
          Object.hasOwn(value, name)
            ? check(value[name], field, {
                ...deeper(place, name),
                isRepaired: place.isRepaired,
              })
            : [],
        )
      : [],
  required: ({ value, asked }) =>
    isObject(value) && isList(asked)
      ? asked
          .filter((name) => !Object.hasOwn(value, String(name)))
          .map((name) => `${python(name)} is a required property`)
      : [],
  additionalProperties: ({ value, asked, schema, place }) => {
    if (!isObject(value)) return []
    const extras = Object.keys(value).filter(
      (key) => !Object.hasOwn(asSchema(schema.properties), key),
    )
    if (asked !== false) {
      return extras.flatMap((key) => check(value[key], asked, deeper(place, key)))
    }
    return says(extras.length > 0, () => {
      const were = extras.length === 1 ? 'was' : 'were'
      return `Additional properties are not allowed (${extras.map(python).join(', ')} ${were} unexpected)`
    })
  },

  prefixItems: ({ value, asked, place }) =>
    isList(value)
      ? alternatives(asked).flatMap((one, i) =>
          i < value.length ? check(value[i], one, deeper(place, i)) : [],
        )
      : [],
  items: ({ value, asked, schema, place }) => {
    const skipped = alternatives(schema.prefixItems).length
    return isList(value)
      ? value.slice(skipped).flatMap((one, i) => check(one, asked, deeper(place, skipped + i)))
      : []
  },
  uniqueItems: ({ value, asked }) =>
    says(
      asked === true && isList(value) && new Set(value.map(canonical)).size < value.length,
      () => `${python(value)} has non-unique elements`,
    ),

  minimum: bound(
    isNumber,
    (v, n) => v < n,
    (v, n) => `${v} is less than the minimum of ${n}`,
  ),
  maximum: bound(
    isNumber,
    (v, n) => v > n,
    (v, n) => `${v} is greater than the maximum of ${n}`,
  ),
  exclusiveMinimum: bound(
    isNumber,
    (v, n) => v <= n,
    (v, n) => `${v} is less than or equal to the minimum of ${n}`,
  ),
  exclusiveMaximum: bound(
    isNumber,
    (v, n) => v >= n,
    (v, n) => `${v} is greater than or equal to the maximum of ${n}`,
  ),
  multipleOf: bound(
    isNumber,
    (v, n) => !Number.isInteger(v / n),
    (v, n) => `${v} is not a multiple of ${n}`,
  ),
  minLength: bound(isText, (v, n) => lengthOf(v) < n, tooShort),
  maxLength: bound(
    isText,
    (v, n) => lengthOf(v) > n,
    (v) => `${python(v)} is too long`,
  ),
  minItems: bound(isList, (v, n) => v.length < n, tooShort),
  maxItems: bound(
    isList,
    (v, n) => v.length > n,
    (v) => `${python(v)} is too long`,
  ),
  pattern: ({ value, asked }) =>
    says(isText(value) && isText(asked) && !matches(value, asked), () => {
      return `${python(value)} does not match ${python(asked)}`
    }),
}

function tooShort(value: unknown, limit: number): string {
  return `${python(value)} ${limit === 1 ? 'should be non-empty' : 'is too short'}`
}

/** A pattern that only Python understands holds nothing up: the flow's own validation sees the value once more. */
function matches(value: string, pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch (error) {
    if (error instanceof SyntaxError) return true
    throw error
  }
}

const alternatives = (asked: unknown): unknown[] => (isList(asked) ? asked : [])

const foundByAlternative = ({ value, asked, place }: Question): Mismatch[][] =>
  alternatives(asked).map((one) => check(value, one, deeper(place)))

const noneFits = ({ value, schema, place }: Question, keyword: string, found: Mismatch[][]) => ({
  ...mismatch(
    place,
    schema,
    value,
    keyword,
    `${python(value)} is not valid under any of the given schemas`,
  ),
  context: found.flat(),
})

const mismatch = (
  { path }: Place,
  schema: Schema,
  value: unknown,
  keyword: string,
  message: string,
): Mismatch => ({
  path,
  message,
  keyword,
  hasType: alternatives([schema.type].flat()).some((type) => isOfType(value, type)),
  context: [],
})

const deeper = (place: Place, ...keys: (string | number)[]): Place => ({
  ...place,
  path: [...place.path, ...keys],
  depth: place.depth + 1,
  isRepaired: false,
})

/** `#/definitions/Name`; anything else refers to nothing, and allows everything. */
function resolve(reference: unknown, root: Schema): unknown {
  if (!isText(reference) || !reference.startsWith('#')) return true
  const keys = reference.split('/').slice(1)
  return keys.reduce<unknown>(
    (at, key) => own(asSchema(at), key.replaceAll('~1', '/').replaceAll('~0', '~')),
    root,
  )
}

/** Whether a JSON value is an object. */
export const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A schema, or the empty one that allows everything. */
export const asSchema = (value: unknown): Schema => (isObject(value) ? value : {})

/** Of an object's own keys only: a schema may name `constructor`. */
export const own = (schema: Schema, key: string): unknown =>
  Object.hasOwn(schema, key) ? schema[key] : undefined

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return isNumber(value)
    case 'string':
      return isText(value)
    case 'array':
      return isList(value)
    case 'object':
      return isObject(value)
    default:
      return false
  }
}

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

/** JSON with sorted keys, so that equal values have equal text. */
function canonical(value: unknown): string {
  if (isList(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  const entries = Object.keys(value).sort()
  return `{${entries.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`
}
