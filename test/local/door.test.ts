// The door of the process: what comes in broken is not taken for whole.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readBytes } from '../../lib/http/body.ts'
import { movableClock } from '../../lib/local/clock.ts'
import { openDoor } from '../../lib/local/door.ts'

let door: Awaited<ReturnType<typeof openDoor>>
let isGone: Promise<unknown>
let read: Promise<Uint8Array>
let come: () => void

beforeAll(async () => {
  const behind = {
    async fetch(request: Request) {
      come()
      await isGone // as one who first looks for the webhook that was called
      read = readBytes(request)
      await read.catch(() => {})
      return new Response()
    },
    openSocket: () => {
      throw new Error('no sockets here')
    },
  }
  const clock = movableClock()
  door = await openDoor(behind, { host: '127.0.0.1', port: 0, demandsKeys: false, clock })
})
afterAll(() => door.stop())

it.each([
  ['chunks that are none', 'transfer-encoding: chunked\r\n\r\nzz\r\n'],
  ['fewer bytes than were announced', 'content-length: 9\r\n\r\n{}'],
])('%s are no body, also when it is read after the caller has gone', async (_, rest) => {
  const socket = connect(Number(new URL(door.url).port), '127.0.0.1')
  const hasCome = new Promise<void>((resolve) => {
    come = resolve
  })
  isGone = once(socket, 'close').then(() => new Promise(setImmediate))

  socket.write(`POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n${rest}`)
  await hasCome
  socket.destroy()
  await isGone

  await expect(async () => read).rejects.toThrow('ended too early')
})

it.each([
  ['from a page elsewhere', '/api/events/in', 'origin: http://elsewhere.example\r\n', '403'],
  ['where there is none', '/api/nothing', '', '404'],
])('a socket %s is refused, and its connection ended by us', async (_, path, header, status) => {
  const port = Number(new URL(door.url).port)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }) // never ends by itself
  const upgrade = `upgrade: websocket\r\nconnection: upgrade\r\n${header}`
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${upgrade}\r\n`)
  const [answer] = await once(socket, 'data')
  await once(socket, 'end')

  const refused = await new Promise((resolve) => {
    socket.on('error', resolve) // nobody is there any more
    const timer = setInterval(() => socket.write('more'), 1)
    socket.on('close', () => clearInterval(timer))
  })

  expect(String(answer)).toMatch(`HTTP/1.1 ${status} `)
  expect(refused).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) })
})
