import { expect, it } from 'vitest'
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
