// What changed between two JSON values, place by place. Numbers that were read without loss are compared so.
import { JsonNumber } from './json.ts'

export interface Change {
  /** JSON Pointer (RFC 6901). */
  path: string
  /** Left out where there was nothing. */
  before?: unknown
  /** Left out where there is nothing any more. */
  after?: unknown
}

/** The places in which two values differ; lists are compared by position. */
export function jsonDiff(before: unknown, after: unknown, path = ''): Change[] {
  if (
    !isContainer(before) ||
    !isContainer(after) ||
    Array.isArray(before) !== Array.isArray(after)
  ) {
    if (isSame(before, after)) return []
    return [
      {
        path,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      },
    ]
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) =>
    jsonDiff(own(before, key), own(after, key), `${path}/${escaped(key)}`),
  )
}

type Container = Record<string, unknown>

const isContainer = (value: unknown): value is Container =>
  typeof value === 'object' && value !== null && !(value instanceof JsonNumber)

const INTEGER = /^-?\d+$/

/** Integers of any size by their digits, other numbers by their value: 1.0 is 1. */
function isSame(before: unknown, after: unknown): boolean {
  const [a, b] = [numberText(before), numberText(after)]
  if (a === null || b === null) return before === after
  return INTEGER.test(a) && INTEGER.test(b) ? BigInt(a) === BigInt(b) : Number(a) === Number(b)
}

function numberText(value: unknown): string | null {
  if (value instanceof JsonNumber) return value.text
  return typeof value === 'number' ? String(value) : null
}

const own = (value: Container, key: string): unknown =>
  Object.hasOwn(value, key) ? value[key] : undefined

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
