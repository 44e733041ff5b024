import { afterEach, beforeEach, expect, it } from 'vitest'
import type { State } from '../../lib/core/run.ts'
import { flow } from '../../lib/sdk/flow.ts'
import { type Runtime, withRuntime } from '../../lib/sdk/runtime.ts'
import { type Serving, serve } from '../../lib/sdk/serve.ts'
import { DeploymentTrigger } from '../../lib/sdk/triggers.ts'
import { eventually, type FakeApi, fakeApi, manualClock, testRuntime } from './fakes.ts'

let clock = manualClock()
let api: FakeApi
let at: Runtime
let serving: Serving
let begun: Begun[]
beforeEach(async () => {
  begun = []
  clock = manualClock()
  api = await fakeApi(clock)
  ;({ at } = testRuntime(api.url, clock))
})
afterEach(async () => {
  const stopped = serving.stop()
  for (const { finish } of begun) finish()
  await stopped
  await api.stop()
})

const SET_STATE = 'POST /flow_runs/:id/set_state'
const POLL = 'POST /deployments/get_scheduled_flow_runs'
const polls = () => api.requests.filter((one) => one === POLL).length
/** Waits until the server was asked and the poller sleeps; then lets it ask once more. */
async function nextPoll() {
  const before = polls()
  await eventually(() => clock.sleeping().includes(2000))
  clock.advance(2000)
  await eventually(() => polls() > before && clock.sleeping().includes(2000))
}
const stateOf = (run: { id: string }) => api.runs.get(run.id)?.state?.type

interface Begun {
  parameters: unknown
  at: number
  finish: () => void
}

/** A flow whose runs go on until told; those that have begun are in `begun`. */
function slowFlow() {
  return flow(
    (parameters: object) =>
      new Promise<void>((finish) => begun.push({ parameters, at: clock.now(), finish })),
    { name: 'bake' },
  )
}

async function serveSlowly(options: { limit?: number } = {}) {
  const bake = slowFlow()
  serving = await withRuntime(at, () => bake.serve({ name: 'daily', ...options }))
  await eventually(() => polls() === 1)
  return serving.deployments[0]?.id ?? ''
}

it('registering asks, writes and replaces in the order of Prefect’s client', async () => {
  const bake = flow(({ grams }: { grams: number }) => grams, { name: 'bake' })
  const triggers = [DeploymentTrigger({ expect: 'dough.proofed' })]

  serving = await withRuntime(at, () => bake.serve({ name: 'daily', triggers, tags: ['bread'] }))

  expect(api.requests.slice(0, 5)).toEqual([
    'GET /deployments/name/bake/daily',
    'POST /flows/',
    'POST /deployments/',
    'DELETE /automations/owned-by/prefect.deployment.:id',
    'POST /automations/',
  ])
  expect(api.bodies[2]).toMatchObject({
    name: 'daily',
    tags: ['bread'],
    paused: false,
    parameter_openapi_schema: { properties: { grams: { title: 'grams' } } },
  })
})

it('a deployment that is there already is changed', async () => {
  const id = crypto.randomUUID()
  api.answers['GET /deployments/name/bake/daily'] = () => ({ status: 200, body: { id } })
  const bake = slowFlow()

  serving = await withRuntime(at, () => bake.serve({ name: 'daily' }))

  expect(api.requests.slice(0, 3)).toEqual([
    'GET /deployments/name/bake/daily',
    'POST /flows/',
    'PATCH /deployments/:id',
  ])
  expect(serving.deployments).toEqual([{ id, flow: 'bake', name: 'daily' }])
})

it('a due run is taken by Pending, gets its parameters, and ends Completed', async () => {
  const id = await serveSlowly()
  const run = api.schedule(id, 0, { grams: 800 })
  await nextPoll()
  await eventually(() => begun.length === 1)
  expect(begun[0]?.parameters).toEqual({ grams: 800 })
  expect(stateOf(run)).toBe('RUNNING')

  begun[0]?.finish()

  await eventually(() => stateOf(run) === 'COMPLETED')
})

it('runs due within ten seconds are asked for', async () => {
  await serveSlowly()

  const body = api.bodies[api.requests.indexOf(POLL)]
  expect(body).toMatchObject({ scheduled_before: '2026-11-21T09:00:10.000000Z' })
})

it('a run is taken shortly before its time and begins at it, not earlier', async () => {
  const id = await serveSlowly()
  const run = api.schedule(id, 5_250.25)
  await nextPoll()
  expect(stateOf(run)).toBe('SCHEDULED')
  await nextPoll()
  await eventually(() => stateOf(run) === 'PENDING' && clock.sleeping()[0] === 1250.25)
  const due = clock.now() + 1_250_250

  clock.advance(1250.25)

  await eventually(() => begun.length === 1)
  expect(begun[0]?.at).toBe(due)
})

it('a run that somebody else took is left alone', async () => {
  const id = await serveSlowly()
  const run = api.schedule(id, 0)
  const listed = structuredClone(run)
  api.answers[POLL] = () => ({ status: 200, body: [listed] })
  if (run.state) run.state = { ...run.state, type: 'PENDING' }

  await nextPoll()
  await nextPoll()

  expect(begun).toEqual([])
  expect(stateOf(run)).toBe('PENDING')
})

it('a run that was taken by us is ours, also when the answer was lost on the way', async () => {
  const id = await serveSlowly()
  const run = api.schedule(id, 0)
  api.answers[SET_STATE] = ({ state }) => {
    delete api.answers[SET_STATE] // the first time only: written, but not answered
    if (run.state) run.state = { ...run.state, ...(state as State) }
    return { status: 503, headers: { 'retry-after': '1' } }
  }

  await nextPoll()
  await eventually(() => clock.sleeping().includes(1000))
  clock.advance(1000)

  await eventually(() => begun.length === 1)
})

it('no more runs than the limit go on at one time', async () => {
  const id = await serveSlowly({ limit: 1 })
  api.schedule(id, 0)
  api.schedule(id, 0)
  await nextPoll()
  await eventually(() => begun.length === 1)
  await nextPoll()
  expect(begun.length).toBe(1)

  begun[0]?.finish()
  await eventually(() => [...api.runs.values()].some((run) => run.state?.type === 'COMPLETED'))
  await nextPoll()

  await eventually(() => begun.length === 2)
})

it('a run that goes on tells so every 30 seconds', async () => {
  const id = await serveSlowly()
  const run = api.schedule(id, 0)
  await nextPoll()
  await eventually(() => begun.length === 1)

  clock.advance(30_000)

  const beats = () => api.frames.filter(({ event }) => event === 'prefect.flow-run.heartbeat')
  await eventually(() => beats().length === 2)
  expect(beats()[0]).toMatchObject({
    resource: { 'prefect.resource.id': `prefect.flow-run.${run.id}` },
    related: [{ 'prefect.resource.role': 'flow' }, { 'prefect.resource.role': 'deployment' }],
  })
})

it('stopping lets runs finish, takes no new ones, and pauses the deployment', async () => {
  const id = await serveSlowly()
  const run = api.schedule(id, 0)
  await nextPoll()
  await eventually(() => begun.length === 1)

  const stopped = serving.stop()
  const late = api.schedule(id, 0)
  begun[0]?.finish()
  await stopped

  expect(stateOf(run)).toBe('COMPLETED')
  expect(stateOf(late)).toBe('SCHEDULED')
  expect(api.requests).toContain('PATCH /deployments/:id')
  expect(api.bodies[api.requests.indexOf('PATCH /deployments/:id')]).toEqual({ paused: true })
})

it('a server that is away for a while is asked on', async () => {
  const id = await serveSlowly()
  api.answers[POLL] = () => ({ status: 500, body: { detail: 'restarting' } })
  await nextPoll()
  delete api.answers[POLL]
  api.schedule(id, 0)

  await nextPoll()

  await eventually(() => begun.length === 1)
})

it('two deployments are served as one', async () => {
  const bake = slowFlow()
  serving = await withRuntime(at, () =>
    serve(bake.toDeployment({ name: 'daily' }), bake.toDeployment({ name: 'weekly' })),
  )
  await eventually(() => polls() === 1)
  for (const { id } of serving.deployments) api.schedule(id, 0)

  await nextPoll()

  await eventually(() => begun.length === 2)
})
