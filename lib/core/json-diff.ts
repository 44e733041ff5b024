// What changed between two JSON values, place by place.

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
    if (Object.is(before, after)) return []
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
  typeof value === 'object' && value !== null

const own = (value: Container, key: string): unknown =>
  Object.hasOwn(value, key) ? value[key] : undefined

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
