// Requests against the automations and events routes over an empty store. Status and places of faults must be Prefect's, and
// what is stored must be the normalised automation; the words of messages are ours.

import { isDeepStrictEqual } from 'node:util'
import { Hono } from 'hono'
import { createFeedIndex } from '../../../lib/core/feed.ts'
import type { Services } from '../../../lib/core/ports.ts'
import { QUOTAS_DEFAULT } from '../../../lib/core/quota.ts'
import { onError, onNotFound } from '../../../lib/http/errors.ts'
import { mount } from '../../../lib/http/route.ts'
import { automationRoutes } from '../../../lib/http/routes/automations.ts'
import { eventRoutes } from '../../../lib/http/routes/events.ts'
import type { Outcome } from '../run.ts'

interface Case {
  name: string
  method: string
  path: string
  body?: unknown
  raw?: string
  status: number
  locs?: string[]
  response?: unknown
}

interface Answer {
  status: number
  body: unknown
}

export const run = (file: { cases: Case[] }): Promise<Outcome[]> =>
  Promise.all(file.cases.map(judge))

async function judge(expected: Case): Promise<Outcome> {
  const answer = await answerTo(expected)
  const wrong = differenceOf(answer, expected)
  return wrong === null
    ? { name: expected.name, verdict: 'passed' }
    : { name: expected.name, verdict: 'failed', detail: wrong, answer: shortened(answer) }
}

function differenceOf({ status, body }: Answer, expected: Case): string | null {
  if (status !== expected.status) return `${status}, not ${expected.status}`
  if (expected.locs && !isDeepStrictEqual(locsOf(body), expected.locs)) {
    return `faults at ${locsOf(body)}, not ${expected.locs}`
  }
  if (expected.response && !isDeepStrictEqual(masked(body), expected.response)) {
    return `${JSON.stringify(masked(body))}, not ${JSON.stringify(expected.response)}`
  }
  return null
}

async function answerTo({ method, path, body, raw }: Case): Promise<Answer> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const headers = { 'content-type': 'application/json' }
  const init = text === undefined ? { method } : { method, headers, body: text }
  const response = await api.request(`/api${path}`, init)
  const answer = await response.text()
  return { status: response.status, body: answer === '' ? null : JSON.parse(answer) }
}

function locsOf(body: unknown): string[] {
  const faults =
    (body as { exception_detail?: { loc: unknown[] }[] } | null)?.exception_detail ?? []
  return [...new Set(faults.map(({ loc }) => loc.join('.')))].sort()
}

/** What a listed difference compares: status and places, not words. */
const shortened = ({ status, body }: Answer) => ({ status, locs: locsOf(body) })

/** As the vectors show an automation: ids and times masked, sets sorted. */
function masked(body: unknown): unknown {
  const shown = JSON.stringify(body, (key, value) => {
    if (key === 'created' || key === 'updated') return '<time>'
    if (key === 'id') return '<uuid>'
    if (['expect', 'after', 'for_each'].includes(key)) return [...value].sort()
    return value
  })
  return JSON.parse(shown)
}

const api = emptyApi()

/** The routes with nothing stored: what is asked for is not there, what is stored is taken. */
function emptyApi(): Hono {
  const automations = {
    create: async () => true,
    get: async () => null,
    list: async () => [],
    count: async () => 0,
  } as unknown as Services['automations']
  const events: Services['events'] = {
    put: async (_, stored) => new Set(stored.map(({ id }) => id)),
    get: async () => null,
    receivedAt: async () => null,
    mark: async () => {},
    hold: async () => {},
    release: async () => {},
    leader: async () => null,
  }
  const clock = { now: () => 0 }
  const ids = {
    next: () => '01234567-89ab-7def-8123-456789abcdef',
    slug: () => '',
    secret: () => '',
  }
  const log = { info() {}, warn() {}, error: console.error }
  const app = new Hono({ strict: false })
  app.onError(onError(log))
  app.notFound(onNotFound)
  const index = createFeedIndex()
  mount(app, [
    ...automationRoutes({ automations, quotas: QUOTAS_DEFAULT, clock, ids }),
    ...eventRoutes({ events, clock }, async () => index),
  ])
  return app
}
