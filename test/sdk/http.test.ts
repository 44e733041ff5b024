import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readConfig } from '../../lib/sdk/config.ts'
import { ApiError, createSend, UnreachableError } from '../../lib/sdk/http.ts'
import { eventually, type FakeApi, fakeApi, manualClock, NOBODY } from './fakes.ts'

let clock = manualClock()
let api: FakeApi
beforeEach(async () => {
  clock = manualClock()
  api = await fakeApi()
})
afterEach(() => api.stop())

const sendTo = (apiUrl: string) => createSend({ ...readConfig({}), apiUrl }, clock)

it('a busy server is asked again after the pause that it names', async () => {
  let calls = 0
  api.answers['GET /busy'] = () =>
    calls++ === 0
      ? { status: 429, headers: { 'retry-after': '3' } }
      : { status: 200, body: { calls } }

  const answer = sendTo(api.url)('GET', '/busy')
  await eventually(() => clock.sleeping().length === 1)
  expect(clock.sleeping()).toEqual([3000])
  clock.advance(3000)

  expect(await answer).toEqual({ calls: 2 })
})

it('a refusal carries the status and the server’s own words', async () => {
  const refused = sendTo(api.url)('GET', '/nowhere')

  await expect(refused).rejects.toThrow(ApiError)
  await expect(refused).rejects.toMatchObject({ status: 404, detail: 'Not Found' })
})

it.each([200, 404])(
  'a page with status %i is no answer, and is not repeated in full',
  async (status) => {
    const headers = { 'content-type': 'text/html; charset=utf-8' }
    api.answers['GET /page'] = () => ({ status, headers, body: '<!doctype html>' })

    const refused = sendTo(api.url)('GET', '/page')

    await expect(refused).rejects.toThrow(`GET /page answered ${status}: a page for people`)
  },
)

it('a missing key is named as the remedy', async () => {
  api.answers['GET /locked'] = () => ({ status: 401, body: { detail: 'Unauthorized' } })

  await expect(sendTo(api.url)('GET', '/locked')).rejects.toThrow(/TRIPLINE_API_KEY/)
})

it('a server that never answered is reported at once', async () => {
  await expect(sendTo(NOBODY)('GET', '/health')).rejects.toThrow(UnreachableError)
  expect(clock.sleeping()).toEqual([])
})

it('a server that has answered before is waited for', async () => {
  api.answers['GET /health'] = () => ({ status: 200, body: true })
  const send = sendTo(api.url)
  await send('GET', '/health')
  await api.stop()

  const answer = send('GET', '/health').catch((error) => error)
  for (const pause of [200, 400, 800, 1600, 3200]) {
    await eventually(() => clock.sleeping().length === 1)
    expect(clock.sleeping()).toEqual([pause])
    clock.advance(pause)
  }

  expect(await answer).toBeInstanceOf(UnreachableError)
  api = await fakeApi()
})

it('an answer that breaks off is none, and is asked for again', async () => {
  let calls = 0
  const server = createServer((_, response) => {
    calls += 1
    if (calls > 1) return void response.end('[]')
    response.writeHead(200, { 'content-length': '9' })
    response.write('[', () => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const answer = sendTo(`http://127.0.0.1:${port}`)('GET', '/runs')
  await eventually(() => clock.sleeping().length === 1)
  clock.advance(200)

  expect(await answer).toEqual([])
  server.closeAllConnections()
  server.close()
})
