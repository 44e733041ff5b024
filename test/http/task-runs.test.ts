import { describe, expect, it } from 'vitest'
import { apiClient, NOTHING } from './client.ts'

async function parentRun() {
  const client = apiClient()
  const { body: flow } = await client.say('POST', '/flows/', { name: 'parent' })
  const { body: run } = await client.say('POST', '/flow_runs/', { flow_id: flow.id })
  const sent = {
    flow_run_id: run.id,
    task_key: 'sub',
    dynamic_key: '0',
    state: { type: 'PENDING' },
  }
  return { ...client, flow, run, sent }
}

it('makes one task run of one call of a subflow', async () => {
  const { say, run, sent } = await parentRun()

  const first = await say('POST', '/task_runs/', sent)
  const second = await say('POST', '/task_runs/', sent)

  expect([first.status, second.status]).toEqual([201, 200])
  expect(second.body.id).toBe(first.body.id)
  expect(first.body).toMatchObject({
    flow_run_id: run.id,
    state_type: 'PENDING',
    state: { state_details: { task_run_id: first.body.id } },
  })
  expect((await say('GET', `/task_runs/${first.body.id}`)).body).toEqual(first.body)
  expect((await say('GET', `/task_runs/${NOTHING}`)).status).toBe(404)
})

it('lets the task run follow its subflow, and finds the subflow by it', async () => {
  const { say, flow, run, sent } = await parentRun()
  const task = (await say('POST', '/task_runs/', sent)).body
  const sub = (await say('POST', '/flow_runs/', { flow_id: flow.id, parent_task_run_id: task.id }))
    .body

  await say('POST', `/flow_runs/${sub.id}/set_state`, { state: { type: 'COMPLETED' } })

  const asked = { flow_runs: { parent_task_run_id: { any_: [task.id] } } }
  const listed = await say('POST', '/task_runs/filter', {
    task_runs: { flow_run_id: { any_: [run.id] }, state: null, subflow_runs: null },
  })
  expect((await say('POST', '/flow_runs/filter', asked)).body).toMatchObject([{ id: sub.id }])
  expect(listed.body).toMatchObject([
    {
      id: task.id,
      state_type: 'COMPLETED',
      state: { state_details: { child_flow_run_id: sub.id } },
    },
  ])
})

describe('log lines', () => {
  it('of a task run are found by its id alone', async () => {
    const { say } = apiClient()
    const flow = await say('POST', '/flows/', { name: 'bake' })
    const run = await say('POST', '/flow_runs/', { flow_id: flow.body.id })
    const keys = { flow_run_id: run.body.id, task_key: 'mix', dynamic_key: '0' }
    const task = await say('POST', '/task_runs/', keys)
    const line = {
      name: 'oven',
      level: 20,
      timestamp: '2026-11-21T09:00:00Z',
      flow_run_id: run.body.id,
    }
    const lines = [line, { ...line, task_run_id: task.body.id, message: 'mixed' }]
    await say(
      'POST',
      '/logs/',
      lines.map((one) => ({ message: 'baked', ...one })),
    )

    const logs = { task_run_id: { any_: [task.body.id] } }
    const { body } = await say('POST', '/logs/filter', { logs })
    expect(body.map(({ message }: { message: string }) => message)).toEqual(['mixed'])
  })
})

describe('a task run', () => {
  it('is renamed, moved and deleted', async () => {
    const { say } = apiClient()
    const keys = { flow_run_id: null, task_key: 'mix', dynamic_key: '0' }
    const { body: task } = await say('POST', '/task_runs/', keys)
    const path = `/task_runs/${task.id}`

    expect((await say('PATCH', path, { name: 'mixing' })).status).toBe(204)
    const moved = await say('POST', `${path}/set_state`, { state: { type: 'RUNNING' } })
    expect([moved.status, moved.body.status, moved.body.state.type]).toEqual([
      201,
      'ACCEPT',
      'RUNNING',
    ])
    const { body: now } = await say('GET', path)
    expect(now).toMatchObject({ name: 'mixing', run_count: 1, state_name: 'Running' })
    expect(now.start_time).toBe(moved.body.state.timestamp)

    expect((await say('DELETE', path)).status).toBe(204)
    expect((await say('GET', path)).status).toBe(404)
  })
})
