// A review window on the real stack: a webhook call, a run that waits, a notice at a receiver of ours, and the links in it. The clock is
// moved, so that two hours pass in a moment.
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BLOCK_TYPES } from '../../lib/core/block.ts'
import { formatInstant, MICROS_PER_SECOND } from '../../lib/core/time.ts'
import { movableClock } from '../../lib/local/clock.ts'
import { type LocalServer, startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import { NAMES, silent } from './database.ts'

const HOUR = 3_600 * MICROS_PER_SECOND

const clock = movableClock()
let server: LocalServer
let bell: Server
let deploymentId: string
let hook: string
const heard: { approve: string; postpone: string; cancel: string; due: string }[] = []

beforeAll(async () => {
  bell = createServer(async (call, answer) => {
    heard.push(JSON.parse(await text(call)))
    answer.end()
  }).listen(0, '127.0.0.1')
  await once(bell, 'listening')
  server = await startLocal({
    app: localApp,
    port: 0,
    dataDir: null,
    log: silent,
    names: NAMES,
    clock,
    carriers: { allowLoopback: true },
  })
  await arrange()
}, 30_000)

afterAll(async () => {
  await server?.stop()
  bell?.close()
})

async function api(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${server.url}/api${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const said = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${said}`)
  return said === '' ? null : JSON.parse(said)
}

/** The opt-out example: what a webhook tells of runs two hours later, unless somebody who was asked says otherwise. */
async function arrange(): Promise<void> {
  const webhook = await api('POST', '/webhooks/', {
    name: 'trials',
    template: '{"event": "trial.ended", "resource": {"prefect.resource.id": "{{ body.account }}"}}',
  })
  hook = `${server.url}/hooks/${webhook.slug}`
  const block_type_id = BLOCK_TYPES.webhook.id
  const [schema] = await api('POST', '/block_schemas/filter', {
    block_schemas: { block_type_id: { any_: [block_type_id] } },
  })
  const { port } = bell.address() as AddressInfo
  const block = await api('POST', '/block_documents/', {
    name: 'bell',
    block_type_id,
    block_schema_id: schema.id,
    data: { url: `http://127.0.0.1:${port}/` },
  })
  const flow = await api('POST', '/flows/', { name: 'charge-trial' })
  const deployment = await api('POST', '/deployments/', { name: 'charge', flow_id: flow.id })
  deploymentId = deployment.id
  await api('POST', '/automations/', {
    name: 'charge what was tried',
    trigger: {
      type: 'event',
      posture: 'Reactive',
      expect: ['trial.ended'],
      threshold: 1,
      within: 0,
    },
    actions: [
      {
        type: 'run-deployment',
        deployment_id: deployment.id,
        schedule_after: 'PT2H',
        review: {
          block_document_id: block.id,
          postpone: 'PT2H',
          body: {
            approve: '{{ review.approve_url }}',
            postpone: '{{ review.postpone_url }}',
            cancel: '{{ review.cancel_url }}',
            due: '{{ review.due }}',
          },
        },
      },
    ],
  })
}

async function callHook(account: string) {
  await fetch(hook, { method: 'POST', body: JSON.stringify({ account }) })
  await server.drain()
  const notice = heard.at(-1)
  if (!notice) throw new Error('nobody was asked')
  return notice
}

async function follow(url: string, method: string): Promise<number> {
  const { status } = await fetch(url, { method })
  await server.drain()
  return status
}

async function pass(hours: number): Promise<void> {
  server.advance(hours * HOUR)
  await server.drain()
}

/** Runs that whoever serves the deployment is given now. */
async function given(): Promise<string[]> {
  const runs = await api('POST', '/deployments/get_scheduled_flow_runs', {
    deployment_ids: [deploymentId],
    scheduled_before: formatInstant(clock.now()),
  })
  return runs.map(({ id }: { id: string }) => id)
}

/** A request under another name, as a tunnel hands it on, by a page of its own. */
async function throughTunnel(url: string): Promise<IncomingMessage> {
  const headers = { host: 'bakery.example', origin: 'null' }
  const call = request(url, { method: 'POST', headers }).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  answer.resume()
  return answer
}

it('a run that somebody cancels by the link in the notice never begins', async () => {
  const { cancel, due } = await callHook('ada')
  await pass(1)

  const looked = [await follow(cancel, 'GET'), await follow(cancel, 'HEAD')]
  const done = await follow(cancel, 'POST')
  await pass(2)

  expect(due).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/)
  expect([...looked, done]).toEqual([200, 200, 200])
  expect(await given()).toEqual([])
  expect(await follow(cancel, 'POST')).toBe(404)
})

it('a run that nobody decides on begins at its time; one that is approved at once', async () => {
  const ada = await callHook('ada')
  await pass(1)
  expect(await given()).toEqual([])
  const bob = await callHook('bob')
  expect((await throughTunnel(bob.approve)).statusCode).toBe(200)
  await server.drain()

  const approved = await given()
  await pass(1)
  const both = await given()

  expect(approved).toHaveLength(1)
  expect(both).toHaveLength(2)
  expect(await follow(ada.cancel, 'POST')).toBe(404)
  for (const id of both) await api('DELETE', `/flow_runs/${id}`)
})

it('a run that is postponed waits longer, and its second notice decides', async () => {
  const first = await callHook('ada')
  await pass(1)
  expect(await follow(first.postpone, 'POST')).toBe(200)
  const second = heard.at(-1)
  await pass(2)

  expect(second?.due).not.toBe(first.due)
  expect(await given()).toEqual([])
  expect(await follow(first.cancel, 'POST')).toBe(404)
  expect(await follow(second?.cancel ?? '', 'POST')).toBe(200)
  await pass(3)
  expect(await given()).toEqual([])
})
