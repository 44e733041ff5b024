// A route as data: method, path, what it does. One table serves Hono, the workspace-named paths and the
// documentation.
import type { Context, Hono } from 'hono'
import type { z } from 'zod'
import { Refusal } from '../core/errors.ts'
import { isUuid } from '../core/ids.ts'
import { writeJson } from '../core/json.ts'
import { DEFAULT_WORKSPACE, type Workspace } from '../core/ports.ts'
import { requireApiVersion } from './api-version.ts'
import { readJson } from './body.ts'

export interface Call {
  workspace: Workspace
  params: Record<string, string>
  query: URLSearchParams
  /** Where this API is reached, without a trailing slash: `http://127.0.0.1:4200/api`. Links in answers start with it. */
  base: string
  /** The body as JSON. Throws a Refusal: 413 when too large, 422 when it is no JSON. */
  body(): Promise<unknown>
  header(name: string): string | undefined
}

/** Status and JSON body; no body at all when `body` is left out (204). */
export interface Answer {
  status: 200 | 201 | 202 | 204
  body?: unknown
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Hono's pattern below the API's root. A trailing slash makes no difference. */
  path: string
  /** Whose it is: a workspace's, or under /api/accounts/{account} that account's. @default 'workspace' */
  scope?: 'workspace' | 'account'
  /** One line for the API's documentation. */
  summary: string
  /** What `handle` reads the body by, for the documentation. A route without it takes none, or reads it by hand. */
  body?: z.ZodType
  /** Statuses of answers. @default 200 of a GET or POST, 204 of the others */
  answers?: Answer['status'][]
  handle(call: Call): Promise<Answer> | Answer
}

export const ok = (body: unknown): Answer => ({ status: 200, body })
export const created = (body: unknown): Answer => ({ status: 201, body })
export const noContent: Answer = { status: 204 }

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

/** Serves every route under `/api` (the default workspace) and under Prefect Cloud's paths, which name one. */
export function mount(app: Hono, routes: Route[]): void {
  for (const route of routes) {
    for (const root of ROOTS[route.scope ?? 'workspace']) {
      app.on(route.method, root + route.path, async (c) => {
        requireApiVersion(c.req.header('x-prefect-api-version'))
        const { status, body } = await route.handle(callOf(c))
        return body === undefined
          ? c.body(null, status as 204)
          : c.body(writeJson(body).text, status as 200, { 'content-type': 'application/json' })
      })
    }
  }
}

function callOf(c: Context): Call {
  const params = c.req.param() as Record<string, string>
  const url = new URL(c.req.url)
  const workspace = params.workspace?.toLowerCase() ?? DEFAULT_WORKSPACE
  if (!isUuid(workspace)) throw new Refusal(404, 'Not Found')
  const prefix = params.workspace
    ? `/api/accounts/${params.account}/workspaces/${params.workspace}`
    : '/api'
  return {
    workspace,
    params,
    query: url.searchParams,
    base: `${url.origin}${prefix}`,
    body: () => readJson(c.req.raw),
    header: (name) => c.req.header(name),
  }
}
