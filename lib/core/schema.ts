// Building blocks for reading requests: zod schemas that take what pydantic takes, and one translation of zod's issues into
// pydantic's faults. Coercion happens in a preprocessing step in front of a plain zod type, so that OpenAPI can describe it.
import { z } from 'zod'
import { parseDuration } from './duration.ts'
import { type Fault, invalid } from './errors.ts'
import { parseUuid } from './ids.ts'
import { isTooDeep, TOO_DEEP } from './json-body.ts'
import { formatInstant, readInstant } from './time.ts'

/** Says no, with pydantic's type of fault and a message; of the value, or of a field in it. */
export type Refuse = (type: string, msg: string, field?: string) => never

/** A schema in front of which a value is coerced or refused. A missing value is refused as missing. */
export function lax<T extends z.ZodType>(
  inner: T,
  coerce: (value: unknown, refuse: Refuse) => unknown,
) {
  return z.preprocess((value, context) => {
    const refuse: Refuse = (type, message, field) => {
      const path = field === undefined ? [] : [field]
      context.addIssue({ code: 'custom', message, params: { type }, input: value, path })
      return z.NEVER
    }
    return value === undefined ? refuse('missing', 'Field required') : coerce(value, refuse)
  }, inner)
}

/**
 * For refinements: a fault of the object as a whole, in the form of pydantic's model validators. Objects around it are not refined
 * any more.
 */
export const valueError = (message: string) => ({
  code: 'custom' as const,
  continue: false,
  message: `Value error, ${message}`,
  params: { type: 'value_error' },
})

const INTEGER_TEXT = /^\s*[+-]?\d+(_\d+)*(\.0+)?\s*$/
const FLOAT_TEXT = /^\s*[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+)?\s*$/i

/** Integers as numbers, integral floats, booleans or text. */
export const integer = lax(z.int(), (value, refuse) => {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'string') {
    if (INTEGER_TEXT.test(value)) return safe(Number(value.replaceAll('_', '')), refuse)
    return refuse(
      'int_parsing',
      'Input should be a valid integer, unable to parse string as an integer',
    )
  }
  if (typeof value !== 'number') return refuse('int_type', 'Input should be a valid integer')
  if (Number.isInteger(value)) return safe(value, refuse)
  return refuse(
    'int_from_float',
    'Input should be a valid integer, got a number with a fractional part',
  )
})

function safe(value: number, refuse: Refuse): number {
  if (Number.isSafeInteger(value)) return value
  return refuse(
    'int_parsing_size',
    'Input should be a valid integer, at most 9007199254740991 in size',
  )
}

/** Numbers, or text that is one. */
export const float = lax(z.number(), (value, refuse) => {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return refuse('float_type', 'Input should be a valid number')
  const number = FLOAT_TEXT.test(value) ? Number(value.replaceAll('_', '')) : Number.NaN
  if (Number.isFinite(number)) return number
  return refuse(
    'float_parsing',
    'Input should be a valid number, unable to parse string as a number',
  )
})

const TRUE = ['1', 'on', 't', 'true', 'y', 'yes']
const FALSE = ['0', 'off', 'f', 'false', 'n', 'no']

/** Booleans, 0 and 1, or words such as "yes" and "off". */
export const boolean = lax(z.boolean(), (value, refuse) => {
  if (typeof value === 'boolean') return value
  if (value === null || typeof value === 'object') {
    return refuse('bool_type', 'Input should be a valid boolean')
  }
  const word = String(value).toLowerCase()
  if (TRUE.includes(word)) return true
  if (FALSE.includes(word)) return false
  return refuse('bool_parsing', 'Input should be a valid boolean, unable to interpret input')
})

/** UUIDs in any case and notation that Prefect takes, as lower-case dashed text. */
export const uuid = lax(z.guid(), (value, refuse) => {
  if (typeof value !== 'string') {
    return refuse('uuid_type', 'UUID input should be a string, bytes or UUID object')
  }
  return (
    parseUuid(value) ??
    refuse(
      'uuid_parsing',
      `Input should be a valid UUID, got ${JSON.stringify(value.slice(0, 50))}`,
    )
  )
})

/** Date-times as ISO text, dates, or seconds or milliseconds since 1970, in the form of `formatInstant`. */
export const instant = lax(z.iso.datetime({ precision: 6 }), (value, refuse) => {
  const at = readInstant(value)
  if (at !== null) return formatInstant(at)
  return refuse('value_error', `Value error, Unable to parse ${describe(value)}`)
})

const describe = (value: unknown) =>
  typeof value === 'string' ? `string [${value.slice(0, 50)}]` : 'it as a date-time'

/** Durations as `parseDuration` reads them, as seconds within the bounds of a number schema. */
export const durationWithin = <T extends z.ZodNumber>(bounds: T) =>
  lax(bounds, (value, refuse) => {
    const seconds = parseDuration(value)
    return typeof seconds === 'number' ? seconds : refuse(seconds.type, seconds.msg)
  })

/** Any duration, in seconds. */
export const duration = durationWithin(z.number())

/** A set of texts: a list in which a second occurrence vanishes. */
export const textSet = lax(
  z.array(z.string()).overwrite((texts) => [...new Set(texts)]),
  (value, refuse) =>
    Array.isArray(value) ? value : refuse('set_type', 'Input should be a valid set'),
)

/** An object with any keys. `__proto__` is refused: no program can be trusted to copy it. */
export const dictionary = <T extends z.ZodType>(values: T) =>
  lax(z.record(z.string(), values), (value, refuse) =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')
      ? refuse('value_error', 'Value error, "__proto__" cannot be a key')
      : value,
  )

/**
 * One of a kind, or a list of them. When neither fits both are reported; zod on its own would be content with the one whose
 * only fault is an unknown key.
 */
export function oneOrMany<T extends z.ZodType>(one: T) {
  const whole = <U extends z.ZodType>(schema: U) =>
    schema.check(({ issues }) => {
      issues.forEach((issue, i) => {
        issues[i] = { ...issue, continue: false }
      })
    })
  return z.union([whole(one), whole(z.array(one))])
}

/** Labels against patterns, as in `match` of a trigger and `labels` of a filter. */
export const resourceSpecification = dictionary(z.union([z.string(), z.array(z.string())]))

/**
 * What a schema makes of a request's body. Nothing at all, null included, is the fault "missing".
 * @throws Refusal 422 with every fault found
 */
export function parseBody<T>(schema: z.ZodType<T>, value: unknown): T {
  if (value === undefined || value === null) throw invalid([MISSING_BODY])
  if (isTooDeep(value)) throw invalid([{ loc: ['body'], type: 'value_error', msg: TOO_DEEP }])
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  throw invalid(toFaults(result.error.issues, ['body']))
}

const MISSING_BODY: Fault = { loc: ['body'], type: 'missing', msg: 'Field required' }

/**
 * Zod's issues as pydantic's faults. Of a union with a `type` only the alternative that was meant is reported; of one
 * without, every alternative, as pydantic does.
 */
function toFaults(issues: z.core.$ZodIssue[], loc: Fault['loc']): Fault[] {
  return issues.flatMap((issue) => faultsOf(issue, [...loc, ...(issue.path as Fault['loc'])]))
}

function faultsOf(issue: z.core.$ZodIssue, loc: Fault['loc']): Fault[] {
  if (issue.code === 'custom') {
    const type = typeof issue.params?.type === 'string' ? issue.params.type : 'value_error'
    return [{ loc, type, msg: issue.message }]
  }
  if (issue.code === 'invalid_union') {
    const faults = issue.errors.flatMap((alternative) => toFaults(alternative, loc))
    return faults.length > 0 ? faults : [{ loc, type: 'literal_error', msg: issue.message }]
  }
  if (issue.input === undefined) return [{ loc, type: 'missing', msg: 'Field required' }]
  switch (issue.code) {
    case 'invalid_type':
      return [{ loc, ...(WRONG_TYPE[issue.expected] ?? wrongType(issue.expected)) }]
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        loc: [...loc, key],
        type: 'extra_forbidden',
        msg: 'Extra inputs are not permitted',
      }))
    case 'invalid_value':
      return [{ loc, type: 'enum', msg: `Input should be ${alternatives(issue.values)}` }]
    case 'too_big':
      return [{ loc, ...bound(issue.origin, 'most', Number(issue.maximum)) }]
    case 'too_small':
      return [{ loc, ...bound(issue.origin, 'least', Number(issue.minimum)) }]
    default:
      return [{ loc, type: 'value_error', msg: `Value error, ${issue.message}` }]
  }
}

type Wrong = Pick<Fault, 'type' | 'msg'>

const WRONG_TYPE: Readonly<Record<string, Wrong>> = {
  string: { type: 'string_type', msg: 'Input should be a valid string' },
  array: { type: 'list_type', msg: 'Input should be a valid list' },
  tuple: { type: 'tuple_type', msg: 'Input should be a valid tuple' },
  record: { type: 'dict_type', msg: 'Input should be a valid dictionary' },
  object: {
    type: 'model_attributes_type',
    msg: 'Input should be a valid dictionary or object to extract fields from',
  },
}

const wrongType = (expected: string): Wrong => ({
  type: `${expected}_type`,
  msg: `Input should be a valid ${expected}`,
})

function alternatives(values: unknown[]): string {
  const quoted = values.map((value) => `'${value}'`)
  return quoted.length < 2
    ? quoted.join('')
    : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
}

function bound(origin: string, which: 'most' | 'least', limit: number): Wrong {
  const most = which === 'most'
  if (origin === 'string') {
    return {
      type: most ? 'string_too_long' : 'string_too_short',
      msg: `String should have at ${which} ${limit} characters`,
    }
  }
  if (origin === 'array') {
    return {
      type: most ? 'too_long' : 'too_short',
      msg: `List should have at ${which} ${limit} items`,
    }
  }
  return {
    type: most ? 'less_than_equal' : 'greater_than_equal',
    msg: `Input should be ${most ? 'less' : 'greater'} than or equal to ${limit}`,
  }
}
