// Signed webhooks on the real stack: a delivery repeated a thousand times at once, and the data directory searched for secrets.
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Log } from '../../lib/core/ports.ts'
import { type LocalServer, startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import { CANARY, canary, canaryHeaders, canaryQuery } from '../canaries.ts'
import { NAMES } from './database.ts'

const COPIES = 1_000
/** Requests on their way at once: as many as a sender's connections. */
const LANES = 50

let server: LocalServer
const lines: string[] = []
const note = (fact: string, details?: object) => void lines.push(JSON.stringify([fact, details]))
const log: Log = { info: note, warn: note, error: note }

beforeAll(async () => {
  server = await startLocal({ app: localApp, port: 0, dataDir: null, log, names: NAMES })
}, 30_000)
afterAll(() => server?.stop())

async function api(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${server.url}/api${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

const count = async (prefix: string): Promise<number> =>
  (await api('POST', '/events/filter', { filter: { event: { prefix: [prefix] } } })).total

it('a thousand copies of one signed delivery at once are one event and one firing', {
  timeout: 60_000,
}, async () => {
  const secret = 'yeast'
  const body = '{"state": "proofed"}'
  const webhook = await api('POST', '/webhooks/', {
    name: 'bakery',
    template: '{"event": "dough.{{ body.state }}", "resource": {"prefect.resource.id": "dough.1"}}',
    signature: { preset: 'github', secret },
  })
  await api('POST', '/automations/', {
    name: 'bake',
    trigger: {
      type: 'event',
      expect: ['dough.proofed'],
      posture: 'Reactive',
      threshold: 1,
      within: 0,
    },
    actions: [{ type: 'do-nothing' }],
  })
  const headers = {
    'Content-Type': 'application/json',
    'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'X-Hub-Signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }
  const statuses = new Map<number, number>()
  async function lane() {
    for (let i = 0; i < COPIES / LANES; i += 1) {
      const { status } = await fetch(`${server.url}/hooks/${webhook.slug}`, {
        method: 'POST',
        headers,
        body,
      })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }

  await Promise.all(Array.from({ length: LANES }, lane))
  await server.drain()

  expect([...statuses]).toEqual([[204, COPIES]])
  expect(await count('dough.')).toBe(1)
  expect(await count('prefect.automation.triggered')).toBe(1)
})

it('no secret is on disk or in the log in clear', { timeout: 30_000 }, async () => {
  const careless =
    '{"event": "x", "resource": {"prefect.resource.id": "r"}, "payload": {"h": {{ headers|tojson }}, "q": {{ query|tojson }}}}'
  const signature = { preset: 'bearer', secret: canary('bearer') }
  const statuses: number[] = []
  for (const settings of [{}, { signature }, { signature, keep_failed: true }]) {
    const { slug, id } = await api('POST', '/webhooks/', {
      name: 'w',
      template: careless,
      ...settings,
    })
    for (const Authorization of [canary('guess'), `Bearer ${canary('bearer')}`]) {
      const headers = canaryHeaders({ 'Content-Type': 'application/json', Authorization })
      const url = `${server.url}/hooks/${slug}${canaryQuery}`
      statuses.push((await fetch(url, { method: 'POST', headers, body: '{}' })).status)
    }
    if ('signature' in settings) {
      await api('POST', `/webhooks/${id}/secrets`, { secret: canary('added') })
    }
  }
  await server.drain()

  expect(statuses).toEqual([204, 204, 401, 204, 401, 204])
  const files = readdirSync(server.dataDir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(server.dataDir, name))
    .filter((path) => statSync(path).isFile())
  const bytes = files.map((path) => readFileSync(path).toString('latin1'))
  expect(bytes.join('').length).toBeGreaterThan(1_000)
  expect(bytes.map((text) => CANARY.exec(text)?.[0]).filter(Boolean)).toEqual([])
  expect(lines.filter((line) => CANARY.test(line))).toEqual([])
})
