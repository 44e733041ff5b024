// The public door as OpenAPI describes it (hooks.ts). It is no route of the API: it takes whatever its senders send, and says little.

/** Where webhooks are called. */
export const HOOKS_PATH = '/hooks/{slug}'

/** Methods that are described; HEAD and OPTIONS are answered as well. */
const METHODS = ['get', 'post', 'put', 'patch', 'delete']

const RESPONSES = {
  204: { description: 'Kept: what follows from it will happen' },
  400: { description: 'The call makes no event' },
  401: { description: 'The call does not prove who makes it' },
  404: { description: 'No such webhook, or it is disabled' },
  413: { description: 'The body is larger than the webhook takes' },
  429: { description: 'More calls than the webhook takes in its time' },
}

const parameters = [
  { name: 'slug', in: 'path', required: true, schema: { type: 'string', minLength: 1 } },
  { name: 'Prefer', in: 'header', schema: { type: 'string' } },
]

/**
 * The operations of HOOKS_PATH, with the schema of answers in JSON. Nobody shows a key there: a slug is a secret, and the webhook says
 * what proves a call.
 */
export function hooksDescription(answer: Record<string, unknown>): Record<string, unknown> {
  const done = {
    description: 'Kept, and its ids, when `Prefer: return=representation` asks; or a handshake',
    content: {
      'application/json': { schema: answer },
      'text/plain': { schema: { type: 'string', description: 'What a handshake sent, repeated' } },
    },
  }
  return Object.fromEntries(
    METHODS.map((method) => [
      method,
      {
        operationId: `${method}_hook`,
        tags: ['hooks'],
        summary: 'Call a webhook',
        parameters,
        ...(method !== 'get' && {
          requestBody: { required: false, content: { '*/*': { schema: {} } } },
        }),
        security: [],
        responses: { 200: done, ...RESPONSES },
      },
    ]),
  )
}
