// Sockets that API Gateway keeps: frame by frame over memory, with a gateway that remembers what it was told.
import { describe, expect, it } from 'vitest'
import type { Gateway } from '../../lib/core/ports.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { keyGate } from '../../lib/http/gate.ts'
import { gatewaySockets, takeFrame } from '../../lib/http/gateway-sockets.ts'
import { feedReader } from '../../lib/steps/feed.ts'
import { publish } from '../../lib/steps/publish.ts'
import { relayed } from '../../lib/steps/relay.ts'
import { fakes } from '../fakes.ts'

const KEY = 'the-admin-key'
const IN = { path: '/api/events/in', authorization: undefined, address: '203.0.113.1' }
const OUT = { ...IN, path: '/api/events/out' }
const OTHER = '/api/accounts/a/workspaces/11111111-1111-4111-8111-111111111111/events/in'

function stage() {
  const all = fakes()
  const { services } = all
  /** By connection: what was sent to it, and `closed`. */
  const told: Record<string, unknown[]> = {}
  const gone = new Set<string>()
  const tell = (id: string, what: unknown) => {
    told[id] = [...(told[id] ?? []), what]
  }
  const gateway: Gateway = {
    async send(id, frame) {
      if (gone.has(id)) return 'gone'
      if (id.startsWith('broken')) throw new Error('LimitExceededException')
      tell(id, frame)
      return 'sent'
    },
    async close(id) {
      if (id === 'broken for good') throw new Error('LimitExceededException')
      tell(id, 'closed')
    },
  }
  const gate = keyGate(services, { adminKey: { isRight: async (text) => text === KEY } })
  const sockets = gatewaySockets(services, gateway, feedReader(services), gate)
  const say = (id: string, frame: object) => sockets.frame(id, JSON.stringify(frame), IN.address)
  const take = takeFrame(services)
  const goOut = publish({ ...services, bus: relayed(services, gateway) })
  const emit = (...names: string[]) =>
    goOut(names.map((name) => ({ workspace: DEFAULT_WORKSPACE, event: eventOf(name) })))
  return { ...all, sockets, say, take, told, gone, emit }
}

const eventOf = (name: string, id = idOf(name)) => ({
  id,
  occurred: '2026-11-21T09:00:00.000000Z',
  received: '2026-11-21T09:00:00.000000Z',
  event: name,
  resource: { 'prefect.resource.id': 'oven' },
  related: [],
  payload: {},
  follows: null,
})

const idOf = (name: string) =>
  `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`

const namesOf = (frames: unknown[] = []) =>
  frames.map((frame) => (frame as { event?: { event: string } }).event?.event ?? frame)

describe('a connection', () => {
  it('does not come about at a path that has no socket', async () => {
    const { sockets } = stage()

    await expect(sockets.connect('c', { ...IN, path: '/api/events/by' })).rejects.toMatchObject({
      status: 404,
    })
  })

  it('is told that it is welcome when its upgrade showed a key, and its first frame none', async () => {
    const { sockets, say, told } = stage()
    await sockets.connect('c', { ...IN, authorization: `Bearer ${KEY}` })

    await say('c', { type: 'auth', token: null })

    expect(told.c).toEqual([{ type: 'auth_success' }])
  })

  it('is told that it is welcome when its first frame shows a key', async () => {
    const { sockets, say, told } = stage()
    await sockets.connect('c', IN)

    await say('c', { type: 'auth', token: `tripline:${KEY}` })

    expect(told.c).toEqual([{ type: 'auth_success' }])
  })

  it.each([
    ['a wrong key', IN.path, { type: 'auth', token: 'wrong' }],
    ['no key', IN.path, { type: 'auth', token: null }],
    ['a filter before anything else', OUT.path, { type: 'filter', filter: {} }],
    ['a key of another workspace', OTHER, { type: 'auth', token: KEY }],
  ])('is closed for %s', async (_, path, frame) => {
    const { sockets, say, told } = stage()
    await sockets.connect('c', { ...IN, path })

    await say('c', frame)

    expect(told.c).toEqual(['closed'])
  })

  it('may show its key in a header, and is refused when that opens nothing', async () => {
    const { sockets, take, services } = stage()
    await sockets.connect('c', { ...IN, authorization: `Bearer ${KEY}` })

    await take('c', JSON.stringify(eventOf('bread.baked')))

    expect(await services.events.get(DEFAULT_WORKSPACE, idOf('bread.baked'))).not.toBeNull()
    await expect(
      sockets.connect('d', { ...IN, authorization: 'Bearer wrong' }),
    ).rejects.toMatchObject({ status: 401 })
  })
})

describe('a queued frame', () => {
  it('is an event of the workspace that its connection was let into', async () => {
    const { sockets, say, take, services } = stage()
    await sockets.connect('c', IN)
    await say('c', { type: 'auth', token: KEY })
    await sockets.disconnect('c')

    await take('c', JSON.stringify(eventOf('bread.baked')))

    expect(await services.events.get(DEFAULT_WORKSPACE, idOf('bread.baked'))).toMatchObject({
      event: 'bread.baked',
    })
  })

  it.each([
    ['from a connection that never said who it is', IN.path, null],
    ['from one that was refused', IN.path, 'wrong'],
    ['from a socket that only listens', OUT.path, KEY],
  ])('is dropped %s', async (_, path, token) => {
    const { sockets, say, take, services, logged } = stage()
    await sockets.connect('c', { ...IN, path })
    if (token !== null) await say('c', { type: 'auth', token })

    await take('c', JSON.stringify(eventOf('bread.baked')))

    expect(await services.events.get(DEFAULT_WORKSPACE, idOf('bread.baked'))).toBeNull()
    expect(logged.map(({ fact }) => fact)).toContain('a frame of nobody who was let in')
  })

  it('is dropped when it is no event, and a connection of nobody harms nobody', async () => {
    const { sockets, say, take, logged } = stage()
    await sockets.connect('c', IN)
    await say('c', { type: 'auth', token: KEY })

    await take('c', 'no JSON')
    await take('unknown', '{}')

    expect(logged.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn'])
  })
})

describe('a subscription', () => {
  async function subscribed(frame: object = {}) {
    const made = stage()
    await made.emit('bread.before')
    await made.sockets.connect('c', OUT)
    await made.say('c', { type: 'auth', token: KEY })
    await made.say('c', { type: 'filter', filter: { event: { prefix: ['bread.'] } }, ...frame })
    return made
  }

  it('begins with what is stored and goes on with what comes, as far as it passes the filter', async () => {
    const { emit, told } = await subscribed()

    await emit('bread.baked', 'oven.cold')

    expect(namesOf(told.c)).toEqual([{ type: 'auth_success' }, 'bread.before', 'bread.baked'])
  })

  it('leaves out what is stored when told to', async () => {
    const { emit, told } = await subscribed({ backfill: false })

    await emit('bread.baked')

    expect(namesOf(told.c)).toEqual([{ type: 'auth_success' }, 'bread.baked'])
  })

  it('is refused with a filter that is none', async () => {
    const { told } = await subscribed({ filter: { nonsense: true } })

    expect(told.c).toEqual([{ type: 'auth_success' }, 'closed'])
  })

  it('ends with its connection, or when somebody notices that the client has gone', async () => {
    const left = await subscribed()
    await left.sockets.disconnect('c')
    const vanished = await subscribed()
    vanished.gone.add('c')

    await left.emit('bread.baked')
    await vanished.emit('bread.baked')

    expect(namesOf(left.told.c)).not.toContain('bread.baked')
    for (const { services } of [left, vanished]) {
      expect(await services.connections.subscribers(DEFAULT_WORKSPACE)).toEqual([])
    }
  })

  it('that can be neither reached nor closed keeps the others from nothing', async () => {
    const { services, emit, told } = await subscribed()
    const [one] = await services.connections.subscribers(DEFAULT_WORKSPACE)
    if (!one) throw new Error('nobody has subscribed')
    const broken = { ...one, connectionId: 'broken for good' }
    await services.connections.subscribe(DEFAULT_WORKSPACE, broken)

    await emit('bread.baked')

    expect(namesOf(told.c)).toContain('bread.baked')
    expect(await services.connections.subscribers(DEFAULT_WORKSPACE)).toHaveLength(2)
  })

  it('that cannot be reached is cut off, and keeps the others from nothing', async () => {
    const { services, emit, told } = await subscribed()
    const [one] = await services.connections.subscribers(DEFAULT_WORKSPACE)
    if (one) {
      const broken = { ...one, connectionId: 'broken' }
      await services.connections.subscribe(DEFAULT_WORKSPACE, broken)
    }

    await emit('bread.baked')

    expect(namesOf(told.c)).toContain('bread.baked')
    expect(told.broken).toEqual(['closed'])
    expect(await services.connections.subscribers(DEFAULT_WORKSPACE)).toMatchObject([
      { connectionId: 'c' },
    ])
  })
})
