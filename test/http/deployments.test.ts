import { describe, expect, it } from 'vitest'
import { apiClient, NOTHING } from './client.ts'

const text = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const ids = (runs: { id: string }[]) => runs.map(({ id }) => id)

describe('flows', () => {
  it('are what their name says', async () => {
    const { say } = apiClient()

    const first = await say('POST', '/flows/', { name: 'bake', tags: ['a'] })
    const second = await say('POST', '/flows', { name: 'bake', tags: ['b'] })

    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.body).toEqual(first.body)
    expect((await say('GET', '/flows/name/bake')).body).toEqual(first.body)
    expect((await say('PATCH', `/flows/${first.body.id}`, { tags: ['c'] })).status).toBe(204)
    expect((await say('GET', `/flows/${first.body.id}`)).body.tags).toEqual(['c'])
  })

  it.each([
    ['GET', `/flows/${NOTHING}`, 'Flow not found'],
    ['GET', '/flows/x', 'Not Found'],
    ['GET', '/flows/name/x', 'Flow not found'],
    ['DELETE', `/flows/${NOTHING}`, 'Flow not found'],
    ['GET', `/deployments/${NOTHING}`, 'Deployment not found'],
    ['GET', '/deployments/name/a/b', 'Deployment not found'],
    ['DELETE', `/deployments/${NOTHING}`, 'Deployment not found'],
    ['GET', `/flow_runs/${NOTHING}`, 'Flow run not found'],
    ['GET', '/flow_runs/x', 'Not Found'],
    ['DELETE', `/flow_runs/${NOTHING}`, 'Flow run not found'],
    ['GET', '/work_pools/x', 'Work pool "x" not found.'],
    ['GET', `/work_queues/${NOTHING}`, 'Work queue not found'],
    ['GET', '/variables/name/x', 'Variable not found.'],
    ['DELETE', `/variables/${NOTHING}`, 'Variable not found.'],
  ])('%s %s is not there', async (method, path, detail) => {
    const { say } = apiClient()

    expect(await say(method, path)).toEqual({ status: 404, body: { detail } })
  })

  it('are listed by name, tag and deployment', async () => {
    const { say, deploy } = apiClient()
    await deploy('daily')
    await say('POST', '/flows/', { name: 'sell', tags: ['shop'] })
    const names = async (flows: object) =>
      (await say('POST', '/flows/filter', { flows })).body.map(({ name }: { name: string }) => name)

    expect(await names({ name: { any_: ['bake'] } })).toEqual(['bake'])
    expect(await names({ name: { like_: 'EL' } })).toEqual(['sell'])
    expect(await names({ tags: { all_: ['shop'] } })).toEqual(['sell'])
    expect(await names({ deployment: { is_null_: true } })).toEqual(['sell'])
    expect(
      await names({ operator: 'or_', name: { any_: ['bake'] }, tags: { all_: ['shop'] } }),
    ).toEqual(['bake', 'sell'])
    expect((await say('POST', '/flows/count', {})).body).toBe(2)
    expect((await say('POST', '/flows/filter', { flows: { colour: 'red' } })).status).toBe(422)
  })
})

describe('deployments', () => {
  it('change only in what is sent when written again', async () => {
    const { say, deploy } = apiClient()
    const first = await deploy('daily', { tags: ['a'], parameter_openapi_schema: text })

    const again = await say('POST', '/deployments/', {
      name: 'daily',
      flow_id: first.flow_id,
      tags: ['b'],
    })

    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ id: first.id, tags: ['b'], parameter_openapi_schema: text })
    const changes = { description: null, job_variables: null, paused: true }
    expect((await say('PATCH', `/deployments/${first.id}`, changes)).status).toBe(204)
    expect((await say('GET', '/deployments/name/bake/daily')).body).toMatchObject({
      description: null,
      job_variables: {},
      paused: true,
      tags: ['b'],
    })
  })

  it('wait in the default queue of their pool, or in one that is made for them', async () => {
    const { say, deploy } = apiClient()
    await say('POST', '/work_pools/', { name: 'oven', type: 'process' })

    const plain = await deploy('a', { work_pool_name: 'oven' })
    const special = await deploy('b', { work_pool_name: 'oven', work_queue_name: 'hot' })
    const queues = await say('POST', '/work_pools/oven/queues/filter', { work_queues: null })

    expect(plain).toMatchObject({ work_pool_name: 'oven', work_queue_name: 'default' })
    expect(special).toMatchObject({ work_pool_name: 'oven', work_queue_name: 'hot' })
    expect(queues.body.map(({ name }: { name: string }) => name)).toEqual(['default', 'hot'])
    const lost = { name: 'c', flow_id: plain.flow_id, work_pool_name: 'nope' }
    expect(await say('POST', '/deployments/', lost)).toEqual({
      status: 404,
      body: { detail: 'Work pool "nope" not found.' },
    })
  })

  it('keep their schedules as they were sent', async () => {
    const { say, deploy } = apiClient()
    const { id } = await deploy('daily')
    const anchor_date = '2024-01-01T00:00:00Z'
    const sent = [
      { schedule: { interval: 'PT1H', anchor_date } },
      { schedule: { cron: '0 6 * * *' }, active: false },
    ]

    const made = await say('POST', `/deployments/${id}/schedules`, sent)

    expect(made.status).toBe(201)
    expect(made.body).toMatchObject([
      { schedule: { interval: 3600, anchor_date, timezone: 'UTC' }, active: true },
      { schedule: { cron: '0 6 * * *', timezone: null, day_or: true }, active: false },
    ])
    const [first, second] = made.body
    expect(
      (await say('PATCH', `/deployments/${id}/schedules/${first.id}`, { active: false })).status,
    ).toBe(204)
    expect((await say('DELETE', `/deployments/${id}/schedules/${second.id}`)).status).toBe(204)
    expect((await say('DELETE', `/deployments/${id}/schedules/${second.id}`)).status).toBe(404)
    expect((await say('GET', `/deployments/${id}/schedules`)).body).toMatchObject([
      { id: first.id, active: false, schedule: { interval: 3600 } },
    ])
  })
})

describe('runs of deployments', () => {
  it('take the deployment’s parameters, tags and labels with their own', async () => {
    const { say, deploy } = apiClient()
    const { id, flow_id } = await deploy('daily', { tags: ['a'], parameters: { a: 'x', b: 1 } })

    const { status, body } = await say('POST', `/deployments/${id}/create_flow_run`, {
      parameters: { a: 'y' },
      tags: ['b'],
      labels: { batch: 7 },
    })

    expect(status).toBe(201)
    expect(body).toMatchObject({
      parameters: { a: 'y', b: 1 },
      tags: ['a', 'b'],
      labels: { batch: 7, 'prefect.flow.id': flow_id, 'prefect.deployment.id': id },
      state_type: 'SCHEDULED',
      state_name: 'Scheduled',
      next_scheduled_start_time: '2026-11-21T09:00:00.000000Z',
    })
    expect(body).not.toHaveProperty('previous_state')
  })

  it('are one for one idempotency key', async () => {
    const { say, deploy } = apiClient()
    const { id } = await deploy('daily')
    const path = `/deployments/${id}/create_flow_run`

    const first = await say('POST', path, { idempotency_key: 'k', parameters: { n: 1 } })
    const second = await say('POST', path, { idempotency_key: 'k', parameters: { n: 2 } })

    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.body).toMatchObject({ id: first.body.id, parameters: { n: 1 } })
  })

  it('are refused when their parameters do not fit, unless nobody minds', async () => {
    const { say, deploy } = apiClient()
    const { id } = await deploy('daily', { parameter_openapi_schema: text })
    const path = `/deployments/${id}/create_flow_run`

    expect(await say('POST', path, {})).toEqual({
      status: 409,
      body: {
        detail:
          "Error creating flow run: Validation failed. Failure reason: 'a' is a required property",
      },
    })
    expect((await say('POST', path, { enforce_parameter_schema: false })).status).toBe(201)
    expect((await say('POST', path, { parameters: { a: { b: 1 } } })).body.parameters).toEqual({
      a: '{"b":1}',
    })
  })

  it('are handed out when they are due, and while nobody has taken them', async () => {
    const { say, deploy, poll } = apiClient()
    const { id } = await deploy('daily')
    const at = (scheduled_time: string) =>
      say('POST', `/deployments/${id}/create_flow_run`, {
        state: { type: 'SCHEDULED', state_details: { scheduled_time } },
      })
    const late = await at('2026-11-21T09:00:20Z')
    const soon = await at('2026-11-21T09:00:10.5Z')

    expect(await poll(id, '2026-11-21 09:00:10.000000+00:00')).toEqual([])
    expect(await poll(id, '2026-11-21 09:00:20.000000+00:00')).toEqual(ids([soon.body, late.body]))
    await say('POST', `/flow_runs/${soon.body.id}/set_state`, { state: { type: 'PENDING' } })
    expect(await poll(id)).toEqual([late.body.id])
  })

  it('stay where they are while their deployment is paused', async () => {
    const { say, deploy, poll } = apiClient()
    const { id } = await deploy('daily')
    const run = await say('POST', `/deployments/${id}/create_flow_run`, {})

    await say('POST', `/deployments/${id}/pause_deployment`)
    expect(await poll(id)).toEqual([])
    await say('POST', `/deployments/${id}/resume_deployment`)
    expect(await poll(id)).toEqual([run.body.id])
  })

  it('go with their deployment while they wait', async () => {
    const { say, deploy } = apiClient()
    const { id } = await deploy('daily')
    const waiting = await say('POST', `/deployments/${id}/create_flow_run`, {})
    const begun = await say('POST', `/deployments/${id}/create_flow_run`, {})
    await say('POST', `/flow_runs/${begun.body.id}/set_state`, { state: { type: 'RUNNING' } })

    await say('DELETE', `/deployments/${id}`)

    expect((await say('GET', `/flow_runs/${waiting.body.id}`)).status).toBe(404)
    expect((await say('GET', `/flow_runs/${begun.body.id}`)).status).toBe(200)
  })

  it('make their deployment ready by being asked for, with one write in fifteen seconds', async () => {
    const { here, say, deploy, poll } = apiClient()
    const { id } = await deploy('daily')
    const read = async () => (await say('GET', `/deployments/${id}`)).body
    expect(await read()).toMatchObject({ status: 'NOT_READY', last_polled: null })

    await poll(id)
    const first = await read()
    here.clock.advance(14)
    await poll(id)
    const second = await read()
    here.clock.advance(1)
    await poll(id)

    expect(first).toMatchObject({ status: 'READY', last_polled: '2026-11-21T09:00:00.000000Z' })
    expect(second.last_polled).toBe(first.last_polled)
    expect((await read()).last_polled).toBe('2026-11-21T09:00:15.000000Z')
  })
})
