// Live events over a real socket, whose server is as unreliable as the test wants it.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Event } from '../../lib/core/event.ts'
import { UnreachableError } from '../../lib/sdk/http.ts'
import { subscribeAt } from '../../lib/sdk/subscribe.ts'
import { eventually, manualClock, testRuntime } from './fakes.ts'

let server: WebSocketServer
let sockets: WebSocket[]
let filters: Record<string, unknown>[]
beforeEach(async () => {
  sockets = []
  filters = []
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) =>
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as { type: string }
      if (frame.type === 'auth') socket.send('{"type": "auth_success"}')
      if (frame.type !== 'filter') return
      filters.push(frame)
      sockets.push(socket)
    }),
  )
  await once(server, 'listening')
})
afterEach(() => {
  for (const socket of server.clients) socket.terminate()
  server.close()
})

const clock = manualClock()
const runtimeAt = () =>
  testRuntime(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, clock).at

const event = (id: string) =>
  ({
    id,
    event: 'dough.proofed',
    resource: {},
    occurred: '2026-11-21T09:00:00Z',
  }) as unknown as Event
const send = (socket: WebSocket | undefined, id: string) =>
  socket?.send(JSON.stringify({ type: 'event', event: event(id) }))

it('events come in order, each id once, and over a lost connection', async () => {
  const ids: string[] = []
  const reading = (async () => {
    for await (const { id } of subscribeAt(runtimeAt(), { event: { prefix: ['dough.'] } }, {})) {
      ids.push(id)
      if (id === '3') break
    }
  })()
  await eventually(() => sockets.length === 1)
  for (const id of ['1', '2', '2']) send(sockets[0], id)
  await eventually(() => ids.length === 2)
  sockets[0]?.terminate()
  await eventually(() => clock.sleeping().includes(250))
  clock.advance(250)
  await eventually(() => sockets.length === 2)
  for (const id of ['2', '3']) send(sockets[1], id)
  await reading

  expect(ids).toEqual(['1', '2', '3'])
  expect(filters).toMatchObject([
    { backfill: false, filter: { event: { prefix: ['dough.'] } } },
    { backfill: true, filter: { event: { prefix: ['dough.'] }, occurred: expect.anything() } },
  ])
})

it('a signal ends the loop', async () => {
  const stop = new AbortController()
  const events = subscribeAt(runtimeAt(), {}, { signal: stop.signal })
  const next = events.next()
  await eventually(() => sockets.length === 1)
  stop.abort()

  expect(await next).toEqual({ done: true, value: undefined })
})

it('no server is said at once', async () => {
  const runtime = runtimeAt()
  server.close()
  await once(server, 'close')

  await expect(subscribeAt(runtime, {}, {}).next()).rejects.toThrow(UnreachableError)
})
