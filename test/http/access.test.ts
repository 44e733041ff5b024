// Who may do what, for every route of the API's description: without a good key, with one of another workspace, or without the scope,
// nothing is answered but a refusal, and nothing of the workspace is in it.
import { describe, expect, it } from 'vitest'
import { SCOPES, type Scope } from '../../lib/core/api-key.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { api, apiRoutes, keyGate } from '../../lib/entries.ts'
import { FAILURES, KEY_TRUSTED_SECONDS } from '../../lib/http/gate.ts'
import { openApi, pathOf } from '../../lib/http/openapi.ts'
import { scopeOf } from '../../lib/http/route.ts'
import { fakes } from '../fakes.ts'

const OWN = '11111111-1111-4111-8111-111111111111'
const FOREIGN = '22222222-2222-4222-8222-222222222222'
const ACCOUNT = '33333333-3333-4333-8333-333333333333'
/** What every object of the workspace is called, and what else is in each: in no answer to a stranger. */
const NAME = 'sourdough'
const CANARY = 'canary-of-the-starter'

const here = fakes()
const { services, clock } = here
const app = api(services, undefined, keyGate(services))
const routes = apiRoutes(services)
const { paths } = openApi(routes) as {
  paths: Record<string, Record<string, { security: Record<string, Scope[]>[] }>>
}
const { '/hooks/{slug}': _, ...ofApi } = paths
const operations = Object.entries(ofApi).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security }]) => {
    const needed = security[0]?.bearer?.[0] ?? null
    return { name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, needed }
  }),
)
const closed = operations.filter(({ needed }) => needed !== null)
const inWorkspace = (path: string, workspace: string) =>
  path.startsWith('/api/accounts')
    ? path
    : path.replace('/api', `/api/accounts/${ACCOUNT}/workspaces/${workspace}`)

const ROOT = '/api/accounts/a/workspaces'
const openApp = api(services)
async function makeKey(workspace: string, scopes: readonly Scope[], more: object = {}) {
  const answer = await openApp.request(`${ROOT}/${workspace}/keys`, {
    method: 'POST',
    body: JSON.stringify({ name: 'baker', scopes, ...more }),
  })
  return (await answer.json()) as { id: string; key: string }
}

const keysOf = Object.fromEntries(
  await Promise.all(
    SCOPES.map(async (scope) => [scope, (await makeKey(OWN, [scope])).key] as const),
  ),
) as Record<Scope, string>
const foreign = (await makeKey(FOREIGN, ['admin'])).key
const stackAdmin = (await makeKey(DEFAULT_WORKSPACE, ['admin'])).key
const revokedKey = await makeKey(OWN, ['admin'])
await openApp.request(`${ROOT}/${OWN}/keys/${revokedKey.id}`, { method: 'DELETE' })
const expiredKey = await makeKey(OWN, ['admin'], { expires_at: '2026-11-21T09:00:01Z' })
clock.advance(10)

/** One object of many kinds, so that there is something to leak, and an id that leads to it. */
const known = await furnished()

async function furnished(): Promise<Record<string, string>> {
  const make = async (path: string, body: object) => {
    const answer = await openApp.request(`${ROOT}/${OWN}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    if (answer.status >= 300) throw new Error(`${path} ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? { id: '' } : ((await answer.json()) as { id: string })
  }
  const description = CANARY
  const flow = await make('/flows', { name: NAME, tags: [CANARY] })
  const ofFlow = { name: NAME, flow_id: flow.id, description }
  const deployment = await make('/deployments', ofFlow)
  const run = await make(`/deployments/${deployment.id}/create_flow_run`, { tags: [CANARY] })
  const webhook = await make('/webhooks', { name: NAME, description })
  await make('/variables', { name: NAME, value: CANARY })
  await make('/work_pools', { name: NAME, type: 'process', description })
  return {
    flows: flow.id,
    deployments: deployment.id,
    flow_runs: run.id,
    webhooks: webhook.id,
    keys: revokedKey.id,
  }
}

/** The path with what is there: an object of the route's own noun where there is one. */
function filled(path: string): string {
  const [, noun = ''] = /^\/api\/(?:accounts\/[^/]+\/workspaces\/[^/]+\/)?([^/]+)/.exec(path) ?? []
  return path
    .replaceAll('{account}', ACCOUNT)
    .replaceAll('{workspace}', OWN)
    .replaceAll('{id}', known[noun] ?? FOREIGN)
    .replaceAll(/\{\w+\}/g, NAME)
}

async function ask(method: string, path: string, key: string | null) {
  clock.advance(FAILURES.burst) // patience is not what is asked about here
  const answer = await app.request(filled(path), {
    method,
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    body: method === 'GET' || method === 'DELETE' ? null : '{}',
  })
  return { status: answer.status, text: await answer.text() }
}

const mangled = (key: string) => `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`

describe('a route is shut', () => {
  it('for all who show no good key, and says the same to each', async () => {
    const shown = [null, '', 'malformed', mangled(keysOf.admin), revokedKey.key, expiredKey.key]
    const wrong: string[] = []

    for (const { name, method, path } of closed) {
      for (const key of shown) {
        for (const at of [path, inWorkspace(path, OWN)]) {
          const { status, text } = await ask(method, at, key)
          if (status !== 401 || text !== '{"exception_message":"Unauthorized"}') {
            wrong.push(`${name} ${key}: ${status} ${text}`)
          }
        }
      }
    }

    expect(wrong).toEqual([])
  })

  it('for a key of another workspace, and nothing is told of this one', async () => {
    const wrong: string[] = []

    for (const { name, method, path } of closed) {
      const { status, text } = await ask(method, inWorkspace(path, OWN), foreign)
      const isRefused = status === 404 || (path.startsWith('/api/accounts') && status === 403)
      if (!isRefused || text.includes(CANARY)) wrong.push(`${name}: ${status} ${text}`)
    }

    expect(wrong).toEqual([])
  })

  it('with ids of another workspace: they lead nowhere', async () => {
    const wrong: string[] = []

    for (const { name, method, path } of closed) {
      const { status, text } = await ask(method, path, foreign)
      if (status >= 500 || text.includes(CANARY)) wrong.push(`${name}: ${status} ${text}`)
    }

    expect(wrong).toEqual([])
    expect(await openApp.request(`${ROOT}/${OWN}/flows/${known.flows}`)).toHaveProperty(
      'status',
      200,
    )
  })

  it('for a key that lacks the scope', async () => {
    const wrong: string[] = []
    let refused = 0

    for (const { name, method, path, needed } of closed) {
      for (const scope of SCOPES) {
        if (mayDo(scope, needed as Scope)) continue
        refused += 1
        const { status, text } = await ask(method, path, keysOf[scope])
        if (status !== 403 || text.includes(CANARY))
          wrong.push(`${name} ${scope}: ${status} ${text}`)
      }
    }

    expect(wrong).toEqual([])
    expect(refused).toBeGreaterThan(closed.length)
  })
})

describe('a route is open', () => {
  it('for a key that has the scope, or one that implies it', async () => {
    const wrong: string[] = []
    const telling = new Set<string>()
    const removalsLast = closed.toSorted(
      (a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'),
    )

    for (const { name, method, path, needed } of removalsLast) {
      if (path.startsWith('/api/accounts')) continue
      for (const scope of SCOPES) {
        if (!mayDo(scope, needed as Scope)) continue
        const { status, text } = await ask(method, path, keysOf[scope])
        if (text.includes(CANARY)) telling.add(name)
        if (status === 401 || status === 403 || status >= 500) wrong.push(`${name}: ${status}`)
      }
    }

    expect(wrong).toEqual([])
    expect(telling.size).toBeGreaterThan(5) // there was something to leak
  })

  it('for anybody, if it is the same on every server', async () => {
    const open = operations.filter(({ needed }) => needed === null)

    expect(open.map(({ path }) => path).toSorted()).toEqual([
      '/api/admin/version',
      '/api/csrf-token',
      '/api/health',
      '/api/hello',
      '/api/ready',
      '/api/version',
    ])
    for (const { method, path } of open)
      expect((await ask(method, path, null)).status).not.toBe(401)
  })

  it('at an account for an admin of the default workspace alone', async () => {
    const listing = `/api/accounts/${ACCOUNT}/workspaces/filter`

    expect((await ask('POST', listing, stackAdmin)).status).toBe(200)
    expect((await ask('POST', listing, keysOf.admin)).status).toBe(403)
  })

  it('where keys of a workspace are made, for the admin of the default one too; nowhere else there', async () => {
    const at = (path: string) => inWorkspace(`/api${path}`, OWN)

    expect((await ask('POST', at('/keys/filter'), stackAdmin)).status).toBe(200)
    expect((await ask('POST', at('/flows/filter'), stackAdmin)).status).toBe(404)
  })
})

it('secrets of blocks are for those who may write, though the route only reads', async () => {
  const statuses = await Promise.all(
    (['read', 'write'] as const).map(async (scope) => {
      const answer = await app.request('/api/block_documents/filter', {
        method: 'POST',
        headers: { authorization: `Bearer ${keysOf[scope]}` },
        body: '{"include_secrets": true}',
      })
      return answer.status
    }),
  )

  expect(statuses).toEqual([403, 200])
})

it('what is described is what is asked for', () => {
  const asked = routes.map((route) => [`${route.method} ${pathOf(route)}`, scopeOf(route)])

  expect(asked.toSorted()).toEqual(operations.map(({ name, needed }) => [name, needed]).toSorted())
  expect(closed.length).toBeGreaterThan(100)
})

it('a key that was revoked is refused everywhere after the seconds that it is trusted', async () => {
  const { id, key } = await makeKey(OWN, ['read'])
  const read = async () => {
    const answer = await app.request('/api/flows/filter', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: '{}',
    })
    return answer.status
  }
  const before = await read()
  await openApp.request(`${ROOT}/${OWN}/keys/${id}`, { method: 'DELETE' })

  clock.advance(KEY_TRUSTED_SECONDS)

  expect([before, await read()]).toEqual([200, 401])
})

/** The table of the scopes, said again by hand. */
function mayDo(scope: Scope, needed: Scope): boolean {
  return scope === 'admin' || scope === needed || (scope === 'write' && needed !== 'admin')
}
