import { expect, it } from 'vitest'
import { apiClient } from './client.ts'

const range = {
  history_start: '2026-11-21T00:00:00Z',
  history_end: '2026-11-22T00:00:00Z',
  history_interval_seconds: 86_400,
}

async function ran() {
  const client = apiClient()
  const { say, here } = client
  const now = new Date(here.clock.now() / 1_000).toISOString()
  const flow = async (name: string) => (await say('POST', '/flows/', { name })).body.id
  const [bread, cake] = [await flow('bread'), await flow('cake')]
  const state = { type: 'SCHEDULED', state_details: { scheduled_time: now } }
  await say('POST', '/flow_runs/', { flow_id: bread, state })
  await say('POST', '/flow_runs/', { flow_id: cake, state })
  here.clock.advance(10)
  return { ...client, bread }
}

it('flow runs are counted by interval and state, those alone that filters mean', async () => {
  const { say, bread } = await ran()
  const history = async (asked: object) =>
    (await say('POST', '/flow_runs/history', { ...range, ...asked })).body

  expect(await history({})).toEqual([
    {
      interval_start: '2026-11-21T00:00:00.000000Z',
      interval_end: '2026-11-22T00:00:00.000000Z',
      states: [
        {
          state_type: 'SCHEDULED',
          state_name: 'Scheduled',
          count_runs: 2,
          sum_estimated_run_time: 0,
          sum_estimated_lateness: 20,
        },
      ],
    },
  ])
  const ofBread = await history({ flows: { id: { any_: [bread] } } })
  expect(ofBread[0].states).toMatchObject([{ count_runs: 1 }])
  const ofPool = await history({ work_queues: { name: { any_: ['default'] } } })
  expect(ofPool[0].states).toEqual([])
})

it('the lateness of flow runs is their average', async () => {
  const { say } = await ran()
  expect((await say('POST', '/flow_runs/lateness')).body).toBe(10)
  const none = { flows: { name: { any_: ['none'] } } }
  expect((await say('POST', '/flow_runs/lateness', none)).body).toBeNull()
})

it('task runs are counted as well', async () => {
  const { say } = await ran()
  await say('POST', '/task_runs/', { flow_run_id: null, task_key: 't', dynamic_key: '0' })
  const [day] = (await say('POST', '/task_runs/history', range)).body
  expect(day.states).toMatchObject([{ state_type: 'PENDING', count_runs: 1 }])
})

it.each([
  ['an interval below a second', { history_interval_seconds: 0.5 }],
  ['one that goes beyond all calendars', { history_interval_seconds: 1e13 }],
  ['no start', { history_start: null }],
])('%s is refused', async (_, asked) => {
  const answer = await apiClient().say('POST', '/flow_runs/history', { ...range, ...asked })
  expect(answer.status).toBe(422)
})
