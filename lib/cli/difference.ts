// How one JSON value differs from another, as paths and values: what `plan` shows.
import { isObject } from './input.ts'

export interface Difference {
  /** `trigger.within`; empty for the whole. */
  path: string
  /** Undefined: it was not there. */
  from: unknown
  /** Undefined: it goes away. */
  to: unknown
}

/** Every leaf in which `to` differs from `from`; lists are compared item by item. */
export function differences(from: unknown, to: unknown, path = ''): Difference[] {
  if (Object.is(from, to)) return []
  const [before, after] = [partsOf(from), partsOf(to)]
  if (!before || !after || Array.isArray(from) !== Array.isArray(to)) return [{ path, from, to }]
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) =>
    differences(before[key], after[key], path === '' ? key : `${path}.${key}`),
  )
}

const partsOf = (value: unknown): Record<string, unknown> | null =>
  isObject(value) || Array.isArray(value) ? (value as Record<string, unknown>) : null

/** What is of interest of an object: the keys that another one has. */
export const sameKeys = (
  from: Record<string, unknown>,
  as: Record<string, unknown>,
): Record<string, unknown> => Object.fromEntries(Object.keys(as).map((key) => [key, from[key]]))
