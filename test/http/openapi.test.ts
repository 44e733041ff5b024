import { describe, expect, it } from 'vitest'
import { api, apiRoutes } from '../../lib/entries.ts'
import { pathOf } from '../../lib/http/openapi.ts'
import { fakes } from '../fakes.ts'

const { services } = fakes()
const routes = apiRoutes(services)
const app = api(services)

type Json = Record<string, unknown>

const document = async () => (await (await app.request('/openapi.json')).json()) as Json

describe('the description', () => {
  it('has every route, once', async () => {
    const paths = (await document()).paths as Record<string, Json>
    const { '/hooks/{slug}': hooks, ...api } = paths
    const described = Object.entries(api).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(Object.keys(hooks ?? {})).toEqual(['get', 'post', 'put', 'patch', 'delete'])
    expect(described.toSorted()).toEqual(
      routes.map((route) => `${route.method} ${pathOf(route)}`).toSorted(),
    )
  })

  it('names every operation differently', async () => {
    const paths = (await document()).paths as Record<string, Record<string, Json>>
    const ids = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refers to nothing that it does not have', async () => {
    const whole = await document()
    const refs = JSON.stringify(whole).matchAll(/"\$ref":"#\/([^"]+)"/g)
    const lost = [...refs].filter(([, path = '']) => {
      const target = path
        .split('/')
        .reduce<unknown>((part, key) => (part as Json | undefined)?.[key], whole)
      return target === undefined
    })
    expect(lost.map(([ref]) => ref)).toEqual([])
  })

  it('says what coercion takes: the plain type behind it', async () => {
    const { paths } = (await document()) as { paths: Record<string, Record<string, Json>> }
    const body = paths['/api/variables']?.post?.requestBody as Json
    expect(JSON.stringify(body)).toContain('"name":{"type":"string","minLength":1')
    expect(JSON.stringify(paths['/api/work_pools']?.post)).toContain(
      '"is_paused":{"type":"boolean"',
    )
  })

  it.each(['/docs', '/api/docs'])(
    'is a page at %s that loads nothing from elsewhere',
    async (path) => {
      const page = await (await app.request(path)).text()
      expect(page).toContain('/api/flow_runs/{id}/set_state')
      expect(page).not.toMatch(/https?:|<script/)
    },
  )
})
