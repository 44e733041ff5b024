import { describe, expect, it } from 'vitest'
import { apiClient } from './client.ts'

async function oven() {
  const client = apiClient()
  const pool = await client.say('POST', '/work_pools/', { name: 'oven', type: 'process' })
  const take = async (body: object = {}) =>
    (await client.say('POST', '/work_pools/oven/get_scheduled_flow_runs', body)).body.map(
      ({ flow_run }: { flow_run: { id: string } }) => flow_run.id,
    )
  const make = async (name: string, queue = 'default') => {
    const { id } = await client.deploy(name, { work_pool_name: 'oven', work_queue_name: queue })
    return (await client.say('POST', `/deployments/${id}/create_flow_run`, {})).body
  }
  return { ...client, pool: pool.body, take, make }
}

describe('a work pool', () => {
  it('comes with a default queue, once', async () => {
    const { say, pool } = await oven()

    expect((await say('GET', `/work_queues/${pool.default_queue_id}`)).body).toMatchObject({
      name: 'default',
      priority: 1,
      work_pool_name: 'oven',
    })
    expect((await say('POST', '/work_pools/', { name: 'oven', type: 'other' })).status).toBe(409)
    expect((await say('POST', '/work_pools/', { name: 'a/b' })).status).toBe(422)
  })

  it('hands out the runs of its queues by priority, not those of paused deployments or queues', async () => {
    const { say, take, make } = await oven()
    await say('POST', '/work_pools/oven/queues', { name: 'hot' })
    await say('PATCH', '/work_pools/oven/queues/default', { priority: 5 })
    const cold = await make('a')
    const hot = await make('b', 'hot')

    expect(await take()).toEqual([hot.id, cold.id])
    expect(await take({ work_queue_names: ['default'] })).toEqual([cold.id])
    expect(await take({ scheduled_before: '2026-11-21T08:59:59Z' })).toEqual([])
    await say('PATCH', `/deployments/${hot.deployment_id}`, { paused: true })
    expect(await take()).toEqual([cold.id])
    await say('PATCH', '/work_pools/oven/queues/default', { is_paused: true })
    expect(await take()).toEqual([])
  })

  it('gives nothing while it is paused', async () => {
    const { say, take, make } = await oven()
    const run = await make('a')

    await say('PATCH', '/work_pools/oven', { is_paused: true })
    expect(await take()).toEqual([])
    expect((await say('GET', '/work_pools/oven')).body.status).toBe('PAUSED')
    await say('PATCH', '/work_pools/oven', { is_paused: false })
    expect(await take()).toEqual([run.id])
  })

  it('lets a deployment’s own server take its runs as well', async () => {
    const { make, poll } = await oven()
    const run = await make('a')
    await make('b')

    expect(await poll(run.deployment_id)).toEqual([run.id])
  })

  it('is ready while a worker’s heart beats', async () => {
    const { here, say } = await oven()
    const status = async () => (await say('GET', '/work_pools/oven')).body.status
    const online = async () =>
      (
        await say('POST', '/work_pools/oven/workers/filter', {
          workers: { status: { any_: ['ONLINE'] } },
        })
      ).body.length
    expect(await status()).toBe('NOT_READY')

    const beat = { name: 'w', heartbeat_interval_seconds: 30 }
    expect((await say('POST', '/work_pools/oven/workers/heartbeat', beat)).status).toBe(204)

    expect([await status(), await online()]).toEqual(['READY', 1])
    here.clock.advance(91)
    expect([await status(), await online()]).toEqual(['NOT_READY', 0])
    expect((await say('POST', '/work_pools/nope/workers/heartbeat', beat)).status).toBe(404)
  })

  it('makes queue and deployments ready by being polled', async () => {
    const { say, take, make } = await oven()
    const run = await make('a')

    await take()

    expect((await say('GET', '/work_pools/oven/queues/default')).body.status).toBe('READY')
    expect((await say('GET', `/deployments/${run.deployment_id}`)).body.status).toBe('READY')
  })

  it('goes with its queues', async () => {
    const { say, pool } = await oven()

    expect((await say('DELETE', '/work_pools/oven/queues/default')).status).toBe(403)
    expect((await say('DELETE', '/work_pools/oven')).status).toBe(204)
    expect((await say('GET', `/work_queues/${pool.default_queue_id}`)).status).toBe(404)
    expect((await say('POST', '/work_pools/filter', {})).body).toEqual([])
  })
})

describe('a queue', () => {
  it('moves to its new name, unless that is taken', async () => {
    const { say } = await oven()
    const made = await say('POST', '/work_pools/oven/queues/', {
      name: 'hot',
      concurrency_limit: 2,
    })
    expect(made).toMatchObject({ status: 201, body: { priority: 2, concurrency_limit: 2 } })

    expect((await say('PATCH', `/work_queues/${made.body.id}`, { name: 'default' })).status).toBe(
      409,
    )
    expect((await say('PATCH', `/work_queues/${made.body.id}`, { name: 'warm' })).status).toBe(204)

    expect((await say('GET', '/work_pools/oven/queues/warm')).body).toMatchObject({
      id: made.body.id,
      concurrency_limit: 2,
    })
    expect((await say('GET', '/work_pools/oven/queues/hot')).status).toBe(404)
    expect((await say('DELETE', '/work_pools/oven/queues/warm')).status).toBe(204)
  })
})

describe('a queue by its id', () => {
  it('is healthy while it is polled in time and none of its runs is late', async () => {
    const { here, say, deploy } = apiClient()
    await say('POST', '/work_pools/', { name: 'ovens', type: 'process' })
    const { id: deployment } = await deploy('oven', { work_pool_name: 'ovens' })
    const { body: queue } = await say('GET', '/work_pools/ovens/queues/default')
    const status = async () => (await say('GET', `/work_queues/${queue.id}/status`)).body

    expect(await status()).toMatchObject({ healthy: false, late_runs_count: 0, last_polled: null })
    await say('POST', `/work_queues/${queue.id}/get_runs`, {})
    expect(await status()).toMatchObject({ healthy: true, late_runs_count: 0 })

    const { body: run } = await say('POST', `/deployments/${deployment}/create_flow_run`, {})
    const late = { type: 'SCHEDULED', name: 'Late' }
    await say('POST', `/flow_runs/${run.id}/set_state`, { state: late, force: true })
    expect(await status()).toMatchObject({ healthy: false, late_runs_count: 1 })
    here.clock.advance(1)
    const { body: due } = await say('POST', `/work_queues/${queue.id}/get_runs`, { limit: 1 })
    expect(due.map(({ id }: { id: string }) => id)).toEqual([run.id])
  })
})

it('a queue made under the name that another one had has an id of its own', async () => {
  const { say, deploy } = apiClient()
  await say('POST', '/work_pools/', { name: 'kilns', type: 'process' })
  const { body: first } = await say('POST', '/work_pools/kilns/queues', { name: 'hot' })
  await say('PATCH', '/work_pools/kilns/queues/hot', { name: 'hotter' })

  const { body: second } = await say('POST', '/work_pools/kilns/queues', { name: 'hot' })
  await say('PATCH', '/work_pools/kilns/queues/hot', { name: 'hottest' })
  await deploy('daily', { work_pool_name: 'kilns', work_queue_name: 'hot' })

  const { body: third } = await say('GET', '/work_pools/kilns/queues/hot')
  expect(new Set([first.id, second.id, third.id]).size).toBe(3)
})
