import { expect, it } from 'vitest'
import { apiClient, NOTHING } from './client.ts'

/** A pool with two queues, and a worker that took two runs from one of them and one from the other. */
async function busy() {
  const client = apiClient()
  const { say, deploy } = client
  const pool = { name: 'oven', type: 'process', concurrency_limit: 4 }
  await say('POST', '/work_pools/', pool)
  const { body: hot } = await say('POST', '/work_pools/oven/queues', { name: 'hot' })
  await say('PATCH', '/work_pools/oven/queues/hot', { concurrency_limit: 1 })

  const start = async (queue: string) => {
    const { id } = await deploy(`bake ${queue}`, {
      work_pool_name: 'oven',
      work_queue_name: queue,
    })
    const { body } = await say('POST', `/deployments/${id}/create_flow_run`, {})
    await say('POST', `/flow_runs/${body.id}/set_state`, { state: { type: 'PENDING' } })
    client.here.clock.advance(1)
    return body
  }
  const runs = [await start('default'), await start('default'), await start('hot')]
  return { ...client, hot, runs }
}

it('a pool tells which runs have its slots, by queue and in the order they took them', async () => {
  const { say, runs } = await busy()
  const { body } = await say('POST', '/work_pools/oven/concurrency_status', { flow_run_limit: 1 })

  expect(body).toMatchObject({
    active_slots: 3,
    concurrency_limit: 4,
    queues: [
      { queue_name: 'default', active_slots: 2, concurrency_limit: null, flow_run_count: 2 },
      { queue_name: 'hot', active_slots: 1, concurrency_limit: 1, flow_run_count: 1 },
    ],
    count: 2,
    pages: 1,
    page: 1,
  })
  expect(body.queues[0].flow_runs).toMatchObject([
    { id: runs[0].id, name: runs[0].name, state_type: 'PENDING', time_in_current_state: 3 },
  ])
})

it('a queue tells the same, page by page', async () => {
  const { say, hot, runs } = await busy()
  const pool = (await say('GET', '/work_pools/oven')).body
  const path = `/work_queues/${pool.default_queue_id}/concurrency_status`
  const page = async (body: object) => (await say('POST', path, body)).body

  expect(await page({})).toMatchObject({ active_slots: 2, concurrency_limit: null, count: 2 })
  const second = await page({ page: 2, limit: 1 })
  expect(second.flow_runs).toMatchObject([{ id: runs[1].id }])
  expect(second).toMatchObject({ limit: 1, pages: 2, page: 2, active_slots: 2 })
  const ofHot = await say('POST', `/work_queues/${hot.id}/concurrency_status`)
  expect(ofHot.body).toMatchObject({ active_slots: 1, concurrency_limit: 1 })
})

it.each(['/work_pools/none/concurrency_status', `/work_queues/${NOTHING}/concurrency_status`])(
  '%s is not found',
  async (path) => {
    expect((await apiClient().say('POST', path, {})).status).toBe(404)
  },
)

it('what has a limit shows the slots that are taken, and what has none counts nothing', async () => {
  const { say, runs } = await busy()
  const slots = async (path: string) => (await say('GET', path)).body.active_slots

  expect(await slots('/work_pools/oven')).toBe(3)
  expect(await slots('/work_pools/oven/queues/hot')).toBe(1)
  expect(await slots('/work_pools/oven/queues/default')).toBeNull()
  await say('POST', `/flow_runs/${runs[2].id}/set_state`, { state: { type: 'CANCELLED' } })
  expect(await slots('/work_pools/oven/queues/hot')).toBe(0)
  expect(await slots('/work_pools/oven')).toBe(2)
})
