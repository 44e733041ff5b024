// The API's own description, made of the table of routes: OpenAPI 3.1 at /openapi.json, and a page of it at /docs. Requests are
// described by the schemas that read them, answers by their statuses and by answer-schemas.ts.
import type { Hono } from 'hono'
import { z } from 'zod'
import { ANSWERS, TEXT_ANSWERS } from './answer-schemas.ts'
import { HOOKS_PATH, hooksDescription } from './hooks-description.ts'
import { KEY_HEADER, type Route, scopeOf } from './route.ts'
import { PREFECT_VERSION } from './routes/admin.ts'
import { called } from './shapes/webhooks.ts'

type Json = Record<string, unknown>

const FAULTS = { $ref: '#/components/schemas/Faults' }

/** Bodies of refusals, in Prefect's two shapes. */
const COMPONENTS = {
  Refusal: {
    type: 'object',
    properties: { detail: { type: 'string' }, exception_message: { type: 'string' } },
  },
  Faults: {
    type: 'object',
    properties: {
      exception_message: { type: 'string' },
      exception_detail: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            loc: { type: 'array', items: { type: ['string', 'integer'] } },
            type: { type: 'string' },
            msg: { type: 'string' },
          },
          required: ['loc', 'type', 'msg'],
        },
      },
    },
  },
}

/** The ways in which a request shows its key. A server on loopback asks for none unless told to. */
const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'The key itself' },
  basic: { type: 'http', scheme: 'basic', description: 'The key as password, of any user' },
  header: { type: 'apiKey', in: 'header', name: KEY_HEADER },
}

/** What a route's key must be allowed, in the place that OpenAPI has for it. */
const securityOf = (route: Route): Json[] => {
  const needed = scopeOf(route)
  if (needed === null) return []
  return Object.keys(SECURITY_SCHEMES).map((scheme) => ({ [scheme]: [needed] }))
}

const DESCRIPTIONS: Record<number, string> = {
  200: 'Done',
  201: 'Created',
  202: 'Done',
  204: 'Done; there is no body',
}

/** The description of these routes, and of the door for webhooks. Every schema is whole where it stands, but for those that refer to themselves. */
export function openApi(routes: Route[]): Json {
  const schemas: Json = { ...COMPONENTS }
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = pathOf(route)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas) }
  }
  paths[HOOKS_PATH] = hooksDescription(answerOf(called, schemas))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tripline',
      version: PREFECT_VERSION,
      description: `Events, triggers and runs. Speaks the API of Prefect ${PREFECT_VERSION}.`,
    },
    paths,
    components: { schemas, securitySchemes: SECURITY_SCHEMES },
  }
}

/** The path of a route as OpenAPI writes it: `/api/flows/{id}`. */
export function pathOf({ path, scope }: Route): string {
  const root = scope === 'account' ? '/api/accounts/{account}' : '/api'
  return root + path.replaceAll(/:(\w+)/g, '{$1}')
}

/** Statuses of a route's answers when nothing is refused. */
export const statusesOf = ({ method, answers }: Route): number[] =>
  answers ?? [method === 'GET' || method === 'POST' ? 200 : 204]

function operation(route: Route, schemas: Json): Json {
  const { method, summary, body } = route
  const path = pathOf(route)
  const parameters = parametersOf(route)
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`,
    tags: [groupOf(route)],
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: content(schemaOf(body, operationName(route), schemas)),
      },
    }),
    security: securityOf(route),
    responses: responses(route, path.includes('{'), schemas),
  }
}

function parametersOf(route: Route): Json[] {
  const inPath = [...pathOf(route).matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(route.query ?? {}).map(([name, schema]) => {
    const { $schema, ...shown } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
    return { name, in: 'query', required: !schema.safeParse(undefined).success, schema: shown }
  })
  return [...inPath, ...inQuery]
}

function responses(route: Route, isNamed: boolean, schemas: Json): Json {
  const key = `${route.method} ${route.path}`
  const answer = ANSWERS[key]
  const text = TEXT_ANSWERS[key]
  const body = text
    ? { [text]: { schema: { type: 'string' } } }
    : content(answer ? answerOf(answer, schemas) : {})
  const done = statusesOf(route).map((status) => [
    status,
    { description: DESCRIPTIONS[status], ...(status !== 204 && { content: body }) },
  ])
  const refusal = content({ $ref: '#/components/schemas/Refusal' })
  return {
    ...Object.fromEntries(done),
    ...(scopeOf(route) !== null && {
      401: { description: 'No key, or none that is good', content: refusal },
      403: { description: 'The key lacks the scope', content: refusal },
    }),
    ...(isNamed && { 404: { description: 'Not found', content: refusal } }),
    ...(route.method !== 'GET' && {
      422: { description: 'Faults of the request', content: content(FAULTS) },
    }),
    default: { description: 'Refused', content: refusal },
  }
}

const content = (schema: Json) => ({ 'application/json': { schema } })

const groupOf = ({ path }: Route): string => path.split('/')[1] ?? ''

const operationName = ({ method, path }: Route): string =>
  `${method}${path}`.replaceAll(/[^A-Za-z0-9]+/g, '_')

/** What a schema takes, as JSON schema. Parts that refer to themselves become components of their own. */
function schemaOf(schema: z.ZodType, name: string, components: Json): Json {
  const { $schema, $defs, ...whole } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ jsonSchema }) => {
      // More notations of a date-time are taken than the one that we answer in.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
    },
  }) as Json
  const hoisted = (part: unknown): Json => {
    const text = JSON.stringify(part)
    const moved = text.replaceAll('"#/$defs/', `"#/components/schemas/${name}.`)
    return JSON.parse(moved.replaceAll('"$ref":"#"', `"$ref":"#/components/schemas/${name}"`))
  }
  for (const [key, part] of Object.entries(($defs as Json) ?? {})) {
    components[`${name}.${key}`] = hoisted(part)
  }
  const shown = hoisted(whole)
  if (!JSON.stringify(shown).includes(`"#/components/schemas/${name}"`)) return shown
  components[name] = shown
  return { $ref: `#/components/schemas/${name}` }
}

/** What an answer holds, as JSON schema. Shapes that have a name are components, each once. */
function answerOf(schema: z.ZodType, components: Json): Json {
  const { $schema, $defs, ...whole } = z.toJSONSchema(schema, { unrepresentable: 'any' }) as Json
  const moved = (part: unknown): Json => {
    const text = JSON.stringify(part).replaceAll('"#/$defs/', '"#/components/schemas/')
    const { id, ...shown } = JSON.parse(text) as Json
    return shown
  }
  for (const [name, part] of Object.entries(($defs as Json) ?? {})) components[name] = moved(part)
  const name = schema.meta()?.id
  if (!name) return moved(whole)
  components[name] ??= moved(whole)
  return { $ref: `#/components/schemas/${name}` }
}

/** Serves both, at the root, where Prefect has them, and beside the routes, where a proxy of /api alone reaches them. */
export function mountDescription(app: Hono, routes: Route[]): void {
  let described: Json | null = null
  const describe = () => {
    described ??= openApi(routes)
    return described
  }
  for (const root of ['', '/api']) {
    app.get(`${root}/openapi.json`, (c) => c.json(describe()))
    app.get(`${root}/docs`, (c) => c.html(page(routes)))
  }
}

const STYLE = `body{font:15px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td{padding:.2rem .8rem .2rem 0;vertical-align:top}
code{font-size:.9em}.method{font-weight:600;width:4.5rem}h2{margin-top:2rem}
@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8cf}}`

/** The routes by group, without any script. */
function page(routes: Route[]): string {
  const groups = [...new Set(routes.map(groupOf))]
  const sections = groups.map((group) => {
    const members = routes.filter((route) => groupOf(route) === group)
    const rows = members.map(
      (route) =>
        `<tr><td class="method">${route.method}<td><code>${escaped(pathOf(route))}</code>` +
        `<td>${escaped(route.summary)}`,
    )
    return `<h2 id="${escaped(group)}">${escaped(group)}</h2><table>${rows.join('\n')}</table>`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tripline API</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style>
<h1>Tripline API</h1><p>${routes.length} routes; with their schemas in
<a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${sections.join('\n')}</html>`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
