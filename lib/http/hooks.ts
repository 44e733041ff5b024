// The public door: /hooks/:slug. Deliberately quiet: a stranger learns neither whether a webhook exists nor why a call failed.
import { type Context, Hono } from 'hono'
import { Refusal } from '../core/errors.ts'
import type { Services } from '../core/ports.ts'
import { receive } from '../steps/receive.ts'
import { BODY_BYTES_MAX, readBytes } from './body.ts'
import { onError, onNotFound } from './errors.ts'

/** Methods a webhook is called with (Prefect Cloud: concepts/webhooks). */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * 204 once the event is durable (200 with its id for `Prefer: return=representation`); 404 for an unknown slug, a disabled
 * webhook and any other method alike; 400 when the call makes no event; 413 for a body over BODY_BYTES_MAX. Bodies are empty.
 */
export function hooksApp(
  services: Pick<Services, 'webhooks' | 'events' | 'clock' | 'ids' | 'log'>,
): Hono {
  const app = new Hono({ strict: false })
  const receiveCall = receive(services)

  async function answer(c: Context): Promise<Response> {
    const found = await services.webhooks.bySlug(c.req.param('slug') ?? '')
    if (!found?.webhook.enabled) return c.body(null, 404)
    const url = new URL(c.req.url)
    const ids = await receiveCall(found.workspace, found.webhook, {
      method: c.req.method,
      path: url.pathname,
      query: url.searchParams,
      headers: c.req.raw.headers,
      body: await readBytes(c.req.raw, BODY_BYTES_MAX),
    })
    if (!wantsRepresentation(c)) return c.body(null, 204)
    return c.json(ids.length === 1 ? { id: ids[0] } : { ids })
  }

  // Hono hands HEAD to GET handlers and drops the body; the method is still told by the request.
  app.on(METHODS, '/hooks/:slug', answer)
  app.all('/hooks/:slug', (c) => c.body(null, 404))
  app.notFound(onNotFound)
  app.onError((error, c) => {
    if (error instanceof Refusal) return c.body(null, error.status as 400)
    return onError(services.log)(error, c)
  })
  return app
}

const wantsRepresentation = (c: Context): boolean =>
  (c.req.header('prefer') ?? '').toLowerCase().includes('return=representation')
