import { expect, it } from 'vitest'
import { apiClient } from '../http/client.ts'
import { road } from '../road.ts'

/** A run of a deployment that is at work, and the task run in it that stands for a subflow. */
async function calling() {
  const client = apiClient()
  const { say, deploy, here } = client
  const { id, flow_id } = await deploy('daily')
  const run = (await say('POST', `/deployments/${id}/create_flow_run`, {})).body.id
  const to = (runId: string, type: string) =>
    say('POST', `/flow_runs/${runId}/set_state`, { state: { type }, force: true })
  await to(run, 'RUNNING')
  const task = async (key: string) =>
    (
      await say('POST', '/task_runs/', {
        flow_run_id: run,
        task_key: key,
        dynamic_key: '0',
        state: { type: 'PENDING' },
      })
    ).body.id
  const subflow = async (key: string, deployment?: string) => {
    const parent = await task(key)
    const path = deployment ? `/deployments/${deployment}/create_flow_run` : '/flow_runs/'
    const body = deployment ? {} : { flow_id }
    const made = await say('POST', path, { ...body, parent_task_run_id: parent })
    await to(made.body.id, 'RUNNING')
    return { parent, id: made.body.id as string }
  }
  const stateOf = async (path: string) => (await say('GET', path)).body.state
  return { ...client, id, run, to, task, subflow, stateOf, settle: road(here) }
}

it('a cancelled run takes its subflows and task runs with it, once', async () => {
  const { id, run, to, task, subflow, stateOf, settle } = await calling()
  const inProcess = await subflow('knead')
  const apart = await subflow('bake', id)
  const over = await subflow('sell')
  await to(over.id, 'COMPLETED')
  const plain = await task('sweep')

  await to(run, 'CANCELLED')
  await settle({ times: 2 })

  const message = 'The parent flow run was cancelled.'
  expect(await stateOf(`/flow_runs/${inProcess.id}`)).toMatchObject({ type: 'CANCELLED', message })
  expect(await stateOf(`/flow_runs/${apart.id}`)).toMatchObject({ type: 'CANCELLING', message })
  expect((await stateOf(`/flow_runs/${over.id}`)).type).toBe('COMPLETED')
  expect(await stateOf(`/task_runs/${plain}`)).toMatchObject({ type: 'CANCELLED', message })
  expect((await stateOf(`/task_runs/${over.parent}`)).type).toBe('COMPLETED')
})

it('a run that ended otherwise leaves them alone', async () => {
  const { run, to, subflow, stateOf, settle } = await calling()
  const child = await subflow('knead')
  await to(run, 'FAILED')
  await settle()
  expect((await stateOf(`/flow_runs/${child.id}`)).type).toBe('RUNNING')
})
