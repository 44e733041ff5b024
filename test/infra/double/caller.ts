// Who makes a call: each function has resources of its own names, `events.evaluate.2`, so that a call tells the function and which
// start of it that was. That is how permissions are checked, and how a function that was stopped is told from its successor.

export interface Caller {
  by: string
  /** Counted from 1: a function that was stopped starts anew. */
  start: number
}

/** One permission that was used: by which function, `service:Action`, and on what: `events`, `objects/due`, `bodies`, `wakes`. */
export interface Used {
  by: string
  action: string
  on: string
}

export interface Reply {
  status: number
  body: string | Buffer
  headers?: Record<string, string>
}

export const asJson = (value: unknown, status = 200): Reply => ({
  status,
  body: JSON.stringify(value),
})

/** As AWS's JSON protocols say it. */
export const asError = (type: string, status = 400): Reply => ({
  status,
  body: JSON.stringify({ __type: type, message: type }),
  headers: { 'x-amzn-errortype': type },
})

/** With underscores a bucket cannot be a host name, so it stays in the path. */
export const namedBucket = (resource: string, { by, start }: Caller): string =>
  `${resource}_${by}_${start}`

export const named = (resource: string, { by, start }: Caller): string =>
  `${resource}.${by}.${start}`

const NAME = /\b([A-Za-z]+)[._]([a-z]+)[._](\d+)\b/

/** The caller in the name of a resource, and the resource. */
export function callerIn(text: string): { resource: string; caller: Caller } {
  const [, resource, by, start] = NAME.exec(text) ?? []
  if (resource === undefined || by === undefined) throw new Error(`nobody's resource: ${text}`)
  return { resource, caller: { by, start: Number(start) } }
}
