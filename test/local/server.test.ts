// The local process as a whole, around small handlers: a write goes through the streams, wakes come, doors are guarded, and it
// stops leaving nothing behind.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { MICROS_PER_SECOND } from '../../lib/core/time.ts'
import type { WakeKey } from '../../lib/core/wake-key.ts'
import {
  type LocalApp,
  type LocalOptions,
  type LocalParts,
  type LocalServer,
  startLocal,
} from '../../lib/local/server.ts'
import { NAMES, silent, startDatabase } from './database.ts'

const HOUR = 3_600 * MICROS_PER_SECOND
const KEY: WakeKey = { kind: 'late-runs', workspace: 'w', id: 'bake' }

let server: LocalServer | null = null
afterEach(async () => {
  await server?.stop()
  server = null
})

/** An app that stores what is posted, notes what its consumer is given, and echoes on its socket. */
function bakery() {
  const baked: string[] = []
  const woken: unknown[] = []
  const parts: LocalParts[] = []
  function app(given: LocalParts): LocalApp {
    parts.push(given)
    return {
      async fetch(request) {
        if (request.method === 'GET') return Response.json(baked)
        await given.objects.put({ pk: 'oven', sk: await request.text(), k: 'flow' })
        return new Response(null, { status: 204 })
      },
      openSocket: (path, connection) =>
        path !== '/api/events/in'
          ? null
          : {
              frame: (text) => connection.send({ echo: text }),
              settled: async () => connection.send({ settled: true }),
              closed: () => {},
            },
      consumers: [
        {
          name: 'bake',
          table: 'objects',
          filter: { kinds: ['flow'] },
          handler: async ({ Records }) => {
            baked.push(...Records.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S ?? ''))
            return { batchItemFailures: [] }
          },
        },
      ],
      wake: async (input) => {
        woken.push(input)
      },
      putEvents: async () => {},
    }
  }
  return { app, baked, woken, parts: () => parts[0] as LocalParts }
}

async function start(app: LocalOptions['app'], more: Partial<LocalOptions> = {}): Promise<string> {
  server = await startLocal({ app, log: silent, dataDir: null, port: 0, ...more })
  return server.url
}

const statusOf = (url: string, headers: Record<string, string>, method = 'GET') =>
  new Promise<number | undefined>((resolve, reject) => {
    const call = httpRequest(url, { method, headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    call.on('error', reject).end()
  })

describe('the local server', () => {
  it('carries a write through the stream to its consumer', async () => {
    const { app } = bakery()
    const url = await start(app)

    await fetch(url, { method: 'POST', body: 'rye' })
    await server?.drain()

    expect(await (await fetch(url)).json()).toEqual(['rye'])
  })

  it('goes on where it stopped, with its data', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tripline-server-'))
    const first = bakery()
    const second = bakery()

    await fetch(await start(first.app, { dataDir }), { method: 'POST', body: 'rye' })
    await server?.drain()
    await server?.stop()
    await fetch(await start(second.app, { dataDir }), { method: 'POST', body: 'wheat' })
    await server?.drain()
    await server?.stop()

    expect([first.baked, second.baked]).toEqual([['rye'], ['wheat']])
    rmSync(dataDir, { recursive: true })
  })

  it('runs over a database that was named, and leaves it running', async () => {
    const database = await startDatabase()
    const { app, baked } = bakery()
    const url = await start(app, { endpoint: database.emulator.endpoint, names: NAMES })

    await fetch(url, { method: 'POST', body: 'rye' })
    await server?.drain()
    await server?.stop()

    expect(baked).toEqual(['rye'])
    expect(await database.objects.get({ pk: 'oven', sk: 'rye' })).not.toBeNull()
    await database.stop()
  })

  it('wakes at the time that was asked for, when the clock is moved there', async () => {
    const { app, woken, parts } = bakery()
    await start(app)
    await parts().scheduler.wakeAt(KEY, parts().clock.now() + HOUR)

    await server?.drain()
    const before = [...woken]
    server?.advance(HOUR)
    await server?.drain()

    expect(before).toEqual([])
    expect(woken).toEqual([KEY])
  })

  it('refuses strangers: by Host, by Origin, and sockets of pages elsewhere', async () => {
    const url = await start(bakery().app)
    const socketOf = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }

    expect(await statusOf(url, { host: 'evil.example' })).toBe(403)
    expect(await statusOf(url, { origin: 'https://evil.example' }, 'POST')).toBe(403)
    expect(
      await statusOf(`${url}/api/events/in`, {
        ...socketOf,
        ...key,
        origin: 'https://evil.example',
      }),
    ).toBe(403)
  })

  it('speaks Prefect’s subprotocol, and answers a ping after the frames before it are settled', async () => {
    const url = await start(bakery().app)
    const ws = new WebSocket(`${url.replace('http', 'ws')}/api/events/in`, 'prefect')
    const heard: string[] = []

    await new Promise<void>((resolve) => {
      ws.on('message', (data) => heard.push(data.toString()))
      ws.on('pong', () => resolve())
      ws.on('open', () => {
        ws.send('dough')
        ws.ping()
      })
    })

    expect(ws.protocol).toBe('prefect')
    expect(heard).toEqual(['{"echo":"dough"}', '{"settled":true}'])
    ws.terminate()
  })

  it('tells its sockets that it goes away', async () => {
    const url = await start(bakery().app)
    const ws = new WebSocket(`${url.replace('http', 'ws')}/api/events/in`, 'prefect')
    await new Promise((resolve) => ws.on('open', resolve))
    const closed = new Promise((resolve) => ws.on('close', resolve))

    await server?.stop()

    expect(await closed).toBe(1001)
  })

  it('refuses a taken port, naming it and the flag, and leaves nothing behind', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.on('listening', resolve))
    const { port } = other.address() as AddressInfo
    const dataDir = mkdtempSync(join(tmpdir(), 'tripline-server-'))

    await expect(start(bakery().app, { port, dataDir })).rejects.toThrow(`port ${port} is taken`)

    expect(existsSync(join(dataDir, 'lock'))).toBe(false)
    other.close()
    rmSync(dataDir, { recursive: true })
  })

  it.each(['0.0.0.0', '::'])('demands keys on %s, and makes the first one', async (host) => {
    const { app, parts } = bakery()
    const asked = { firstKey: async () => 'the first' }

    await start((given) => ({ ...app(given), ...asked }), { host })

    expect(parts().demandsKeys).toBe(true)
    expect(server).toMatchObject({ demandsKeys: true, firstKey: 'the first' })
  })

  it('demands keys on loopback only where told to', async () => {
    const { app, parts } = bakery()

    await start(app, { requireKeys: true })
    const told = parts().demandsKeys
    await server?.stop()
    await start(app)

    expect([told, server?.demandsKeys]).toEqual([true, false])
  })

  it('says so when it cannot listen on an address', async () => {
    await expect(start(bakery().app, { host: '192.0.2.1' })).rejects.toThrow('no address of this')
  })

  it('removes an ephemeral directory when it stops', async () => {
    await start(bakery().app)
    const { dataDir = '' } = server ?? {}
    expect(existsSync(dataDir)).toBe(true)

    await server?.stop()

    expect(existsSync(dataDir)).toBe(false)
  })
})
