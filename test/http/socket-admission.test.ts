// Who may use a socket, in every way in which Prefect's clients say who they are.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Scope } from '../../lib/core/api-key.ts'
import type { Event } from '../../lib/core/event.ts'
import { createFeedIndex } from '../../lib/core/feed.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { api } from '../../lib/entries.ts'
import { keyGate, openGate } from '../../lib/http/gate.ts'
import { sessionGate } from '../../lib/http/session-gate.ts'
import { SOCKET_TRUSTED_SECONDS } from '../../lib/http/socket-admission.ts'
import { eventSockets } from '../../lib/http/sockets.ts'
import { SESSION, sessions } from '../../lib/steps/console-session.ts'
import { fakes, newEvents } from '../fakes.ts'

const OWN = '11111111-1111-4111-8111-111111111111'
const NAMED = (workspace: string, way: string) =>
  `/api/accounts/a/workspaces/${workspace}/events/${way}`

const proofed = {
  id: '01939393-9393-7393-8393-939393939393',
  event: 'dough.proofed',
  occurred: '2026-11-21T09:00:00Z',
  resource: { 'prefect.resource.id': 'dough.1' },
}

async function bakery(gate: 'keys' | 'open' = 'keys', hasSessions = false) {
  const here = fakes()
  const { services } = here
  const keyed = keyGate(services)
  let hear: (events: Event[]) => void = () => {}
  const openSocket = eventSockets(
    services,
    async () => createFeedIndex(),
    (_workspace, hearing) => {
      hear = hearing
      return () => {
        hear = () => {}
      }
    },
    gate === 'open' ? openGate : hasSessions ? sessionGate(keyed, services) : keyed,
  )
  const app = api(services)
  const post = async (path: string, body: object) =>
    (await app.request(path, { method: 'POST', body: JSON.stringify(body) })).json()
  const keyWith = async (scopes: Scope[], workspace = DEFAULT_WORKSPACE) => {
    const made = await post(`/api/accounts/a/workspaces/${workspace}/keys`, { name: 'k', scopes })
    return made as { key: string; id: string }
  }
  const key = (await keyWith(['write'])).key
  here.take('events')

  function connect(path: string, headers: Record<string, string> = {}) {
    const heard: unknown[] = []
    const socket = openSocket(
      path,
      {
        send: (frame) => heard.push(frame),
        close: (code, reason) => heard.push(`${code} ${reason}`),
      },
      { header: (name) => headers[name], address: '203.0.113.7' },
    )
    if (!socket) throw new Error(`no socket at ${path}`)
    const say = async (...frames: object[]) => {
      for (const frame of frames) socket.frame(JSON.stringify(frame))
      await socket.settled()
      return heard
    }
    return { say, heard, socket }
  }

  return { here, app, key, keyWith, connect, publish: (event: object) => hear([event as Event]) }
}

const basic = (key: string) => `Basic ${Buffer.from(`tripline:${key}`).toString('base64')}`
const auth = (token: string | null) => ({ type: 'auth', token })
const SUCCESS = { type: 'auth_success' }

describe('a socket for events in', () => {
  it.each([
    [
      'AUTH_STRING: Basic, and the same in the first frame',
      (key: string) => basic(key),
      (key: string) => `tripline:${key}`,
    ],
    ['AUTH_STRING, the frame alone', () => undefined, (key: string) => `tripline:${key}`],
    ['a key in the frame', () => undefined, (key: string) => key],
    [
      'a header of the client’s own, and an empty frame',
      (key: string) => `Bearer ${key}`,
      () => null,
    ],
  ])('takes %s', async (_, header, token) => {
    const { connect, key, here } = await bakery()
    const authorization = header(key)

    const heard = await connect('/api/events/in', authorization ? { authorization } : {}).say(
      auth(token(key)),
      proofed,
    )

    expect(heard).toEqual([SUCCESS])
    expect(await newEvents(here)).toMatchObject([{ event: 'dough.proofed' }])
  })

  it('takes Prefect Cloud’s way: Bearer in the upgrade, and events at once', async () => {
    const { connect, key, here } = await bakery()

    const heard = await connect(NAMED(DEFAULT_WORKSPACE, 'in'), {
      authorization: `bearer ${key}`,
    }).say(proofed)

    expect(heard).toEqual([])
    expect(await newEvents(here)).toHaveLength(1)
  })

  it('takes a key in a header of its own', async () => {
    const { connect, key } = await bakery()

    const heard = await connect('/api/events/in', { 'x-tripline-key': key }).say(auth(null))

    expect(heard).toEqual([SUCCESS])
  })

  it('puts events into the workspace of the key', async () => {
    const { connect, keyWith, here } = await bakery()
    const { key } = await keyWith(['ingest'], OWN)

    await connect('/api/events/in').say(auth(key), proofed)

    expect(await here.services.events.get(OWN, proofed.id)).not.toBeNull()
    expect(await here.services.events.get(DEFAULT_WORKSPACE, proofed.id)).toBeNull()
  })
})

describe.each(['in', 'out'])('a socket for events %s', (way) => {
  it.each([
    ['no key', async () => null],
    ['an empty one', async () => ''],
    ['a malformed one', async () => 'guess'],
    ['PREFECT_API_KEY, which Prefect’s client leaves out', async () => null],
    [
      'a key with another scope',
      async ({ keyWith }: Stack) => (await keyWith([way === 'in' ? 'read' : 'ingest'])).key,
    ],
    [
      'a revoked key',
      async ({ keyWith, app }: Stack) => {
        const { id, key } = await keyWith(['admin'])
        await app.request(`/api/keys/${id}`, { method: 'DELETE' })
        return key
      },
    ],
  ])('is closed as Prefect closes it for %s, and stores nothing', async (_, token) => {
    const stack = await bakery()
    const { connect, here } = stack
    const shown = await token(stack)
    here.take('events')

    const heard = await connect(`/api/events/${way}`).say(auth(shown), proofed, {
      type: 'filter',
      filter: {},
    })

    expect(heard).toEqual([expect.stringMatching(/^1008 /)])
    expect(await here.services.events.get(DEFAULT_WORKSPACE, proofed.id)).toBeNull()
  })

  it('is closed for a key of another workspace', async () => {
    const { connect, keyWith } = await bakery()
    const { key } = await keyWith(['admin'], OWN)

    const heard = await connect(NAMED(DEFAULT_WORKSPACE, way)).say(auth(key), proofed)

    expect(heard).toEqual(['1008 Not Found'])
  })

  it('is closed for a wrong key in the upgrade, unless the first frame has a right one', async () => {
    const { connect, key } = await bakery()
    const wrong = { authorization: 'Bearer guess' }

    expect(await connect(`/api/events/${way}`, wrong).say(proofed)).toEqual(['1008 Unauthorized'])
    expect(await connect(`/api/events/${way}`, wrong).say(auth(key))).toEqual([SUCCESS])
  })

  it('is closed when its first frame is not about who is there', async () => {
    const { connect } = await bakery('open')

    const heard = await connect(`/api/events/${way}`).say(proofed)

    expect(heard).toEqual([expect.stringMatching(/^1002 /)])
  })

  it('is open to all where no keys are asked for', async () => {
    const { connect } = await bakery('open')

    expect(await connect(`/api/events/${way}`).say(auth(null))).toEqual([SUCCESS])
  })
})

type Stack = Awaited<ReturnType<typeof bakery>>

describe('a socket that is open', () => {
  it('is closed after its key was revoked, when it would carry something again', async () => {
    const { connect, keyWith, app, here, publish } = await bakery()
    const { id, key } = await keyWith(['read'])
    const { say, heard, socket } = connect('/api/events/out')
    await say(auth(key), { type: 'filter', filter: {}, backfill: false })
    await app.request(`/api/keys/${id}`, { method: 'DELETE' })

    here.clock.advance(SOCKET_TRUSTED_SECONDS)
    publish({ ...proofed, related: [], payload: {} })
    await vi.waitFor(() => expect(heard.at(-1)).toBe('1008 Unauthorized'))
    const told = heard.length
    publish({ ...proofed, id: '01939393-9393-7393-8393-939393939394', related: [], payload: {} })
    await socket.settled()

    expect(heard).toHaveLength(told)
  })
})

describe('a socket of nobody', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is closed half a minute later', async () => {
    const { connect } = await bakery()
    const { heard } = connect('/api/events/in')

    await vi.advanceTimersByTimeAsync(29_000)
    const before = heard.length
    await vi.advanceTimersByTimeAsync(1_000)

    expect(before).toBe(0)
    expect(heard).toEqual(['1008 nobody said who is there'])
  })

  it('stays when its upgrade showed a key, however long it says nothing', async () => {
    const { connect, key } = await bakery()
    const { heard } = connect('/api/events/in', { authorization: `bearer ${key}` })

    await vi.advanceTimersByTimeAsync(600_000)

    expect(heard).toEqual([])
  })
})

describe('a socket of the console', () => {
  async function loggedIn() {
    const stack = await bakery('keys', true)
    const cookie = await sessions(stack.here.services).begin(stack.key)
    const of = (origin: string) => ({
      origin,
      host: 'tripline.test',
      cookie: `theme=dark; ${SESSION}=${encodeURIComponent(cookie)}`,
    })
    return { ...stack, of }
  }

  it('is let in by its session, without a key in its first frame', async () => {
    const { connect, of } = await loggedIn()
    const { say } = connect('/api/events/out', of('https://tripline.test'))
    expect(await say({ type: 'auth', token: '' })).toEqual([{ type: 'auth_success' }])
  })

  it.each(['https://evil.test', 'null', ''])('is not let in from %j', async (origin) => {
    const { connect, of } = await loggedIn()
    const { say } = connect('/api/events/out', of(origin))
    expect(await say({ type: 'auth', token: '' })).toEqual(['1008 Unauthorized'])
  })

  it('is let in no more once the session is over', async () => {
    const { connect, of, here } = await loggedIn()
    here.clock.advance(12 * 3_600 + 1)
    const { say } = connect('/api/events/out', of('https://tripline.test'))
    expect(await say({ type: 'auth', token: '' })).toEqual(['1008 Unauthorized'])
  })
})
