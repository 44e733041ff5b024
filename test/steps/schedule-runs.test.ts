import { expect, it } from 'vitest'
import { DEFAULT_WORKSPACE as W } from '../../lib/core/workspace.ts'
import { announce } from '../../lib/entries.ts'
import { wake } from '../../lib/steps/wake.ts'
import { batchOf, newEvents } from '../fakes.ts'
import { apiClient } from '../http/client.ts'
import { type Delivery, road } from '../road.ts'

const nine = { cron: '0 9 * * *', timezone: 'UTC' }

interface Ahead {
  id: string
  expected_start_time: string
  state_name: string
  tags: string[]
  idempotency_key: string
}

/** A stack with one deployment of these schedules, and what runs it has ahead. */
async function stack(schedules: object[], over: object = {}) {
  const client = apiClient()
  const { here, say } = client
  const settle = road(here)
  const { id } = await client.deploy('daily', { ...over, schedules })
  await settle({ times: 2 })

  async function ahead(): Promise<Ahead[]> {
    const { body } = await say('POST', '/flow_runs/filter', {
      flow_runs: { deployment_id: { any_: [id] } },
      sort: 'EXPECTED_START_TIME_ASC',
      limit: 200,
    })
    return body
  }

  return {
    ...client,
    id,
    ahead,
    times: async () => (await ahead()).map((run) => run.expected_start_time.slice(0, 16)),
    /** Says something, a moment later than what was said before, and lets it be followed. */
    change: async (method: string, path: string, sent?: object, delivery?: Delivery) => {
      here.clock.advance(-0.001)
      await say(method, `/deployments/${id}${path}`, sent)
      await settle(delivery)
    },
    settle,
    lookAgain: () => wake(here.services)({ kind: 'schedules', workspace: W, id }),
    /** When it is looked at again, each time once. */
    looks: () => [
      ...new Set(here.wakes.filter(({ key }) => key.kind === 'schedules').map(({ at }) => at)),
    ],
  }
}

it('a schedule makes three runs ahead, with its parameters and who made them', async () => {
  const { ahead, times, looks } = await stack(
    [{ schedule: nine, parameters: { loaves: 12 }, slug: 'mornings' }],
    { tags: ['bread'], parameters: { loaves: 3, kind: 'rye' } },
  )
  expect(await times()).toEqual(['2026-11-21T09:00', '2026-11-22T09:00', '2026-11-23T09:00'])
  const [run] = await ahead()
  expect(run).toMatchObject({
    state_name: 'Scheduled',
    parameters: { loaves: 12, kind: 'rye' },
    auto_scheduled: true,
    created_by: { type: 'SCHEDULE', display_value: 'mornings' },
  })
  expect(run?.tags.toSorted()).toEqual(['auto-scheduled', 'bread'])
  expect(run?.idempotency_key).toMatch(/^scheduled .+ 2026-11-21T09:00:00\.000000Z$/)
  expect(looks()).toHaveLength(1)
})

it('runs come for an hour ahead when they are frequent, and not more than was asked for', async () => {
  const minutely = { interval: 60, anchor_date: '2026-11-21T09:00:00Z' }
  const secondly = { interval: 1, anchor_date: '2026-11-21T09:00:00Z' }
  expect(await (await stack([{ schedule: minutely }])).times()).toHaveLength(61)
  expect(await (await stack([{ schedule: secondly }])).times()).toHaveLength(100)
  expect(await (await stack([{ schedule: minutely, max_scheduled_runs: 2 }])).times()).toEqual([
    '2026-11-21T09:00',
    '2026-11-21T09:01',
  ])
})

it('when the first of the last three has come there are three again, and no run is made twice', async () => {
  const { here, times, lookAgain, looks } = await stack([{ schedule: nine }])
  here.clock.advance(86_400 - 1)
  await lookAgain()
  await lookAgain()
  expect(await times()).toEqual([
    '2026-11-21T09:00',
    '2026-11-22T09:00',
    '2026-11-23T09:00',
    '2026-11-24T09:00',
  ])
  expect(looks()).toHaveLength(1)
})

it('a changed deployment takes back what it would not make any more and makes the rest anew', async () => {
  const { ahead, times, change } = await stack([{ schedule: nine }], { parameters: { loaves: 3 } })
  const were = (await ahead()).map(({ id }) => id)
  await change('PATCH', '', { parameters: { loaves: 5 } }, { times: 3 })
  const are = await ahead()
  expect(await times()).toEqual(['2026-11-21T09:00', '2026-11-22T09:00', '2026-11-23T09:00'])
  expect(are.filter(({ id }) => were.includes(id))).toEqual([])
  expect(are.every((run) => 'parameters' in run)).toBe(true)
  await change('PATCH', '', { schedules: [] })
  expect(await times()).toEqual([])
})

it('a paused deployment, or schedule, has none ahead, and has them again afterwards', async () => {
  const { say, id, times, change } = await stack([{ schedule: nine }])
  const [schedule] = (await say('GET', `/deployments/${id}/schedules`)).body
  await change('PATCH', `/schedules/${schedule.id}`, { active: false })
  expect(await times()).toEqual([])
  await change('PATCH', `/schedules/${schedule.id}`, { active: true })
  expect(await times()).toHaveLength(3)
  await change('POST', '/pause_deployment')
  expect(await times()).toEqual([])
  await change('POST', '/resume_deployment')
  expect(await times()).toHaveLength(3)
})

it('a run that somebody has begun, or that somebody asked for, stays', async () => {
  const { say, id, ahead, change } = await stack([{ schedule: nine }])
  const [begun] = await ahead()
  await say('POST', `/flow_runs/${begun?.id}/set_state`, { state: { type: 'PENDING' } })
  const asked = await say('POST', `/deployments/${id}/create_flow_run`, {})
  await change('PATCH', '', { schedules: [] })
  expect((await ahead()).map((run) => run.id).toSorted()).toEqual(
    [begun?.id, asked.body.id].toSorted(),
  )
})

it('nobody is told of a run that a schedule made until it moves, and then it follows nothing', async () => {
  const { here, say, ahead, settle } = await stack([{ schedule: nine }])
  const [run] = await ahead()
  await settle()
  await say('POST', `/flow_runs/${run?.id}/set_state`, { state: { type: 'PENDING' } })
  await announce(here.services)(batchOf(here.take('objects')))
  const told = (await newEvents(here)).filter(({ event }) => event.startsWith('prefect.flow-run.'))
  expect(told.map(({ event, follows }) => [event, follows])).toEqual([
    ['prefect.flow-run.Pending', null],
  ])
  const { body: states } = await say('GET', `/flow_run_states/?flow_run_id=${run?.id}`)
  expect(states.map(({ name }: { name: string }) => name).toSorted()).toEqual([
    'Pending',
    'Scheduled',
  ])
})

it.each([
  [{ cron: 'every day' }, 'Invalid cron string'],
  [{ rrule: 'FREQ=NEVER' }, 'Invalid RRule string'],
  [{ cron: '0 9 * * *', timezone: 'Mars/Olympus' }, 'Invalid timezone'],
])('refuses %j', async (schedule, words) => {
  const { say, deploy } = apiClient()
  const { id } = await deploy('daily')
  const { status, body } = await say('POST', `/deployments/${id}/schedules`, [{ schedule }])
  expect(status).toBe(422)
  expect(JSON.stringify(body)).toContain(words)
})

it('makes runs for a time of somebody’s own, past or to come, once', async () => {
  const { say, id, times } = await stack([{ schedule: nine }])
  const before = await times()
  const asked = { start_time: '2026-11-01T00:00:00Z', end_time: '2026-11-03T00:00:00Z' }

  const first = await say('POST', `/deployments/${id}/schedule`, asked)
  const again = await say('POST', `/deployments/${id}/schedule`, asked)

  expect([first, again]).toEqual(Array(2).fill({ status: 200, body: null }))
  expect(await times()).toEqual(['2026-11-01T09:00', '2026-11-02T09:00', ...before])
})

it('makes as many runs ahead as are asked for', async () => {
  const { say, id, times } = await stack([{ schedule: nine }])
  await say('POST', `/deployments/${id}/schedule`, { min_runs: 5 })
  expect(await times()).toHaveLength(5)
  await say('POST', `/deployments/${id}/schedule`, { min_time: 'P10D', max_runs: 7 })
  expect(await times()).toHaveLength(7)
})
