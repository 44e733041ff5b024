import { describe, expect, it } from 'vitest'
import { road } from '../road.ts'
import { apiClient } from './client.ts'

const TASK = '11111111-1111-4111-8111-111111111111'
const OTHER = '22222222-2222-4222-8222-222222222222'

describe('slots of global limits', () => {
  async function limited(limit: number, over: object = {}) {
    const client = apiClient()
    await client.say('POST', '/v2/concurrency_limits/', { name: 'oven', limit, ...over })
    const take = (slots = 1, mode = 'concurrency') =>
      client.say('POST', '/v2/concurrency_limits/increment', { names: ['oven'], slots, mode })
    const lease = (seconds = 60) =>
      client.say('POST', '/v2/concurrency_limits/increment-with-lease', {
        names: ['oven'],
        slots: 1,
        lease_duration: seconds,
      })
    const active = async () =>
      (await client.say('GET', '/v2/concurrency_limits/oven')).body.active_slots
    return { ...client, take, lease, active }
  }

  it('are as many as the limit says, and come back when given back', async () => {
    const { say, take, active } = await limited(2)
    expect((await take()).body).toMatchObject([{ name: 'oven', limit: 2 }])
    expect((await take()).status).toBe(200)
    expect((await take()).status).toBe(423)
    expect(await active()).toBe(2)
    const back = { names: ['oven'], slots: 1, occupancy_seconds: 3 }
    expect((await say('POST', '/v2/concurrency_limits/decrement', back)).status).toBe(200)
    expect((await take()).status).toBe(200)
  })

  it('taken at one moment are never more than there are', async () => {
    const { lease, active } = await limited(5)
    const answers = await Promise.all(Array.from({ length: 20 }, () => lease()))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(await active()).toBe(5)
  })

  it('of a lease are free when it is given back, or was not renewed in time', async () => {
    const { here, say, lease, active } = await limited(1)
    const { lease_id: first } = (await lease()).body
    expect((await lease()).status).toBe(423)
    await say('POST', '/v2/concurrency_limits/decrement-with-lease', { lease_id: first })
    const { lease_id: second } = (await lease()).body

    here.clock.advance(50)
    const renew = () =>
      say('POST', `/v2/concurrency_limits/leases/${second}/renew`, { lease_duration: 60 })
    expect((await renew()).status).toBe(204)
    here.clock.advance(50)
    expect((await lease()).status).toBe(423)
    here.clock.advance(11)
    expect(await active()).toBe(0)
    expect((await renew()).status).toBe(410)
    expect((await lease()).status).toBe(200)
  })

  it('that decay are for rates', async () => {
    const { here, take } = await limited(2, { slot_decay_per_second: 1 })
    expect((await take(2, 'rate_limit')).status).toBe(200)
    expect((await take(1, 'rate_limit')).status).toBe(423)
    here.clock.advance(1)
    expect((await take(1, 'rate_limit')).status).toBe(200)
  })

  it('are refused when there never will be so many, or they do not decay', async () => {
    const { take } = await limited(2)
    expect(await take(3)).toMatchObject({
      status: 422,
      body: { detail: 'Slots requested is greater than the limit' },
    })
    expect((await take(1, 'rate_limit')).body.detail).toContain(
      "do not have a decay configured: 'oven'",
    )
  })

  it('of several limits are all taken or none', async () => {
    const { say, take, active } = await limited(2)
    await say('POST', '/v2/concurrency_limits/', { name: 'baker', limit: 1 })
    const both = () =>
      say('POST', '/v2/concurrency_limits/increment', { names: ['oven', 'baker'], slots: 1 })
    expect((await both()).body).toHaveLength(2)
    expect((await both()).status).toBe(423)
    expect(await active()).toBe(1)
    expect((await take()).status).toBe(200)
  })

  it('of limits nobody made, or that are off, cost nothing', async () => {
    const { say, take } = await limited(1, { active: false })
    expect((await take()).status).toBe(200)
    expect((await take()).status).toBe(200)
    const nothing = { names: ['nothing'], slots: 1 }
    expect((await say('POST', '/v2/concurrency_limits/increment', nothing)).body).toEqual([])
  })
})

describe('slots of tags', () => {
  it('are held by task runs, each once', async () => {
    const { say } = apiClient()
    const made = await say('POST', '/concurrency_limits/', { tag: 'oven', concurrency_limit: 1 })
    expect(made.status).toBe(201)
    const take = (task_run_id: string) =>
      say('POST', '/concurrency_limits/increment', { names: ['oven'], task_run_id })
    expect((await take(TASK)).body).toMatchObject([{ name: 'oven', limit: 1 }])
    expect((await take(TASK)).status).toBe(200)
    expect(await take(OTHER)).toMatchObject({
      status: 423,
      body: { detail: 'Concurrency limit for the oven tag has been reached' },
    })
    expect((await say('GET', '/concurrency_limits/tag/oven')).body.active_slots).toEqual([TASK])

    await say('POST', '/concurrency_limits/decrement', { names: ['oven'], task_run_id: TASK })
    expect((await take(OTHER)).status).toBe(200)
    await say('POST', '/concurrency_limits/tag/oven/reset', { slot_override: [TASK] })
    expect((await say('GET', `/concurrency_limits/${made.body.id}`)).body.active_slots).toEqual([
      TASK,
    ])
  })

  it('are limited anew by a second request, and no longer after a third', async () => {
    const { say } = apiClient()
    await say('POST', '/concurrency_limits/', { tag: 'oven', concurrency_limit: 1 })
    const again = await say('POST', '/concurrency_limits/', { tag: 'oven', concurrency_limit: 4 })
    expect(again).toMatchObject({ status: 200, body: { tag: 'oven', concurrency_limit: 4 } })
    expect((await say('POST', '/concurrency_limits/filter', {})).body).toHaveLength(1)
    expect((await say('DELETE', '/concurrency_limits/tag/oven')).status).toBe(200)
    expect((await say('GET', '/concurrency_limits/tag/oven')).status).toBe(404)
  })
})

describe('a deployment’s limit', () => {
  async function limited(over: object) {
    const client = apiClient()
    const settle = road(client.here)
    const { id } = await client.deploy('daily', over)
    const run = async (): Promise<string> =>
      (await client.say('POST', `/deployments/${id}/create_flow_run`, {})).body.id
    const to = async (runId: string, state: object, force = false) => {
      const { body } = await client.say('POST', `/flow_runs/${runId}/set_state`, { state, force })
      await settle()
      return body
    }
    const active = async () =>
      (await client.say('GET', `/deployments/${id}`)).body.global_concurrency_limit.active_slots
    return { ...client, id, run, to, active }
  }

  it('lets so many runs begin, and the others wait until one has ended', async () => {
    const { run, to, active, here } = await limited({ concurrency_limit: 1 })
    const [first, second] = [await run(), await run()]
    const begun = await to(first, { type: 'PENDING' })
    expect(begun.status).toBe('ACCEPT')
    const lease = begun.state.state_details.deployment_concurrency_lease_id
    expect(lease).toMatch(/^[0-9a-f-]{36}$/)

    const waiting = await to(second, { type: 'PENDING' })
    expect(waiting).toMatchObject({
      status: 'REJECT',
      state: { type: 'SCHEDULED', name: 'AwaitingConcurrencySlot' },
      details: { reason: 'Deployment concurrency limit reached.' },
    })
    expect(waiting.state.state_details.scheduled_time).toBe('2026-11-21T09:00:30.000000Z')

    const running = await to(first, { type: 'RUNNING' })
    expect(running.state.state_details.deployment_concurrency_lease_id).toBe(lease)
    expect(await active()).toBe(1)
    await to(first, { type: 'COMPLETED' })
    expect(await active()).toBe(0)
    here.clock.advance(30)
    expect((await to(second, { type: 'PENDING' })).status).toBe('ACCEPT')
  })

  it('cancels the others when that is its strategy', async () => {
    const { run, to } = await limited({
      concurrency_limit: 1,
      concurrency_options: { collision_strategy: 'CANCEL_NEW' },
    })
    const [first, second] = [await run(), await run()]
    await to(first, { type: 'PENDING' })
    expect(await to(second, { type: 'PENDING' })).toMatchObject({
      status: 'REJECT',
      state: { type: 'CANCELLED', message: 'Deployment concurrency limit reached.' },
    })
  })

  it('frees the slot of a run that two claimed, once', async () => {
    const { run, to, active, say } = await limited({ concurrency_limit: 2 })
    const first = await run()
    const claims = await Promise.all([
      say('POST', `/flow_runs/${first}/set_state`, { state: { type: 'PENDING' } }),
      say('POST', `/flow_runs/${first}/set_state`, { state: { type: 'PENDING' } }),
    ])
    expect(claims.map(({ body }) => body.status).toSorted()).toEqual(['ABORT', 'ACCEPT'])
    expect(await active()).toBe(1)
    await to(first, { type: 'CANCELLED' }, true)
    expect(await active()).toBe(0)
  })

  it('keeps the slot of a run that tries again in its own process, and of one whose process is heard of', async () => {
    const { run, to, active, say, here } = await limited({ concurrency_limit: 1 })
    const first = await run()
    await say('PATCH', `/flow_runs/${first}`, { empirical_policy: { retries: 1, retry_delay: 60 } })
    await to(first, {
      type: 'PENDING',
      state_details: { lease_holder: 'worker-1', lease_seconds: 120 },
    })
    await to(first, {
      type: 'RUNNING',
      state_details: { lease_holder: 'worker-1', lease_seconds: 120 },
    })
    here.clock.advance(100)
    await say('POST', `/flow_runs/${first}/heartbeat`, { holder: 'worker-1' })
    here.clock.advance(250)
    expect(await active()).toBe(1)
    const failed = await to(first, {
      type: 'FAILED',
      state_details: { lease_holder: 'worker-1', lease_seconds: 120 },
    })
    expect(failed.state.name).toBe('AwaitingRetry')
    expect(await active()).toBe(1)
  })

  it('frees the slot of a run nobody hears of any more, and lets it go on only while there is one', async () => {
    const { run, to, active, here } = await limited({
      concurrency_limit: 1,
      concurrency_options: { collision_strategy: 'ENQUEUE', grace_period_seconds: 60 },
    })
    const [first, second] = [await run(), await run()]
    await to(first, { type: 'PENDING' })
    here.clock.advance(61)
    expect(await active()).toBe(0)
    expect((await to(second, { type: 'PENDING' })).status).toBe('ACCEPT')
    expect(await to(first, { type: 'RUNNING' })).toMatchObject({
      status: 'REJECT',
      state: { type: 'CANCELLED' },
    })
  })

  it('of none lets nobody begin', async () => {
    const { say, run, to, id } = await limited({ concurrency_limit: 1 })
    const made = await say('POST', '/v2/concurrency_limits/', { name: 'closed', limit: 0 })
    await say('PATCH', `/deployments/${id}`, { global_concurrency_limit_id: made.body.id })
    expect((await to(await run(), { type: 'PENDING' })).status).toBe('ABORT')
  })

  it('may be shared', async () => {
    const { say, run, to, deploy } = await limited({})
    const shared = (await say('POST', '/v2/concurrency_limits/', { name: 'oven', limit: 1 })).body
      .id
    const a = await deploy('rye', { global_concurrency_limit_id: shared })
    const b = await deploy('wheat', { global_concurrency_limit_id: shared })
    const runOf = async (id: string) =>
      (await say('POST', `/deployments/${id}/create_flow_run`, {})).body.id
    expect((await to(await runOf(a.id), { type: 'PENDING' })).status).toBe('ACCEPT')
    expect((await to(await runOf(b.id), { type: 'PENDING' })).status).toBe('REJECT')
    expect((await to(await run(), { type: 'PENDING' })).status).toBe('ACCEPT')
  })
})
