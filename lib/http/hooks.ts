// The public door: /hooks/:slug. Deliberately quiet: a stranger learns neither whether a webhook exists nor why a call failed.
// Slugs are secrets, so no path is logged.
import { type Context, Hono } from 'hono'
import { Refusal } from '../core/errors.ts'
import type { Services } from '../core/ports.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import { type Received, receive } from '../steps/receive.ts'
import { BODY_BYTES_MAX, readBytes } from './body.ts'
import { onNotFound } from './errors.ts'
import { rateLimits } from './rate-limits.ts'

/** Methods a webhook is called with (Prefect Cloud: concepts/webhooks); OPTIONS for a handshake alone. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * 204 once the event is durable (200 with its id for `Prefer: return=representation`); 404 for an unknown slug, a disabled
 * webhook and any other method alike; 400 when the call makes no event, 401 when it proves nothing; 413 for a body over the
 * webhook's limit or BODY_BYTES_MAX; 429 over its rate. Bodies are empty, but for handshakes.
 */
export function hooksApp(
  services: Pick<Services, 'webhooks' | 'clock' | 'log'> & Parameters<typeof receive>[0],
): Hono {
  const app = new Hono({ strict: false })
  const receiveCall = receive(services)
  const requireRate = rateLimits(services.clock)

  async function answer(c: Context): Promise<Response> {
    const found = await services.webhooks.bySlug(c.req.param('slug') ?? '')
    if (!found?.webhook.enabled) return c.body(null, 404)
    const { workspace, webhook } = found
    requireRate(webhook)
    const url = new URL(c.req.url)
    const received = await receiveCall(workspace, webhook, {
      method: c.req.method,
      path: url.pathname,
      query: url.searchParams,
      headers: c.req.raw.headers,
      body: await readBytes(c.req.raw, bodyLimit(webhook)),
    })
    return answerTo(c, received)
  }

  // Hono hands HEAD to GET handlers and drops the body; the method is still told by the request.
  app.on(METHODS, '/hooks/:slug', answer)
  app.all('/hooks/:slug', (c) => c.body(null, 404))
  app.notFound(onNotFound)
  app.onError((error, c) => {
    if (error instanceof Refusal) return refused(c, error)
    services.log.error('a call failed', { method: c.req.method, error: String(error.stack) })
    return c.body(null, 500)
  })
  return app
}

const bodyLimit = ({ body_bytes_max: own }: Webhook): number =>
  Math.min(own ?? BODY_BYTES_MAX, BODY_BYTES_MAX)

function answerTo(c: Context, received: Received): Response {
  if (received.kind === 'handshake') {
    const { status, headers, body } = received.answer
    return new Response(status === 204 ? null : body, { status, headers })
  }
  const { ids } = received
  if (!wantsRepresentation(c)) return c.body(null, 204)
  return c.json(ids.length === 1 ? { id: ids[0] } : { ids })
}

function refused(c: Context, { status, retryAfterSeconds }: Refusal): Response {
  if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds))
  return c.body(null, status as 400)
}

const wantsRepresentation = (c: Context): boolean =>
  (c.req.header('prefer') ?? '').toLowerCase().includes('return=representation')
