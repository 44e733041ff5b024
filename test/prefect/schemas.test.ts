// Every answer to a recorded request against the two descriptions of it: Prefect's schema of the answer (answers.json holds those
// of its OpenAPI document), and our own document's routes, statuses and bodies.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { mismatches, type Schema } from '../../lib/core/json-schema.ts'
import { apiRoutes } from '../../lib/entries.ts'
import { openApi } from '../../lib/http/openapi.ts'
import { fakes } from '../fakes.ts'
import type { Frame } from './compare.ts'
import { replay } from './replay.ts'
import { SCENARIOS } from './scenarios.ts'

interface Described {
  paths: Record<string, Record<string, unknown>>
  components: Schema
}

const prefect: Described = JSON.parse(
  readFileSync(join(import.meta.dirname, 'answers.json'), 'utf8'),
)
const ours = openApi(apiRoutes(fakes().services)) as unknown as Described

interface Heard {
  frame: Frame
  status: number
  body: unknown
}
const heard: Heard[] = []

beforeAll(async () => {
  const recordings = [...SCENARIOS.map(([, names]) => names), ['terraform'], ['terraform-webhook']]
  for (const names of recordings) {
    await replay(names, (frame, { status, body }) => heard.push({ frame, status, body }))
  }
})

/** The description of a request, by the pattern that fits its path best. */
function described({ paths }: Described, method: unknown, path: string) {
  const fitting = Object.keys(paths)
    .filter((pattern) => patternOf(pattern).test(path))
    .sort((a, b) => a.split('{').length - b.split('{').length)
  for (const pattern of fitting) {
    const found = paths[pattern]?.[String(method).toLowerCase()]
    if (found !== undefined) return found as Record<string, Schema>
  }
  return undefined
}

const patternOf = (pattern: string) =>
  new RegExp(`^${pattern.replace(/\/$/, '').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`)

/** `/flows/…` of a path under the API or under a workspace. */
const below = (path: string) =>
  path.replace(/^\/api(\/accounts\/[^/]+\/workspaces\/[^/]+(?=\/\w))?/, '')

const told = (path: string, found: ReturnType<typeof mismatches>) =>
  found.map((one) => `${path}: ${JSON.stringify(one).slice(0, 300)}`)

it('answers of recorded requests are what Prefect’s schemas say', () => {
  let checked = 0
  const wrong = heard.flatMap(({ frame: { m, path = '' }, status, body }) => {
    const schema = described(prefect, m, below(path))
    if (!schema || status > 204 || status === 204) return []
    checked += 1
    return told(path, mismatches(body, { ...schema, components: prefect.components }))
  })
  expect([...new Set(wrong)]).toEqual([])
  expect(checked).toBeGreaterThan(300)
})

it('every recorded request that is served is described, with its status', () => {
  const missing = heard.flatMap(({ frame: { m, path = '' }, status }) => {
    if (status >= 400 || path.startsWith('/hooks/')) return []
    const isAccount = /^\/api\/accounts\/[^/]+\/workspaces(\/[^/]+)?\/?$/.test(path)
    const operation = described(ours, m, isAccount ? path : `/api${below(path)}`)
    if (operation?.responses && status in operation.responses) return []
    return `${m} ${path}: ${operation ? status : 'not described'}`
  })
  expect([...new Set(missing)]).toEqual([])
})

it('every recorded body that is accepted is what our description of it says', () => {
  let checked = 0
  const wrong = heard.flatMap(({ frame: { m, path = '', req }, status }) => {
    const operation = described(ours, m, `/api${below(path)}`) as
      | { requestBody?: { content: Record<string, { schema: Schema }> } }
      | undefined
    const schema = operation?.requestBody?.content['application/json']?.schema
    if (!schema || status >= 400 || req === null || req === undefined) return []
    checked += 1
    return told(`${m} ${path}`, mismatches(req, { ...schema, components: ours.components }))
  })
  expect([...new Set(wrong)]).toEqual([])
  expect(checked).toBeGreaterThan(100)
})

it('answers of recorded requests are what our description of them says', () => {
  let checked = 0
  const wrong = heard.flatMap(({ frame: { m, path = '' }, status, body }) => {
    const operation = described(ours, m, `/api${below(path)}`) as
      | { responses: Record<string, { content?: Record<string, { schema: Schema }> }> }
      | undefined
    const schema = operation?.responses[status]?.content?.['application/json']?.schema
    if (!schema || status >= 400) return []
    checked += 1
    return told(`${m} ${path}`, mismatches(body, { ...schema, components: ours.components }))
  })
  expect([...new Set(wrong)]).toEqual([])
  expect(checked).toBeGreaterThan(300)
})
