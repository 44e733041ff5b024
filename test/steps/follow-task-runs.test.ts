import { expect, it } from 'vitest'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { apiClient } from '../http/client.ts'
import { bisected, road } from '../road.ts'

const TASK = '01a1fcee-2e36-7da2-b0c4-bef41de268f6'

const told = (run: string, state: string, second: number) => ({
  id: `01a1fcee-2e36-7000-8000-00000000000${second}`,
  occurred: `2026-11-21T09:00:0${second}Z`,
  event: `prefect.task-run.${state}`,
  resource: {
    'prefect.resource.id': `prefect.task-run.${TASK}`,
    'prefect.orchestration': 'client',
  },
  related: [
    { 'prefect.resource.id': `prefect.flow-run.${run}`, 'prefect.resource.role': 'flow-run' },
  ],
  payload: {
    validated_state: { type: state.toUpperCase(), name: state },
    task_run: { name: 'knead-0', task_key: 'knead', dynamic_key: '0', tags: ['rye'] },
  },
})

it('keeps one task run of many events, told twice and out of order', async () => {
  const { here, say } = apiClient()
  const { body: flow } = await say('POST', '/flows/', { name: 'bake' })
  const { body: run } = await say('POST', '/flow_runs/', { flow_id: flow.id })
  const travel = road(here)

  for (const batch of [[3], [1, 2]]) {
    const names = ['Pending', 'Running', 'Completed']
    await say(
      'POST',
      '/events',
      batch.map((i) => told(run.id, names[i - 1] ?? '', i)),
    )
    await travel({ times: 2, cut: bisected })
  }

  expect(await here.services.runs.tasks(DEFAULT_WORKSPACE, run.id)).toHaveLength(1)
  const { body: task } = await say('GET', `/task_runs/${TASK}`)
  expect(task).toMatchObject({ flow_run_id: run.id, state_type: 'COMPLETED', tags: ['rye'] })
  const filters = [
    {},
    { task_runs: { flow_run_id: { any_: [run.id] } } },
    { flow_runs: { id: { any_: [run.id] } }, sort: 'EXPECTED_START_TIME_DESC' },
    { task_runs: { state: { type: { any_: ['COMPLETED'] } }, subflow_runs: { exists_: false } } },
  ]
  for (const filter of filters) {
    expect((await say('POST', '/task_runs/filter', filter)).body).toEqual([task])
    const { limit, sort, ...counted } = { limit: 1, sort: null, ...filter }
    expect((await say('POST', '/task_runs/count', counted)).body).toBe(1)
  }
  const failed = { task_runs: { state: { type: { any_: ['FAILED'] } } } }
  expect((await say('POST', '/task_runs/filter', failed)).body).toEqual([])
})

it('one that is told at a length which no item holds is an event and no more, and the others are kept', async () => {
  const { here, say } = apiClient()
  const { body: flow } = await say('POST', '/flows/', { name: 'bake' })
  const { body: run } = await say('POST', '/flow_runs/', { flow_id: flow.id })
  const long = told(run.id, 'Running', 2)
  const resource = {
    ...long.resource,
    'prefect.resource.id': `prefect.task-run.${TASK.replace('01', '02')}`,
  }
  const tags = ['rye'.repeat(200_000)]
  const payload = { ...long.payload, task_run: { ...long.payload.task_run, tags } }
  expect((await say('POST', '/events', [{ ...long, resource, payload }])).status).toBe(204)
  await say('POST', '/events', [told(run.id, 'Pending', 1)])

  await road(here)()

  const kept = await here.services.runs.tasks(DEFAULT_WORKSPACE, run.id)
  expect(kept.map(({ id }) => id)).toEqual([TASK])
  expect(here.logged).toContainEqual(
    expect.objectContaining({ fact: 'a task run was not kept', level: 'warn' }),
  )
})
