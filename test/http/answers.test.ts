// Every route is asked for something that it can do, and its answer held to the description. What the routes do is tested elsewhere; what
// they are said to answer, here.
import { beforeAll, expect, it } from 'vitest'
import type { Vitals } from '../../lib/core/vitals.ts'
import { api, apiRoutes, receive } from '../../lib/entries.ts'
import { ANSWERS, TEXT_ANSWERS } from '../../lib/http/answer-schemas.ts'
import { pathOf, statusesOf } from '../../lib/http/openapi.ts'
import { fakes } from '../fakes.ts'
import { road } from '../road.ts'
import { description } from './described.ts'
import { EVENT_VISITS } from './visits/events.ts'
import { OBJECT_VISITS } from './visits/objects.ts'
import { RUN_VISITS } from './visits/runs.ts'
import type { Asked } from './visits/visit.ts'

/** A process that knows of itself all there is to know. */
const VITALS: Vitals = {
  readers: () => [
    { name: 'evaluate', stream: 'events', behindMs: 12.5 },
    { name: 'announce', stream: 'objects', behindMs: null },
  ],
  wakes: () => [{ kind: 'delivery', count: 2, next: 1_795_000_000_000_000 }],
  spending: () => ({ since: 1_795_000_000_000_000, requests: 9, readUnits: 4.5, writeUnits: 7 }),
  letters: {
    list: async () => [LETTER],
    count: async () => 1,
    get: async () => ({ ...LETTER, record: { eventName: 'INSERT' } }),
    retry: async () => ({ error: 'still no oven' }),
  },
  fates: () => ({ late: 1, held: 0, ignored: 2 }),
  dashboardUrl: 'https://example.com/dashboard',
}
const LETTER = { id: '7', at: '2026-11-21T09:00:00.000000Z', reader: 'act', error: 'no oven' }

const faults: string[] = []
const answered = new Set<string>()
const routes = apiRoutes(fakes().services)
const { faultOf, operationOf } = description(routes)

beforeAll(async () => {
  for (const visit of [...EVENT_VISITS, ...OBJECT_VISITS, ...RUN_VISITS]) {
    const here = fakes()
    const passTime = async (by: number) => ({ now: here.clock.now() + by, left: 0 })
    const services = { ...here.services, passTime, vitals: VITALS }
    const [app, hooks, travel] = [api(services), receive(services), road(here)]

    const ask: Asked = async (method, path, body, headers = {}) => {
      const [door, whole] = path.startsWith('/hooks/') ? [hooks, path] : [app, `/api${path}`]
      const text = typeof body === 'string' ? body : JSON.stringify(body ?? null)
      const sent = body === undefined ? null : text
      const answer = await door.request(whole, { method, body: sent, headers })
      const found = operationOf(method, whole)
      const fault = found ? await faultOf(found.operation, answer) : 'not described'
      const isDone = answer.ok ? null : `${answer.status} ${await answer.clone().text()}`
      for (const wrong of [fault, isDone]) if (wrong) faults.push(`${method} ${path}: ${wrong}`)
      const isJson = answer.headers.get('content-type') === 'application/json'
      const heard = isJson ? JSON.parse(await answer.text()) : null
      const isEmpty = Array.isArray(heard) && heard.length === 0
      if (answer.ok && found && !isEmpty) answered.add(`${method} ${found.path}`)
      return heard
    }
    // What a visit misses in an answer, it stumbles over.
    await visit(ask, { here, travel }).catch((error) => faults.push(`${visit.name}: ${error}`))
  }
})

it('every answer is what the description says', () => {
  expect(faults).toEqual([])
})

it('every route has answered, with something in its lists, and so has the door for webhooks', () => {
  const all = routes.filter((route) => statusesOf(route).length > 0)
  const asked = [...all.map((route) => `${route.method} ${pathOf(route)}`), 'POST /hooks/{slug}']
  expect(asked.filter((one) => !answered.has(one))).toEqual([])
})

it('every route that answers more than 204 says what, and nothing is said of other routes', () => {
  const keys = routes
    .filter((route) => statusesOf(route).some((status) => status !== 204))
    .map(({ method, path }) => `${method} ${path}`)
  expect(Object.keys({ ...ANSWERS, ...TEXT_ANSWERS }).toSorted()).toEqual(keys.toSorted())
})
