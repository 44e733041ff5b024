// Refusal: the caller must change something. Every other error is ours or AWS's and travels as it came.

/** The statuses a caller can be refused with, as Prefect's server gives them. */
export type RefusalStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 409
  | 411
  | 413
  | 410
  | 415
  | 422
  | 423
  | 429
  | 503

/** One fault found in a request, in the shape of pydantic's error list. `loc` starts with `body`, `query` or `path`. */
export interface Fault {
  loc: (string | number)[]
  type: string
  msg: string
}

/**
 * Thrown when a request cannot be done as asked. Caught where somebody is answered: `http/errors.ts` makes it an HTTP answer, sockets
 * the reason why they close, `cli/errors.ts` a line and an exit code. Elsewhere only where it is the fault of one thing among several,
 * and the others go on.
 *
 * `message` says what was wrong, where, and what would be right. `faults` are present for 422 only.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: RefusalStatus
  readonly faults: Fault[]
  /** Seconds after which asking again makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds: number | undefined
  /** What the message is called in the answer: Prefect has two names, by the layer that found nothing. */
  readonly key: 'detail' | 'exception_message'

  constructor(
    status: RefusalStatus,
    message: string,
    options: {
      faults?: Fault[]
      retryAfterSeconds?: number
      key?: 'detail' | 'exception_message'
      cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = status
    this.faults = options.faults ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
    this.key = options.key ?? 'detail'
  }
}

/** Nothing is there, or it is not the caller's to see: the two answer alike. */
export const notFound = (what: string) => new Refusal(404, `${what} not found`)

/** A request whose shape or values are wrong, with every fault that was found. */
export function invalid(faults: Fault[]): Refusal {
  const first = faults[0]
  const where = first ? first.loc.slice(1).join('.') : ''
  return new Refusal(422, first ? `${where}: ${first.msg}` : 'Invalid request received.', {
    faults,
  })
}

/**
 * Others changed the same thing again and again, each time before we could. No fault of what was to be done: it may well succeed later,
 * so a record that failed by it is tried again and never set aside.
 */
export class LostRace extends Error {
  override readonly name = 'LostRace'
}
