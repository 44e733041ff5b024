import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { withRun } from '../../lib/sdk/context.ts'
import { emitEvent, type NewEvent } from '../../lib/sdk/events.ts'
import { closeRuntime, flush, type Runtime, withRuntime } from '../../lib/sdk/runtime.ts'
import { eventually, type FakeApi, fakeApi, manualClock, NOBODY, testRuntime } from './fakes.ts'

let clock = manualClock()
let api: FakeApi
let at: Runtime
let lines: string[]
beforeEach(async () => {
  clock = manualClock()
  api = await fakeApi()
  ;({ at, lines } = testRuntime(api.url, clock))
})
afterEach(() => api.stop())

const dough = { 'prefect.resource.id': 'bakery.dough.1' }
const proofed = (more: Partial<NewEvent> = {}) =>
  withRuntime(at, () => emitEvent({ event: 'dough.proofed', resource: dough, ...more }))
const names = () => api.frames.map((frame) => frame.type ?? frame.event)

it('the socket opens with the auth frame, and events follow in order', async () => {
  for (const n of [1, 2, 3]) proofed({ event: `dough.${n}` })
  await withRuntime(at, flush)

  expect(names()).toEqual(['auth', 'dough.1', 'dough.2', 'dough.3'])
  expect(api.frames[0]).toEqual({ type: 'auth', token: null })
})

it('what was emitted is what was sent', async () => {
  const emitted = proofed({ payload: { grams: 800 }, occurred: '2026-11-21T09:00:00.000001Z' })
  await withRuntime(at, flush)

  expect(api.frames[1]).toEqual(emitted)
  expect(emitted).toMatchObject({
    occurred: '2026-11-21T09:00:00.000001Z',
    payload: { grams: 800 },
    related: [],
    follows: null,
  })
})

it.each([
  ['just before', '2026-11-21T08:55:00.000001Z', true],
  ['five minutes before', '2026-11-21T08:55:00Z', false],
])('follows names an event that happened %s: %s', (_, occurred, isKept) => {
  const leader = proofed({ occurred })

  const { follows } = proofed({ follows: leader })

  expect(follows).toBe(isKept ? leader.id : null)
})

it('events without a confirmation are sent again on the next connection, in order', async () => {
  api.pongs = false
  proofed({ event: 'dough.1' })
  proofed({ event: 'dough.2' })
  await eventually(() => api.frames.length === 3)
  for (const socket of api.sockets) socket.terminate()
  await eventually(() => api.frames.length === 6)
  api.pongs = true
  await withRuntime(at, flush)

  expect(names()).toEqual(['auth', 'dough.1', 'dough.2', 'auth', 'dough.1', 'dough.2'])
})

it('confirmed events are not sent again', async () => {
  proofed({ event: 'dough.1' })
  await withRuntime(at, flush)
  for (const socket of api.sockets) socket.terminate()
  await eventually(() => api.sockets.size === 0)
  proofed({ event: 'dough.2' })
  await withRuntime(at, flush)

  expect(names()).toEqual(['auth', 'dough.1', 'auth', 'dough.2'])
})

it('a connection without pongs is given up, and another one tried', async () => {
  api.pongs = false
  proofed()
  await eventually(() => api.frames.length === 2)
  const flushed = withRuntime(at, flush)
  await eventually(() => clock.sleeping().includes(10_000))
  clock.advance(10_000)
  api.pongs = true

  await flushed
  expect(names()).toEqual(['auth', 'dough.proofed', 'auth', 'dough.proofed'])
})

it('reconnecting pauses longer and longer, and gives up in the end', async () => {
  api.pongs = false
  proofed()
  await eventually(() => api.frames.length === 2)
  await api.stop()

  const flushed = withRuntime(at, flush)
  for (const pause of [250, 500, 1000, 2000, 4000, 8000, 8000]) {
    await eventually(() => clock.sleeping().includes(pause))
    clock.advance(pause)
  }

  await flushed
  expect(lines).toEqual([expect.stringMatching(/events are dropped: .* does not come back/)])
  api = await fakeApi()
})

it('closing sends what waits and closes with 1000; a later event opens again', async () => {
  proofed()
  await closeRuntime(at)
  await eventually(() => api.closed.length === 1)
  proofed()
  await withRuntime(at, flush)

  expect(api.closed).toEqual([1000])
  expect(names()).toEqual(['auth', 'dough.proofed', 'auth', 'dough.proofed'])
})

it('with no server there, that is said once and events are dropped', async () => {
  ;({ at, lines } = testRuntime(NOBODY, clock))

  proofed()
  await withRuntime(at, flush)
  proofed()
  await withRuntime(at, flush)

  expect(lines).toEqual([
    `tripline: events are dropped: no API at ${NOBODY}; start one with \`npx tripline start\`, or set TRIPLINE_API_URL`,
  ])
})

it('a server that closes with 1008 is not asked again: the key is named as the remedy', async () => {
  api.authenticates = false

  proofed()
  await withRuntime(at, flush)

  expect(lines).toEqual([expect.stringMatching(/demands a key .*set TRIPLINE_API_KEY/)])
  expect(names()).toEqual(['auth'])
})

it('inside of a run, its resources are added, but none twice', async () => {
  const id = crypto.randomUUID()
  const run = { id, name: 'brisk-otter', flow_id: 'f', tags: ['rye', 'bread'] }
  const context = { flow: { name: 'bake' }, deployment: { id: 'd', name: 'daily' }, run }
  const flow = { 'prefect.resource.id': 'prefect.flow.f', 'prefect.resource.role': 'my-flow' }

  const { related } = withRun(context as never, () => proofed({ related: [flow] }))

  expect(related.map((one) => [one['prefect.resource.role'], one['prefect.resource.id']])).toEqual([
    ['my-flow', 'prefect.flow.f'],
    ['flow-run', `prefect.flow-run.${id}`],
    ['deployment', 'prefect.deployment.d'],
    ['tag', 'prefect.tag.bread'],
    ['tag', 'prefect.tag.rye'],
  ])
})

it.each([
  ['a resource without an id', { resource: {} as never }],
  ['a related resource without a role', { related: [dough] as never }],
  ['no instant', { occurred: 'yesterday' }],
  ['no UUID', { id: '1' }],
])('%s is refused before it is sent', (_, wrong) => {
  expect(() => proofed(wrong)).toThrow()
})

it('a server that takes the socket and stays silent is given up', async () => {
  api.isSilent = true
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  proofed()
  await eventually(() => api.frames.length === 1)

  const flushed = withRuntime(at, flush)
  vi.advanceTimersByTime(10_000)
  await flushed
  vi.useRealTimers()

  expect(lines.join()).toContain('events are dropped')
})
