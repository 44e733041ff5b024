// A review window on the real stack: a webhook call, a run that waits, a notice at a receiver of ours, and the links in it. The clock is
// moved, so that two hours pass in a moment.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { formatInstant, MICROS_PER_SECOND } from '../../lib/core/time.ts'
import { movableClock } from '../../lib/local/clock.ts'
import { type LocalServer, startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import { arrangeReview, type Bell, startBell } from './bell.ts'
import { NAMES, silent } from './database.ts'

const HOUR = 3_600 * MICROS_PER_SECOND

const clock = movableClock()
let server: LocalServer
let bell: Bell
let deploymentId: string
let hook: string

beforeAll(async () => {
  bell = await startBell()
  server = await startLocal({
    app: localApp,
    port: 0,
    dataDir: null,
    log: silent,
    names: NAMES,
    clock,
    carriers: { allowLoopback: true },
  })
  const arranged = await arrangeReview(api, bell.url)
  deploymentId = arranged.deploymentId
  hook = `${server.url}/hooks/${arranged.slug}`
}, 30_000)

afterAll(async () => {
  await server?.stop()
  await bell?.stop()
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

async function callHook(account: string) {
  await fetch(hook, { method: 'POST', body: JSON.stringify({ account }) })
  await server.drain()
  const notice = bell.heard.at(-1)
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
  const second = bell.heard.at(-1)
  await pass(2)

  expect(second?.due).not.toBe(first.due)
  expect(await given()).toEqual([])
  expect(await follow(first.cancel, 'POST')).toBe(404)
  expect(await follow(second?.cancel ?? '', 'POST')).toBe(200)
  await pass(3)
  expect(await given()).toEqual([])
})
