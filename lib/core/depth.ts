// Nesting: JSON.parse reads any depth, but everything after it (schemas, JSON.stringify, templates) recurses and would overflow.

/** Objects and lists inside one another, in any request. Prefect's own JSON reader gives up at about 1,000. */
export const NESTING_MAX = 200

/** Whether a value is nested deeper than that. */
export function isTooDeep(value: unknown, depth = NESTING_MAX): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth === 0) return true
  for (const key in value) {
    if (isTooDeep((value as Record<string, unknown>)[key], depth - 1)) return true
  }
  return false
}

export const TOO_DEEP = `Value error, Nested deeper than ${NESTING_MAX} levels`
