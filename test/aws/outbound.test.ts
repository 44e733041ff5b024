// Requests that go out: over connections that a test opens and counts, to addresses that a test resolves. No network is used.
import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { outbound, RESPONSE_BYTES_MAX } from '../../lib/aws/outbound.ts'
import type { Connection } from '../../lib/aws/pinned.ts'
import type { OutgoingRequest } from '../../lib/core/outgoing.ts'
import { REFUSED_ANSWERS, REFUSED_URLS } from '../core/ssrf.ts'

const PUBLIC = '93.184.216.34'

/** A network on which one server answers everything the same, and which remembers who was connected to and what was said. */
function network({ answer = 'HTTP/1.1 204 No Content\r\n\r\n', resolve = [[PUBLIC]] } = {}) {
  const connections: Connection[] = []
  const asked: string[] = []
  let said = ''
  const connect = (to: Connection): Duplex => {
    connections.push(to)
    const socket = new Duplex({
      read() {},
      write(chunk, _, done) {
        said += chunk
        if (said.includes('\r\n\r\n')) socket.push(answer)
        done()
      },
    })
    return Object.assign(socket, { remoteAddress: to.address })
  }
  return {
    connections,
    asked,
    said: () => said,
    options: {
      connect,
      resolve: async (host: string) => {
        asked.push(host)
        return resolve[Math.min(asked.length, resolve.length) - 1] ?? []
      },
    },
  }
}

const post = (url: string, parts: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  method: 'POST',
  url,
  headers: {},
  body: 'dough',
  ...parts,
})

describe('a request', () => {
  it('goes to the address that its name was resolved to, and names the host', async () => {
    const { options, connections, asked, said } = network()

    const answered = await outbound(options).send(post('http://example.com/hook?x=1'))

    expect(answered).toMatchObject({ kind: 'answered', status: 204 })
    expect(asked).toEqual(['example.com'])
    expect(connections).toEqual([
      { address: PUBLIC, port: 80, isTls: false, serverName: 'example.com' },
    ])
    expect(said()).toMatch(/^POST \/hook\?x=1 HTTP\/1\.1\r\n/)
    expect(said().toLowerCase()).toContain('\r\nhost: example.com\r\n')
    expect(said().endsWith('\r\n\r\ndough')).toBe(true)
  })

  it.each(REFUSED_URLS)(
    'is refused, with nothing asked and nobody called: %s (%s)',
    async (_, url) => {
      const { options, connections, asked } = network()

      const answered = await outbound(options).send(post(url))

      expect(answered.kind).toBe('refused')
      expect(connections).toEqual([])
      expect(asked).toEqual([])
    },
  )

  it.each(REFUSED_ANSWERS)('is refused when its name resolves to %s', async (_, addresses) => {
    const { options, connections } = network({ resolve: [addresses] })

    const answered = await outbound(options).send(post('https://example.com/'))

    expect(answered.kind).toBe('refused')
    expect(connections).toEqual([])
  })

  it('asks the resolver once: a second answer, a private one, is never heard', async () => {
    const { options, connections, asked } = network({ resolve: [[PUBLIC], ['169.254.169.254']] })

    await outbound(options).send(post('http://rebinding.example/'))

    expect(asked).toHaveLength(1)
    expect(connections.map(({ address }) => address)).toEqual([PUBLIC])
  })

  it('gives up a connection whose other end is somebody else', async () => {
    const { options, said } = network()
    const connect = (to: Connection) => {
      const socket = Object.assign(options.connect(to), { remoteAddress: '10.0.0.1' })
      process.nextTick(() => socket.emit('connect'))
      return socket
    }

    const answered = await outbound({ ...options, connect }).send(post('http://example.com/'))

    expect(answered).toMatchObject({ kind: 'failed' })
    expect(said()).not.toContain('dough\r\n')
  })

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    const answer = `HTTP/1.1 ${status} Moved\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n`
    const { options, connections } = network({ answer })

    const answered = await outbound(options).send(post('http://example.com/'))

    expect(answered).toMatchObject({ kind: 'answered', status })
    expect(connections).toHaveLength(1)
  })

  it('reads so much of an answer and no more', async () => {
    const answer = `HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n${'x'.repeat(RESPONSE_BYTES_MAX + 5_000)}`
    const { options } = network({ answer })

    const answered = await outbound(options).send(post('http://example.com/'))

    expect(answered.kind === 'answered' && answered.body.length).toBe(RESPONSE_BYTES_MAX)
  })

  it.each([
    ['a receiver that does not answer', network({ answer: '' }).options],
    [
      'a resolver that does not',
      { ...network().options, resolve: () => new Promise<never>(() => {}) },
    ],
  ])('waits no longer than it may for %s', async (_, options) => {
    const answered = await outbound({ ...options, timeoutMs: 20 }).send(post('http://example.com/'))

    expect(answered).toEqual({ kind: 'failed', reason: 'no answer within 0.02 s' })
  })

  it('tells of a name that is unknown, and of an answer that is none', async () => {
    const unknown = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }))

    expect(
      await outbound({ ...network().options, resolve: unknown }).send(post('http://example.com/')),
    ).toEqual({ kind: 'failed', reason: 'ENOTFOUND' })
    expect(
      await outbound(network({ answer: 'nonsense\r\n\r\n' }).options).send(
        post('http://example.com/'),
      ),
    ).toMatchObject({ kind: 'failed' })
  })

  it.each([
    ['a line break in a value', { 'x-a': 'b\r\nhost: metadata' }],
    ['a line break in a name', { 'x-a\r\nhost': 'metadata' }],
    ['a null', { 'x-a': '\u0000' }],
  ])('is refused with %s', async (_, headers) => {
    const { options, connections } = network()

    expect((await outbound(options).send(post('http://example.com/', { headers }))).kind).toBe(
      'refused',
    )
    expect(connections).toEqual([])
  })

  it('keeps the headers that say who is spoken to and how long the body is', async () => {
    const { options, said } = network()
    const headers = {
      Host: 'metadata.google.internal',
      'Content-Length': '0',
      'Transfer-Encoding': 'chunked',
      'X-Loaf': 'rye',
    }

    await outbound(options).send(post('http://example.com/', { headers }))

    const sent = said().toLowerCase()
    expect(sent).not.toContain('metadata')
    expect(sent).not.toContain('chunked')
    expect(sent).toContain('content-length: 5')
    expect(sent).toContain('x-loaf: rye')
  })

  it('reaches loopback at any port when that is allowed', async () => {
    const { options, connections } = network()

    await outbound({ ...options, allowLoopback: true }).send(post('http://127.0.0.1:4321/'))

    expect(connections).toMatchObject([{ address: '127.0.0.1', port: 4321 }])
  })
})
