import { beforeEach, expect, it } from 'vitest'
import { BLOCK_TYPES } from '../../lib/core/block.ts'
import { DEFAULT_WORKSPACE as W } from '../../lib/core/workspace.ts'
import { wake } from '../../lib/steps/wake.ts'
import { apiClient } from '../http/client.ts'
import { road } from '../road.ts'

let at: ReturnType<typeof apiClient>
beforeEach(() => {
  at = apiClient()
})

/** A run of a push pool, and what its launch comes to when its time has come. */
async function scheduled(type: string, variables: Record<string, unknown>, inSeconds = 0) {
  const { here, say } = at
  await say('POST', '/work_pools/', { name: 'ovens', type })
  const { body: flow } = await say('POST', '/flows/', { name: 'bake' })
  const { body: deployment } = await say('POST', '/deployments/', {
    name: 'daily',
    flow_id: flow.id,
    work_pool_name: 'ovens',
    job_variables: variables,
  })
  const scheduled_time = new Date(here.clock.now() / 1000 + inSeconds * 1000).toISOString()
  const { body: run } = await say('POST', `/deployments/${deployment.id}/create_flow_run`, {
    state: { type: 'SCHEDULED', state_details: { scheduled_time } },
  })
  const travel = road(here)
  await travel()
  const key = { kind: 'launch', workspace: W, id: run.id as string } as const
  const asked = () => here.wakes.find((one) => one.key.kind === 'launch')?.at
  return {
    runId: run.id as string,
    asked,
    async launch() {
      await wake(here.services)(key)
      await travel()
      return (await say('GET', `/flow_runs/${run.id}`)).body
    },
    claim: async (launch: string, holder: string) => {
      const details = { lease_holder: holder, lease_seconds: 60, lease_was: launch }
      const state = { type: 'RUNNING', state_details: details }
      return (await say('POST', `/flow_runs/${run.id}/set_state`, { state })).body.status
    },
  }
}

it('a Lambda function is invoked when the run is due, and takes it over once', async () => {
  const { here } = at
  const { runId, asked, launch, claim } = await scheduled('lambda', { function_name: 'oven' }, 60)
  expect(asked()).toBe(here.clock.now() + 60_000_000)
  expect((await launch()).state_name).toBe('Scheduled')

  here.clock.advance(60)
  expect((await launch()).state_name).toBe('Pending')
  expect((await launch()).state_name).toBe('Pending') // woken twice

  const [first, second] = here.invoked.map(({ payload }) => JSON.parse(payload))
  expect(here.invoked[0]?.functionName).toBe('oven')
  expect(first).toEqual({
    type: 'tripline.launch',
    flow_run_id: runId,
    launch_id: expect.any(String),
    flow: 'bake',
    deployment: 'daily',
  })
  expect(second).toEqual(first)
  expect(await claim(first.launch_id, 'one')).toBe('ACCEPT')
  expect(await claim(first.launch_id, 'two')).toBe('ABORT')
})

it('an address is called with a signature', async () => {
  const { here, say } = at
  const { body: schemas } = await say('POST', '/block_schemas/filter', {})
  const type = BLOCK_TYPES.webhook.id
  const schema = schemas.find((one: { block_type_id: string }) => one.block_type_id === type)
  const { body: block } = await say('POST', '/block_documents/', {
    name: 'oven',
    block_type_id: type,
    block_schema_id: schema.id,
    data: { url: 'https://oven.example/launch', signing_secret: 'whsec_b3Zlbg==' },
  })
  const { launch } = await scheduled('http', { webhook_block_id: block.id })

  expect((await launch()).state_name).toBe('Pending')
  const [request] = here.sent
  const body = JSON.parse(request?.body ?? '')
  expect(request).toMatchObject({
    url: 'https://oven.example/launch',
    headers: { 'webhook-id': body.launch_id, 'webhook-signature': expect.stringMatching(/^v1,/) },
  })
})

it('an event is put onto a bus', async () => {
  const { launch, runId } = await scheduled('eventbridge', { event_bus_name: 'ovens' })

  await launch()
  expect(at.here.put).toMatchObject([
    { bus: 'ovens', source: 'tripline', detailType: 'tripline.launch' },
  ])
  expect(JSON.parse(at.here.put[0]?.detail ?? '').flow_run_id).toBe(runId)
})

it('what fails is tried again, later each time, and crashes with the reason at last', async () => {
  const { here } = at
  const { launch } = await scheduled('lambda', { function_name: 'oven' })
  here.outside.take = () => ({ kind: 'failed', reason: 'TooManyRequestsException' })
  const seen: unknown[] = []
  for (const wait of [0, 2, 10, 60, 300]) {
    here.clock.advance(wait)
    const { state } = await launch()
    seen.push([state.name, state.message])
  }

  expect(here.invoked).toHaveLength(5)
  expect(seen[0]).toEqual(['Submitting', 'Attempt 1 to launch it failed: TooManyRequestsException'])
  expect(seen[4]).toEqual(['Crashed', 'It could not be launched: TooManyRequestsException'])
})

it.each([
  ['what is refused', 'lambda', { function_name: 'oven' }, 'AccessDeniedException'],
  ['a missing variable', 'lambda', {}, "has a job variable 'function_name'"],
  ['a missing block', 'http', { webhook_block_id: '0' }, 'there is no block 0'],
])('%s crashes at once', async (_, type, variables, reason) => {
  const { launch } = await scheduled(type, variables)
  at.here.outside.take = () => ({ kind: 'refused', reason: 'AccessDeniedException: no' })

  const { state } = await launch()
  expect(state).toMatchObject({ name: 'Crashed', message: expect.stringContaining(reason) })
})

it('a paused pool launches nothing until it is resumed', async () => {
  const { launch } = await scheduled('lambda', { function_name: 'oven' })
  await at.say('PATCH', '/work_pools/ovens', { is_paused: true })
  expect((await launch()).state_name).toBe('Scheduled')

  await at.say('PATCH', '/work_pools/ovens', { is_paused: false })
  expect((await launch()).state_name).toBe('Pending')
})

it('a launch that nobody takes over has crashed after a quarter of an hour', async () => {
  const { here, say } = at
  const { runId, launch } = await scheduled('lambda', { function_name: 'oven' })
  await launch()
  here.clock.advance(900)
  await wake(here.services)({ kind: 'lease', workspace: W, id: runId })

  expect((await say('GET', `/flow_runs/${runId}`)).body.state_name).toBe('Crashed')
})

it('a pull pool’s runs are launched by nobody', async () => {
  const { asked, launch } = await scheduled('process', {})

  expect(asked()).toBeUndefined()
  expect((await launch()).state_name).toBe('Scheduled')
})

it('a run that is woken twice at one moment keeps the slot that it takes once', async () => {
  const { here, say } = at
  const { runId } = await scheduled('lambda', { function_name: 'oven' })
  const { deployment_id } = (await say('GET', `/flow_runs/${runId}`)).body
  await say('PATCH', `/deployments/${deployment_id}`, { concurrency_limit: 1 })
  const key = { kind: 'launch', workspace: W, id: runId } as const

  await Promise.all([wake(here.services)(key), wake(here.services)(key)])

  expect((await say('GET', `/flow_runs/${runId}`)).body.state_name).toBe('Pending')
  const [limit] = await here.services.limits.list(W)
  expect(limit?.leases).toHaveLength(1)
})
