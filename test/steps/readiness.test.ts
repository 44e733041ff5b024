import { expect, it } from 'vitest'
import { wake } from '../../lib/steps/wake.ts'
import { apiClient } from '../http/client.ts'
import { road } from '../road.ts'

/** A stack in which time passes: wakes come when they are due. */
function stack() {
  const client = apiClient()
  const { here, say } = client
  const settle = road(here)

  async function pass(seconds: number): Promise<void> {
    const until = here.clock.now() + seconds * 1_000_000
    for (;;) {
      await settle()
      const due = here.wakes.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      here.clock.advance(Math.max(0, due.at - here.clock.now()) / 1_000_000)
      await wake(here.services)(due.key)
    }
    here.clock.advance((until - here.clock.now()) / 1_000_000)
  }

  return {
    ...client,
    pass,
    statusOf: async (path: string) => (await say('GET', path)).body.status,
    /** Names of the events told so far of a kind of thing, in order of their time. */
    told: async (prefix: string): Promise<string[]> => {
      const filter = { event: { prefix: [prefix] }, order: 'ASC' }
      const { body } = await say('POST', '/events/filter', { filter, limit: 50 })
      return body.events.map(({ event }: { event: string }) => event)
    },
  }
}

it('a deployment that nobody polls for a minute is no longer ready, and says so', async () => {
  const { here, deploy, poll, pass, statusOf, told } = stack()
  const { id } = await deploy('daily')
  await pass(1)
  await poll(id)
  await pass(30)
  await poll(id)
  await pass(59)
  expect(await statusOf(`/deployments/${id}`)).toBe('READY')
  await pass(1)
  expect(await statusOf(`/deployments/${id}`)).toBe('NOT_READY')
  await pass(1)
  expect(await told('prefect.deployment.')).toEqual([
    'prefect.deployment.created',
    'prefect.deployment.ready',
    'prefect.deployment.not-ready',
  ])
  expect(here.wakes.filter(({ key }) => key.kind === 'readiness')).toEqual([])
})

it('a pool is ready while one of its workers is heard of, its queues while they are polled', async () => {
  const { say, pass, statusOf, told } = stack()
  await say('POST', '/work_pools/', { name: 'ovens', type: 'process' })
  const heard = () =>
    say('POST', '/work_pools/ovens/workers/heartbeat', {
      name: 'baker',
      heartbeat_interval_seconds: 10,
    })
  await heard()
  await say('POST', '/work_pools/ovens/get_scheduled_flow_runs', {})
  await pass(25)
  await heard()
  await pass(29)
  expect(await statusOf('/work_pools/ovens')).toBe('READY')
  await pass(2)
  expect(await statusOf('/work_pools/ovens')).toBe('NOT_READY')
  const { body: workers } = await say('POST', '/work_pools/ovens/workers/filter', {})
  expect(workers).toMatchObject([{ name: 'baker', status: 'OFFLINE' }])
  await pass(10)
  expect((await say('GET', '/work_pools/ovens/queues/default')).body.status).toBe('NOT_READY')
  expect(await told('prefect.work-')).toEqual(
    expect.arrayContaining([
      'prefect.work-pool.ready',
      'prefect.work-pool.not-ready',
      'prefect.work-queue.ready',
      'prefect.work-queue.not-ready',
    ]),
  )
  await heard()
  await pass(1)
  expect(await statusOf('/work_pools/ovens')).toBe('READY')
})

it('a run that was paused and not resumed in time has failed; one that was resumed has not', async () => {
  const { say, deploy, pass } = stack()
  const { id } = await deploy('daily')
  const paused = async () => {
    const run = (await say('POST', `/deployments/${id}/create_flow_run`, {})).body.id
    const to = (state: object) => say('POST', `/flow_runs/${run}/set_state`, { state })
    await to({ type: 'PENDING' })
    await to({ type: 'RUNNING' })
    const state_details = { pause_timeout: '2026-11-21T09:10:00Z', pause_key: '1' }
    await to({ type: 'PAUSED', state_details })
    return run
  }
  const [left, resumed] = [await paused(), await paused()]
  await pass(599)
  await say('POST', `/flow_runs/${resumed}/resume`, {})
  await pass(2)
  const stateOf = async (run: string) => (await say('GET', `/flow_runs/${run}`)).body.state
  expect(await stateOf(left)).toMatchObject({
    type: 'FAILED',
    message: 'The flow was paused and never resumed.',
  })
  expect((await stateOf(resumed)).type).toBe('RUNNING')
})

it.each([
  ['a pool', {}, { concurrency_limit: 2 }],
  ['a queue', { concurrency_limit: 2 }, {}],
])('%s gives no more runs to workers than its limit leaves', async (_, queue, pool) => {
  const { say, deploy } = stack()
  await say('POST', '/work_pools/', { name: 'ovens', type: 'process', ...pool })
  await say('PATCH', '/work_pools/ovens/queues/default', queue)
  const { id } = await deploy('daily', { work_pool_name: 'ovens' })
  const ids: string[] = []
  for (let i = 0; i < 4; i += 1) {
    ids.push((await say('POST', `/deployments/${id}/create_flow_run`, {})).body.id)
  }
  const given = async (): Promise<string[]> =>
    (await say('POST', '/work_pools/ovens/get_scheduled_flow_runs', {})).body.map(
      ({ flow_run }: { flow_run: { id: string } }) => flow_run.id,
    )
  const [first, second] = await given()
  expect(await given()).toHaveLength(2)
  const to = (run: string | undefined, type: string) =>
    say('POST', `/flow_runs/${run}/set_state`, { state: { type }, force: true })
  await to(first, 'PENDING')
  expect(await given()).toHaveLength(1)
  await to(second, 'RUNNING')
  expect(await given()).toEqual([])
  await to(first, 'COMPLETED')
  expect(await given()).toHaveLength(1)
})
