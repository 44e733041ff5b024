// A route as data: method, path, what it does. One table serves Hono, the workspace-named paths and the
// documentation.
import type { Context, Hono } from 'hono'
import type { z } from 'zod'
import { credentialOf, type Scope } from '../core/api-key.ts'
import { Refusal } from '../core/errors.ts'
import { isUuid } from '../core/ids.ts'
import { writeJson } from '../core/json.ts'
import { DEFAULT_WORKSPACE, type Workspace } from '../core/workspace.ts'
import { requireApiVersion } from './api-version.ts'
import { readJson } from './body.ts'
import {
  type Caller,
  type Gate,
  isStackAdmin,
  openGate,
  type Visitor,
  workspaceFor,
} from './gate.ts'

export interface Call {
  workspace: Workspace
  /** Who calls; nobody in particular where a route is open to all. */
  caller: Caller
  params: Record<string, string>
  query: URLSearchParams
  /** Where this API is reached, without a trailing slash: `http://127.0.0.1:4200/api`. Links in answers start with it. */
  base: string
  /** The body as JSON. Throws a Refusal: 413 when too large, 422 when it is no JSON. */
  body(): Promise<unknown>
  header(name: string): string | undefined
}

/** Status and JSON body, or text; no body at all when both are left out (204). A `file` is what the text is to be saved as. */
export interface Answer {
  status: 200 | 201 | 202 | 204
  body?: unknown
  text?: { type: 'text/plain' | 'text/csv'; content: string; file?: string }
  /** Many values, one JSON text a line, sent as they come: what takes long and is watched. */
  lines?: AsyncIterable<unknown>
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Hono's pattern below the API's root. A trailing slash makes no difference. */
  path: string
  /** Whose it is: a workspace's, or under /api/accounts/{account} that account's. @default 'workspace' */
  scope?: 'workspace' | 'account'
  /** The scope that a caller's key must have; null: no key at all. @default as `scopeOf` says */
  needs?: Scope | null
  /** One line for the API's documentation. */
  summary: string
  /** What `handle` reads of the query, by name, for the documentation. */
  query?: Readonly<Record<string, z.ZodType>>
  /** What `handle` reads the body by, for the documentation. A route without it takes none, or reads it by hand. */
  body?: z.ZodType
  /** Statuses of answers; none of a route that only refuses. @default 200 of a GET or POST, 204 of the others */
  answers?: Answer['status'][]
  handle(call: Call): Promise<Answer> | Answer
}

export const ok = (body: unknown): Answer => ({ status: 200, body })
export const created = (body: unknown): Answer => ({ status: 201, body })
export const noContent: Answer = { status: 204 }

/** Last parts of the paths of POST routes that only read: what they are asked is too long for a query. */
const READING =
  /\/(?:filter|count|count-by\/[^/]+|history|paginate|lateness|render|validate|search|explain|backtest|preview|concurrency_status)$/

/**
 * The scope that a route needs when it does not say so itself: whoever reads needs `read`, and so does who asks by POST; everything
 * else is `write`. What is an account's, not a workspace's, is `admin`.
 */
export function scopeOf({ method, path, scope, needs }: Route): Scope | null {
  if (needs !== undefined) return needs
  if (scope === 'account') return 'admin'
  return method === 'GET' || (method === 'POST' && READING.test(path)) ? 'read' : 'write'
}

/** A path parameter that must be a UUID: Prefect answers 404 to any other text. */
export function idParam(call: Call, name = 'id'): string {
  const id = (call.params[name] ?? '').toLowerCase()
  if (!isUuid(id)) throw new Refusal(404, 'Not Found')
  return id
}

const ACCOUNT_PATH = '/api/accounts/:account'
const ROOTS = {
  workspace: ['/api', `${ACCOUNT_PATH}/workspaces/:workspace`],
  account: [ACCOUNT_PATH],
}

/** What a transport knows of a call beside the request. */
export interface CallBindings {
  /** The caller's network address, as far as it can be known. */
  address?: string
}

/** A key in a header of its own, where Authorization is somebody else's: a proxy's, say. */
export const KEY_HEADER = 'x-tripline-key'

/**
 * Serves every route under `/api` (the key's workspace, or the default one) and under Prefect Cloud's paths, which name one. Nobody
 * comes to a route whom the gate does not let in.
 */
export function mount(app: Hono, routes: Route[], gate: Gate = openGate): void {
  for (const route of routes) {
    for (const root of ROOTS[route.scope ?? 'workspace']) {
      app.on(route.method, root + route.path, async (c) => {
        const call = await callOf(c, route, gate)
        requireApiVersion(c.req.header('x-prefect-api-version'))
        const { status, body, text, lines } = await route.handle(call)
        if (lines) {
          return c.body(streamOf(lines), 200, { 'content-type': 'application/x-ndjson' })
        }
        if (text) return c.body(text.content, status as 200, textHeaders(text))
        return body === undefined
          ? c.body(null, status as 204)
          : c.body(writeJson(body).text, status as 200, { 'content-type': 'application/json' })
      })
    }
  }
}

const textHeaders = ({ type, file }: NonNullable<Answer['text']>) => ({
  'content-type': `${type}; charset=utf-8`,
  ...(file && { 'content-disposition': `attachment; filename="${file}"` }),
})

/** The values as they come, a line each. What fails on the way can only be told in a line of its own. */
function streamOf(lines: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  const values = lines[Symbol.asyncIterator]()
  const bytes = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await values.next()
        if (done) controller.close()
        else controller.enqueue(bytes.encode(`${writeJson(value).text}\n`))
      } catch (error) {
        const message = error instanceof Refusal ? error.message : 'Internal Server Error'
        controller.enqueue(bytes.encode(`${JSON.stringify({ error: message })}\n`))
        controller.close()
      }
    },
    async cancel() {
      await values.return?.()
    },
  })
}

const NOBODY: Caller = { workspace: null, scopes: [], keyId: null }

async function callOf(c: Context, route: Route, gate: Gate): Promise<Call> {
  const needed = scopeOf(route)
  const caller = needed === null ? NOBODY : await gate.enter(visitorOf(c))
  const params = c.req.param() as Record<string, string>
  const url = new URL(c.req.url)
  const prefix =
    params.workspace && route.scope !== 'account'
      ? `/api/accounts/${params.account}/workspaces/${params.workspace}`
      : '/api'
  return {
    workspace: workspaceOf(params, route, caller),
    caller,
    params,
    query: url.searchParams,
    base: `${url.origin}${prefix}`,
    body: () => readJson(c.req.raw),
    header: (name) => c.req.header(name),
  }
}

/** Who makes a request: the credentials of its headers, and where it comes from. */
const visitorOf = (c: Context): Visitor => ({
  credentials: [credentialOf(c.req.header('authorization')), c.req.header(KEY_HEADER) ?? null],
  address: (c.env as CallBindings | undefined)?.address ?? 'unknown',
})

/** Of a workspace's route the one that the call is about; an account's route is the stack's administrators'. */
function workspaceOf(params: Record<string, string>, route: Route, caller: Caller): Workspace {
  const asked = params.workspace?.toLowerCase() ?? null
  if (asked !== null && !isUuid(asked)) throw new Refusal(404, 'Not Found')
  const needed = scopeOf(route)
  if (route.scope !== 'account') return workspaceFor(caller, asked, needed)
  if (needed !== null && !isStackAdmin(caller)) throw new Refusal(403, ACCOUNTS_REFUSED)
  return asked ?? DEFAULT_WORKSPACE
}

const ACCOUNTS_REFUSED = 'Accounts are administered with an admin key of the default workspace'
