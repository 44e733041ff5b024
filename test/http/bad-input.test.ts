// Bad input at the doors where events come in, over real HTTP: /hooks/:slug and POST /api/events. Whatever is sent, nobody gets a 5xx,
// and what was refused has stored nothing.
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../lib/core/event.ts'
import { BODY_BYTES_MAX } from '../../lib/http/body.ts'
import { type LocalServer, startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import { silent } from '../local/database.ts'

let server: LocalServer
let slug = ''
let disabled = ''
let agent: Agent

beforeAll(async () => {
  server = await startLocal({ app: localApp, log: silent, port: 0, dataDir: null })
  slug = (await said('POST', '/webhooks/', { name: 'flour' })).slug
  disabled = (await said('POST', '/webhooks/', { name: 'salt', enabled: false })).slug
  agent = new Agent() // keeps no connection: one that was refused in mid-body is of no use to the next call
})
afterAll(async () => {
  agent.destroy()
  await server.stop()
})

async function said(method: string, path: string, body: unknown) {
  const answer = await fetch(`${server.url}/api${path}`, { method, body: JSON.stringify(body) })
  return (await answer.json()) as ReturnType<typeof JSON.parse>
}

interface Sent {
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** In chunks, its length unsaid. */
  isChunked?: boolean
}

/** The status, also of an answer that comes before the whole body was sent. */
function statusOf({ method = 'POST', path, headers = {}, body = '', isChunked }: Sent) {
  const bytes = Buffer.from(body)
  const length = isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': bytes.length }
  return new Promise<number>((resolve, reject) => {
    const options = { method, headers: { ...length, ...headers }, agent }
    const call = request(`${server.url}${path ?? `/hooks/${slug}`}`, options, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    call.on('error', reject)
    call.end(bytes)
  })
}

/** What a server says to bytes that no client would send. */
async function answerTo(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => {}) // it may be cut while we still write
  socket.write(bytes)
  let answer = ''
  socket.on('data', (data) => {
    answer += data
    socket.end()
  })
  await once(socket, 'close')
  return answer.split('\r\n')[0] ?? ''
}

/** Of all times: a number is a moment too, and most are long ago, where a feed that is not asked does not look. */
const EVER = { since: '0001-01-01T00:00:00Z', until: '9999-12-31T23:59:59Z' }

/** The newest events of senders, not those that tell of our objects, and how many there are. */
async function stored(): Promise<{ events: Event[]; total: number }> {
  await server.drain()
  const filter = { occurred: EVER, event: { exclude_prefix: ['prefect'] } }
  return said('POST', '/events/filter', { filter })
}
const count = async () => (await stored()).total

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const tooLarge = 'x'.repeat(BODY_BYTES_MAX + 1)
const notUtf8 = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])

describe('a webhook answers', () => {
  it.each<[string, number, () => Sent]>([
    ['an unknown slug', 404, () => ({ path: '/hooks/AERylZ_uewzpDx-8fcweHQ' })],
    ['a disabled webhook', 404, () => ({ path: `/hooks/${disabled}` })],
    ['no slug', 404, () => ({ path: '/hooks/' })],
    ['a path below a slug', 404, () => ({ path: `/hooks/${slug}/flour` })],
    ['a slug that is no URL text', 404, () => ({ path: '/hooks/%E0%A4%A' })],
    ['a slug of NULs', 404, () => ({ path: '/hooks/%00%00' })],
    ['a slug of 8,000 characters', 404, () => ({ path: `/hooks/${'a'.repeat(8_000)}` })],
    ['OPTIONS', 404, () => ({ method: 'OPTIONS' })],
    ['a method nobody calls webhooks with', 404, () => ({ method: 'PROPFIND' })],
    ['JSON that is none', 400, () => ({ headers: JSON_TYPE, body: '{"flour":' })],
    ['JSON that is not UTF-8', 400, () => ({ headers: JSON_TYPE, body: notUtf8 })],
    ['JSON nested 100,000 deep', 400, () => ({ headers: JSON_TYPE, body: deep(100_000) })],
    ['a body too large, as declared', 413, () => ({ body: tooLarge })],
    ['a body too large, undeclared', 413, () => ({ body: tooLarge, isChunked: true })],
    ['a length that lies', 413, () => ({ headers: { 'content-length': '6000000' } })],
  ])('%s with %i, and stores nothing', async (_, status, sent) => {
    const before = await count()

    expect(await statusOf(sent())).toBe(status)

    expect(await count()).toBe(before)
  })

  it.each<[string, () => Sent]>([
    ['nothing at all', () => ({})],
    ['GET', () => ({ method: 'GET' })],
    ['HEAD', () => ({ method: 'HEAD' })],
    ['JSON in chunks', () => ({ headers: JSON_TYPE, body: '{"a": 1}', isChunked: true })],
    ['text nested 100,000 deep', () => ({ body: deep(100_000) })],
    [
      'text that is not UTF-8',
      () => ({ headers: { 'content-type': 'text/plain' }, body: notUtf8 }),
    ],
    ['a type of semicolons', () => ({ headers: { 'content-type': ';;;' }, body: '{' })],
    ['a type that is empty', () => ({ headers: { 'content-type': '' }, body: 'flour' })],
    ['a form of percent signs', () => ({ headers: FORM_TYPE, body: '%%%=%&=&&' })],
    ['a query of 10,000 characters', () => ({ path: `/hooks/${slug}?${'q='.repeat(5_000)}` })],
    ['a query that is no URL text', () => ({ path: `/hooks/${slug}?%E0%A4%A=%` })],
  ])('%s with 204', async (_, sent) => {
    const before = await count()

    expect(await statusOf(sent())).toBe(204)

    expect(await count()).toBe(before + 1)
  })

  it('keys named __proto__ as data, and pollutes nothing', async () => {
    const body = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'

    expect(await statusOf({ headers: JSON_TYPE, body })).toBe(204)

    const { events } = await stored()
    expect(JSON.stringify(events[0]?.payload.body)).toBe(body)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it.each([
    ['ten thousand headers', 431, `${'a: b\r\n'.repeat(10_000)}\r\n`],
    ['a header of 20,000 characters', 431, `a: ${'b'.repeat(20_000)}\r\n\r\n`],
    ['a length that is no number', 400, 'content-length: many\r\n\r\n'],
    ['two lengths', 400, 'content-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      400,
      'content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['chunks that are none', 400, 'transfer-encoding: chunked\r\n\r\nzz\r\n'],
  ])('%s with %i', async (_, status, rest) => {
    const answer = await answerTo(`POST /hooks/${slug} HTTP/1.1\r\nhost: 127.0.0.1\r\n${rest}`)

    expect(answer).toContain(` ${status} `)
  })

  it('a hundred deliveries of one name at once, as one event', async () => {
    const sent = { headers: { ...JSON_TYPE, 'webhook-id': 'one delivery' }, body: '{}' }
    const before = await count()

    const statuses = await Promise.all(Array.from({ length: 100 }, () => statusOf(sent)))

    expect(new Set(statuses)).toEqual(new Set([204]))
    expect(await count()).toBe(before + 1)
  })
})

let drafts = 0
function draft(more: object = {}) {
  drafts += 1
  const id = `00000000-0000-4000-8000-${String(drafts).padStart(12, '0')}`
  const resource = { 'prefect.resource.id': 'oven.1' }
  return { id, occurred: new Date().toISOString(), event: 'oven.warm', resource, ...more }
}

/** The body of a request for a good event, one that is to be refused, and another good one. */
const amongGood = (bad: object) => ({ body: JSON.stringify([draft(), draft(bad), draft()]) })

describe('POST /api/events answers', () => {
  const path = '/api/events'
  const unnamed = JSON.parse('{"__proto__": "prefect.resource.id"}')

  it.each<[string, number, () => Sent]>([
    ['a Host of elsewhere', 403, () => ({ headers: { host: 'evil.example' } })],
    ['no body', 422, () => ({})],
    ['JSON that is none', 422, () => ({ body: '[{' })],
    ['an object', 422, () => ({ body: JSON.stringify(draft()) })],
    ['JSON that is not UTF-8', 422, () => ({ body: notUtf8 })],
    ['JSON nested 100,000 deep', 422, () => ({ body: deep(100_000) })],
    ['a body too large', 413, () => ({ body: tooLarge })],
    ['a body too large, undeclared', 413, () => ({ body: tooLarge, isChunked: true })],
    ['an id that is none', 422, () => amongGood({ id: 1 })],
    ['a payload nested too deep', 422, () => amongGood({ payload: { a: JSON.parse(deep(400)) } })],
    ['an event that is too large', 422, () => amongGood({ payload: { a: 'x'.repeat(1_600_000) } })],
    ['a resource without its id', 422, () => amongGood({ resource: unnamed })],
  ])('%s with %i, and stores nothing', async (_, status, sent) => {
    const before = await count()

    expect(await statusOf({ path, ...sent() })).toBe(status)

    expect(await count()).toBe(before)
  })

  it('labels and payloads named __proto__ as data, and pollutes nothing', async () => {
    const resource = JSON.parse('{"prefect.resource.id":"oven.1","__proto__":"label"}')
    const sent = draft({ resource, payload: JSON.parse('{"__proto__":{"polluted":true}}') })

    expect(await statusOf({ path, body: JSON.stringify([sent]) })).toBe(204)

    const event = await (await fetch(`${server.url}${path}/${sent.id}`)).text()
    expect(event).toContain('"__proto__":"label"')
    expect(event).toContain('"__proto__":{"polluted":true}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('a name with half of a surrogate pair', () => {
  const half = '\ud83e'
  const trigger = { type: 'event', posture: 'Reactive', expect: ['oven.warm'], threshold: 1 }
  const automation = { name: 'warm', trigger, actions: [] }
  it.each([
    ['/variables/', 422, { name: half, value: 1 }],
    ['/v2/concurrency_limits/', 422, { name: half, limit: 1 }],
    ['/v2/concurrency_limits/increment', 200, { names: [half], slots: 1 }],
    ['/concurrency_limits/', 422, { tag: half, concurrency_limit: 1 }],
    ['/work_pools/', 422, { name: half, type: 'process' }],
    ['/automations/', 422, { ...automation, owner_resource: half }],
  ])('is refused, or not found, by %s', async (path, status, body) => {
    expect(await statusOf({ path: `/api${path}`, body: JSON.stringify(body) })).toBe(status)
  })
})

/** Text of a header as a client may send it. */
const headerText = fc.string({ unit: fc.constantFrom(...'abcXYZ019 ;=,/"*-_.%{}'), maxLength: 40 })
const METHODS = 'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND'.split(' ')
const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/cloudevents+json',
  'multipart/form-data; boundary=x',
]
const HEADERS = 'ce-id ce-source ce-type x-flour prefer accept content-encoding'.split(' ')
const brackets = fc.string({ unit: fc.constantFrom(...'[]{}":,\\u0\n\0é😀'), maxLength: 500 })
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.json().map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text.slice(0, -1))),
  brackets.map((text) => Buffer.from(text)),
)
const anyCall = fc.record({
  method: fc.constantFrom(...METHODS),
  query: fc.string({ unit: fc.constantFrom(...'ab=&%?#/.0😀'), maxLength: 60 }),
  type: fc.oneof(headerText, fc.constantFrom(...TYPES)),
  more: fc.dictionary(fc.constantFrom(...HEADERS), headerText),
  body: anyBody,
  isChunked: fc.boolean(),
})
type Call = typeof anyCall extends fc.Arbitrary<infer T> ? T : never

const sentTo = (path: string, { query, type, more, ...call }: Call): Promise<number> =>
  statusOf({
    ...call,
    path: encodeURI(`${path}?${query}`),
    headers: { ...more, 'content-type': type },
  })

/** Mostly as it should be, so that some whole events are. */
const or = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.anything() })
const TODAY = { noInvalidDate: true, min: new Date(Date.now() - 86_400_000), max: new Date() }
const anyEvent = fc.record(
  {
    id: or(fc.uuid()),
    occurred: or(fc.date(TODAY).map((at) => at.toISOString())),
    event: or(fc.string()),
    resource: or(fc.constant({ 'prefect.resource.id': 'oven.1' })),
    related: fc.constantFrom([], [], [], [{}], 1),
    payload: or(fc.dictionary(fc.string(), fc.jsonValue())),
  },
  { requiredKeys: ['id', 'occurred', 'event', 'resource'] },
)
const anyEvents = fc.oneof(
  anyBody,
  fc.array(anyEvent, { maxLength: 3 }).map((events) => Buffer.from(jsonOf(events))),
)

/** JSON of anything; what JSON has no word for is left out. */
const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? Number(one) : one))

describe('at random', () => {
  it('a webhook is called in 400 ways, answers quietly, and stores what it took', async () => {
    const before = await count()
    let taken = 0

    await fc.assert(
      fc.asyncProperty(anyCall, async (call) => {
        const status = await sentTo(`/hooks/${slug}`, call)
        expect([200, 204, 400, 404]).toContain(status)
        if (status < 300) taken += 1
      }),
      { numRuns: 400, endOnFailure: true },
    )

    expect(await count()).toBe(before + taken)
  })

  it('POST /api/events is sent 400 bodies, and stores those that are events', async () => {
    const before = await count()
    const taken = new Set<string>()

    await fc.assert(
      fc.asyncProperty(anyCall, anyEvents, async (call, body) => {
        const status = await sentTo('/api/events', { ...call, method: 'POST', body })
        expect([204, 422]).toContain(status)
        if (status === 422) return
        for (const { id } of JSON.parse(Buffer.from(body).toString())) taken.add(id.toLowerCase())
      }),
      { numRuns: 400, endOnFailure: true },
    )

    expect(await count()).toBe(before + taken.size)
  })
})
