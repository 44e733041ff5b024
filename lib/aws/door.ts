// The API's door on AWS: which host was asked, and by whom. Only what CloudFront says of both is believed, and that it was CloudFront
// is proved by a secret of the deployment; whether the caller may come in is the gate's to say.
import { Hono } from 'hono'
import type { LambdaEvent } from 'hono/aws-lambda'
import { isSame } from '../core/api-key.ts'
import { HEADER } from '../names.ts'

interface Behind {
  fetch(request: Request, bindings: { address: string }): Response | Promise<Response>
}

/** What Hono's adapter hands on of Lambda's call. */
interface LambdaBindings {
  event?: LambdaEvent
}

/** `originSecret` is what CloudFront adds to each request. */
export function door(app: Behind, { originSecret }: { originSecret: string }): Hono {
  const outside = new Hono()
  outside.all('*', (c) => {
    const request = c.req.raw
    const isProved = isSame(request.headers.get(HEADER.origin) ?? '', originSecret)
    const { event } = (c.env ?? {}) as LambdaBindings
    const address = addressOf(request, sourceOf(event))
    return app.fetch(isProved ? asAsked(request) : request, { address })
  })
  return outside
}

function asAsked(request: Request): Request {
  const host = request.headers.get(HEADER.host)
  if (host === null) return request
  const url = new URL(request.url)
  url.host = host
  return new Request(url, request)
}

const sourceOf = (event: LambdaEvent | undefined): string =>
  (event?.requestContext as { http?: { sourceIp?: string } } | undefined)?.http?.sourceIp ?? ''

/**
 * Whoever a proxy had before it is added last to X-Forwarded-For, so the end of it can be believed: API Gateway adds whom it saw,
 * which is CloudFront, and CloudFront its viewer. What is before that anybody may have written.
 */
function addressOf(request: Request, source: string): string {
  const passed = (request.headers.get('x-forwarded-for') ?? '').split(',').map((one) => one.trim())
  const beforeGateway = passed.at(-1) === source ? passed.at(-2) : passed.at(-1)
  return beforeGateway || source || 'unknown'
}
