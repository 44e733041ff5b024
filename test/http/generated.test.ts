// Requests made from the description of the API, most of them good, some with one thing wrong: whatever is sent, the answer is one
// that the description names, and never our fault.
import { expect, it } from 'vitest'
import { api, apiRoutes, receive } from '../../lib/entries.ts'
import { fakes } from '../fakes.ts'
import { description, type Operation, type Schema } from './described.ts'

const REQUESTS = 2_500

/** Numbers from 0 to below 1, the same in every run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const { services } = fakes()
const [app, hooks] = [api(services), receive(services)]
const { operations, components, faultOf } = description(apiRoutes(services))

/** Operations of which an answer was held to its description. */
const held = new Set<Operation>()

/** What was answered lately as an id or a name: so that paths lead somewhere. */
const known = ['default', '99999999-9999-4999-8999-999999999999']

const random = randomOf(20_261_121)
const below = (limit: number) => Math.floor(random() * limit)
const oneOf = <T>(choices: T[]): T => choices[below(choices.length)] as T

const ODD: unknown[] = [null, '', 'ü\u0000', -1, 1e308, [], {}, true, 'x'.repeat(300), [[null]]]
const DEPTH_MAX = 5

function madeOf(schema: Schema, depth = 0): unknown {
  if (random() < 0.03) return oneOf(ODD)
  const ref = /([^/]+)$/.exec(String(schema.$ref ?? ''))?.[1]
  if (ref) return depth > DEPTH_MAX ? null : madeOf(components.schemas[ref] ?? {}, depth + 1)
  if (Array.isArray(schema.enum)) return oneOf(schema.enum)
  if (schema.const !== undefined) return schema.const
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
  if (choices) return madeOf(oneOf(choices), depth + 1)
  switch (oneOf([schema.type ?? 'unknown'].flat())) {
    case 'object':
      return objectOf(schema, depth)
    case 'array':
      return Array.from({ length: depth > DEPTH_MAX ? 0 : below(3) }, () =>
        madeOf((schema.items as Schema) ?? {}, depth + 1),
      )
    case 'integer':
      return below(20)
    case 'number':
      return random() * 100
    case 'boolean':
      return random() < 0.5
    case 'null':
      return null
    case 'string':
      return textOf(schema)
    default:
      return oneOf([...ODD, 'text', 7, { a: 1 }])
  }
}

function textOf({ format, pattern }: Schema): string {
  if (format === 'date-time') return oneOf(['2026-11-21T09:00:00Z', '2026-11-21 09:00:00+01:00'])
  if (/uuid|guid/.test(String(format)) || String(pattern).includes('0-9a-f')) return oneOf(known)
  return oneOf([...known, 'bake', 'oven', '{{ event.id }}', '{{', '* * * * *'])
}

function objectOf(schema: Schema, depth: number): object {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  const required = (schema.required ?? []) as string[]
  const chosen = properties.filter(
    ([name]) => (required.includes(name) && random() < 0.98) || random() < 0.4 / (depth + 1),
  )
  return Object.fromEntries(chosen.map(([name, part]) => [name, madeOf(part, depth + 1)]))
}

function learn(body: unknown): void {
  for (const one of [body].flat().slice(0, 3)) {
    if (typeof one !== 'object' || one === null) continue
    const { id, name, slug } = one as Record<string, unknown>
    for (const word of [id, name, slug])
      if (typeof word === 'string' && word !== '') known.push(word)
  }
}

/** The body of a request, of which the description says nothing for the hooks: whatever a stranger may send. */
function bodyOf({ requestBody }: Operation): string | null {
  if (!requestBody) return null
  const json = requestBody.content['application/json']
  if (json) return JSON.stringify(madeOf(json.schema))
  return oneOf(['', '{', '"text"', 'a=1&b=2', '<a/>', JSON.stringify(madeOf({}))])
}

const MEDIA = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'a', '']
const PREFER = ['return=representation', 'odd']

/** A request to a webhook of ours, mostly; it needs no key that tests have to know. */
async function called(path: string, method: string, body: string | null): Promise<Response> {
  const headers = { 'content-type': oneOf(MEDIA), prefer: oneOf(PREFER) }
  return hooks.request(path, { method, body, headers })
}

it(`${REQUESTS} generated requests get answers that are described, and no fault of ours`, async () => {
  const wrong: string[] = []
  const statuses = new Map<number, number>()
  for (let i = 0; i < REQUESTS; i += 1) {
    const { path, method, operation } = operations[i % operations.length] as (typeof operations)[0]
    const filled = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(oneOf(known)))
    const body = bodyOf(operation)
    const verb = method.toUpperCase()
    const answer = path.startsWith('/hooks/')
      ? await called(filled, verb, body)
      : await app.request(filled, { method: verb, body })
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    const fault = await faultOf(operation, answer)
    if (answer.ok && answer.status !== 204) held.add(operation)
    if (fault) wrong.push(`${verb} ${filled}: ${fault.slice(0, 500)} for ${body?.slice(0, 300)}`)
    const isJson = answer.headers.get('content-type') === 'application/json'
    if (answer.status < 204 && isJson) learn(await answer.json())
  }
  expect(wrong).toEqual([])
  expect(held.size).toBeGreaterThan(60)
  for (const status of [200, 201, 204, 404, 422]) expect(statuses.get(status)).toBeGreaterThan(20)
})
