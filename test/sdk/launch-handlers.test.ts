import { afterEach, beforeEach, expect, it } from 'vitest'
import { webhookHeaders } from '../../lib/core/standard-webhook.ts'
import { flow } from '../../lib/sdk/flow.ts'
import { toHono, toLambda } from '../../lib/sdk/launch-handlers.ts'
import { type Runtime, withRuntime } from '../../lib/sdk/runtime.ts'
import { eventually, type FakeApi, fakeApi, manualClock, START, testRuntime } from './fakes.ts'

let api: FakeApi
let at: Runtime
let lines: string[]
beforeEach(async () => {
  const clock = manualClock()
  api = await fakeApi(clock)
  ;({ at, lines } = testRuntime(api.url, clock))
  api.answers['GET /deployments/:id'] = () => ({ status: 200, body: { id: 'd', name: 'daily' } })
})
afterEach(() => api.stop())

const bake = flow(({ grams }: { grams: number }) => grams, { name: 'bake' })
const burn = flow(() => Promise.reject(new Error('burnt')), { name: 'burn' })

function launched(flowName: string) {
  const run = api.schedule('00000000-0000-4000-8000-00000000000d', 0, { grams: 800 })
  const message = {
    type: 'tripline.launch',
    flow_run_id: run.id,
    launch_id: 'launch-1',
    flow: flowName,
    deployment: 'daily',
  }
  return { run, message, state: () => api.runs.get(run.id)?.state }
}

it.each([
  ['invoked', (message: object) => message],
  ['met by a rule of EventBridge', (detail: object) => ({ source: 'tripline', detail })],
])(
  'a Lambda function that is %s takes the run over from the launch and runs it',
  async (_, wrap) => {
    const { run, message, state } = launched('bake')
    const handler = toLambda(bake, burn)

    const answer = await withRuntime(at, () => handler(wrap(message)))

    expect(answer).toEqual({ flow_run_id: run.id, outcome: 'completed' })
    expect(state()?.type).toBe('COMPLETED')
    const proposed = api.bodies.map((body) => body.state as Record<string, unknown>).filter(Boolean)
    expect(proposed[0]).toMatchObject({ state_details: { lease_was: 'launch-1' } })
    expect(proposed[1]).not.toHaveProperty('state_details.lease_was')
  },
)

it('a flow that throws has failed, and the call is answered', async () => {
  const { message, state } = launched('burn')

  expect(await withRuntime(at, () => toLambda(burn)(message))).toMatchObject({ outcome: 'failed' })
  expect(state()?.type).toBe('FAILED')
})

it('a launch of another flow, or of nothing, is an error that says so', async () => {
  const { message } = launched('knead')
  const handler = toLambda(bake)

  await expect(withRuntime(at, () => handler(message))).rejects.toThrow("flow 'knead', but here is")
  await expect(withRuntime(at, () => handler({ hello: 1 }))).rejects.toThrow('tripline.launch')
})

const SECRET = 'whsec_b3ZlbnMgYXJlIGhvdCBvdmVucyBhcmUgaG90'

function post(message: object, secret: string | null) {
  const body = JSON.stringify(message)
  const headers = webhookHeaders({ id: 'launch-1', body, sentAt: START }, secret)
  const app = toHono([bake], { secrets: ['whsec_b2xk', SECRET] })
  return withRuntime(at, () => app.request('/', { method: 'POST', body, headers }))
}

it('a signed call is answered at once, and runs the flow', async () => {
  const { message, state } = launched('bake')

  expect((await post(message, SECRET)).status).toBe(202)
  await eventually(() => state()?.type === 'COMPLETED')
})

it.each([
  ['without a signature', null, { type: 'tripline.launch' }, 401],
  ['with a wrong one', 'whsec_d3Jvbmc=', { type: 'tripline.launch' }, 401],
  ['that is no launch', SECRET, { type: 'order' }, 422],
])('a call %s is refused', async (_, secret, message, status) => {
  expect((await post(message, secret)).status).toBe(status)
  expect(api.requests).toEqual([])
})

it('a signed call for a flow that is not here is said', async () => {
  await post(launched('knead').message, SECRET)

  await eventually(() => lines.some((line) => line.includes("flow 'knead', but here is bake")))
})

it('a stranger’s body is not read beyond what a launch may be', async () => {
  const app = toHono(bake, { secrets: 'whsec_c2VjcmV0' })
  let bytes = 0
  const body = new ReadableStream({
    pull(controller) {
      bytes += 65_536
      if (bytes > 10_000_000) controller.close()
      else controller.enqueue(new Uint8Array(65_536))
    },
  })
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit

  const answer = await withRuntime(at, () => app.request('http://flows.example/', init))

  expect(answer.status).toBe(413)
  expect(bytes).toBeLessThan(1_000_000)
})
