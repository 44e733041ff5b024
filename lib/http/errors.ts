// The one place where HTTP answers are made of errors, in Prefect's two shapes: `{detail}`, and for 422 the list of faults.
import type { ErrorHandler, NotFoundHandler } from 'hono'
import { Refusal } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

export const onError =
  (log: Log): ErrorHandler =>
  (error, c) => {
    if (error instanceof Refusal) {
      if (error.retryAfterSeconds !== undefined)
        c.header('Retry-After', String(error.retryAfterSeconds))
      if (error.status === 401) c.header('WWW-Authenticate', 'Bearer')
      return c.json(bodyOf(error), error.status)
    }
    log.error('request failed', {
      method: c.req.method,
      path: c.req.path,
      error: String(error?.stack ?? error),
    })
    return c.json({ exception_message: 'Internal Server Error' }, 500)
  }

export const onNotFound: NotFoundHandler = (c) => c.json({ detail: 'Not Found' }, 404)

function bodyOf(refusal: Refusal) {
  if (refusal.status !== 422 || refusal.faults.length === 0)
    return { [refusal.key]: refusal.message }
  return {
    exception_message: 'Invalid request received.',
    exception_detail: refusal.faults,
    request_body: null,
  }
}
