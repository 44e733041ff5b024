// E-mail to a server that a test plays: what it is told, what becomes of its answers, and that no other is spoken to.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { smtpMail } from '../../lib/aws/mail.ts'
import type { Connection } from '../../lib/aws/pinned.ts'
import type { OutgoingMail } from '../../lib/core/outgoing.ts'
import { REFUSED_ANSWERS, REFUSED_URLS } from '../core/ssrf.ts'

const mail: OutgoingMail = {
  server: '127.0.0.1',
  port: 25,
  security: 'INSECURE',
  verify: true,
  login: { user: 'baker', password: 'rye' },
  from: 'oven@example.com',
  to: ['baker@example.com', 'miller@example.com'],
  subject: 'Proofed: brød',
  text: 'The dough is ready.\n.\nBake it.',
  messageId: '<invocation@tripline>',
}

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** Speaks just enough SMTP; `answers` replace what it says to a command. Answers its port and what it was told. */
async function mailServer(answers: Record<string, string> = {}) {
  const said: string[] = []
  const server = createServer((socket) => {
    let isInBody = false
    socket.on('error', () => socket.destroy())
    socket.write('220 oven ESMTP\r\n')
    socket.on('data', (chunk) => {
      for (const line of String(chunk).split('\r\n').slice(0, -1)) {
        said.push(line)
        if (isInBody && line !== '.') continue
        const command = isInBody ? 'BODY' : (line.split(' ')[0]?.toUpperCase() ?? '')
        isInBody = command === 'DATA' && answers.DATA === undefined
        socket.write(`${answers[command] ?? REPLIES[command] ?? '250 Ok'}\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.push(() => server.close())
  return { port: (server.address() as AddressInfo).port, said }
}

const REPLIES: Record<string, string> = {
  EHLO: '250-oven\r\n250 AUTH PLAIN',
  AUTH: '235 Welcome',
  DATA: '354 Go on',
  BODY: '250 Taken as 17',
  QUIT: '221 Bye',
}

const local = smtpMail({ allowLoopback: true })

describe('a mail', () => {
  it('is handed over with its login, its recipients and a name that stays the same', async () => {
    const { port, said } = await mailServer()

    const handed = await local.send({ ...mail, port })

    expect(handed).toEqual({
      kind: 'taken',
      details: { response: '250 Taken as 17', rejected: [] },
    })
    expect(said).toContain(`AUTH PLAIN ${Buffer.from('\0baker\0rye').toString('base64')}`)
    expect(said.filter((line) => line.startsWith('RCPT'))).toEqual([
      'RCPT TO:<baker@example.com>',
      'RCPT TO:<miller@example.com>',
    ])
    expect(said).toContain('Message-ID: <invocation@tripline>')
    expect(said).toContain('The dough is ready.')
  })

  it('keeps what a subject or an address would smuggle in on its own line', async () => {
    const { port, said } = await mailServer()

    await local.send({ ...mail, port, subject: 'a\r\nBcc: thief@example.com\r\n\r\nb' })

    expect(said.filter((line) => line.startsWith('Bcc'))).toEqual([])
    expect(said.filter((line) => line.startsWith('RCPT'))).toHaveLength(2)
  })

  it.each([
    ['a login that is wrong', { AUTH: '535 Who are you' }, 'refused', '535 Who are you'],
    ['a mailbox that is not there', { RCPT: '550 No such user' }, 'refused', '550 No such user'],
    ['a server that is busy', { MAIL: '451 Later' }, 'failed', '451 Later'],
    ['a message that is not taken now', { BODY: '452 Full' }, 'failed', '452 Full'],
  ])('tells of %s whether it is worth another try', async (_, answers, kind, reason) => {
    const { port } = await mailServer(answers as Record<string, string>)

    expect(await local.send({ ...mail, port })).toMatchObject({
      kind,
      reason: expect.stringContaining(reason),
    })
  })

  it('is not sent in clear to a server that offers no encryption when it was to be encrypted', async () => {
    const { port, said } = await mailServer({ STARTTLS: '502 Not here' })

    const handed = await local.send({ ...mail, port, security: 'STARTTLS' })

    expect(handed.kind).not.toBe('taken')
    expect(said.some((line) => /^(AUTH|MAIL)/.test(line))).toBe(false)
  })

  it('waits no longer than it may for a server that says nothing', async () => {
    const { port } = await mailServer({ EHLO: '' })

    const handed = await smtpMail({ allowLoopback: true, timeoutMs: 50 }).send({ ...mail, port })

    expect(handed).toEqual({ kind: 'failed', reason: 'no answer within 0.05 s' })
  })
})

describe('a mail server', () => {
  const HOSTS = REFUSED_URLS.flatMap(([why, url]) => {
    const host = /^https?:\/\/([^/?#]+)\/?/.exec(url)?.[1] ?? ''
    return /^[^@]+$/.test(host) ? [[why, host.replace(/^\[|\]$/g, '')] as const] : []
  })

  it.each(HOSTS)('is not spoken to, nor asked for: %s (%s)', async (_, server) => {
    const { connections, options } = watched([])

    const handed = await smtpMail(options).send({ ...mail, server })

    expect(handed.kind).toBe('refused')
    expect(connections).toEqual([])
  })

  it.each(REFUSED_ANSWERS)(
    'is not spoken to when its name resolves to %s',
    async (_, addresses) => {
      const { connections, options } = watched(addresses)

      const handed = await smtpMail(options).send({ ...mail, server: 'smtp.example.com' })

      expect(handed.kind).toBe('refused')
      expect(connections).toEqual([])
    },
  )

  it.each([
    ['another port', { server: 'smtp.example.com', port: 6379 }],
    ['a name with a path', { server: 'smtp.example.com/x', port: 25 }],
    ['a name with a user', { server: 'baker@smtp.example.com', port: 25 }],
    ['a name with a port', { server: 'smtp.example.com:22', port: 25 }],
    ['nothing', { server: '', port: 25 }],
  ])('is refused before it is asked for: %s', async (_, parts) => {
    const { connections, asked, options } = watched(['93.184.216.34'])

    const handed = await smtpMail(options).send({ ...mail, ...parts })

    expect(handed.kind).toBe('refused')
    expect([...connections, ...asked]).toEqual([])
  })
})

function watched(addresses: string[]) {
  const connections: Connection[] = []
  const asked: string[] = []
  return {
    connections,
    asked,
    options: {
      connect: (to: Connection) => {
        connections.push(to)
        throw new Error('nobody is to be called')
      },
      resolve: async (host: string) => {
        asked.push(host)
        return addresses
      },
    },
  }
}
