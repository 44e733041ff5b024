// Visits to what makes runs, to where they wait, and to the runs themselves.
import { deploy, FEW, list, type Visit } from './visit.ts'

const schedule = { schedule: { cron: '0 6 * * *' }, active: true }

const deployments: Visit = async (ask, { here }) => {
  const { id, flow_id } = await deploy(ask, { concurrency_limit: 2, tags: ['bread'] })
  await list(ask, '/flows')
  await ask('GET', `/flows/${flow_id}`)
  await ask('GET', '/flows/name/bake')
  await ask('PATCH', `/flows/${flow_id}`, { tags: [] })

  const path = `/deployments/${id}`
  await ask('GET', path)
  await ask('GET', '/deployments/name/bake/daily')
  await ask('PATCH', path, { description: 'every morning' })
  const [{ id: made }] = await ask('POST', `${path}/schedules`, [schedule])
  await ask('GET', `${path}/schedules`)
  await ask('POST', `${path}/schedule`, {})
  await list(ask, '/deployments')
  await ask('POST', `${path}/pause_deployment`)
  await ask('POST', `${path}/resume_deployment`)
  await ask('POST', `${path}/create_flow_run`, {})
  await ask('POST', `${path}/create_flow_run/bulk`, [{}, { parameters: { grams: 5 } }])
  here.clock.advance(1)
  await ask('POST', '/deployments/get_scheduled_flow_runs', { deployment_ids: [id] })

  await ask('PATCH', `${path}/schedules/${made}`, { active: false })
  await ask('DELETE', `${path}/schedules/${made}`)
  await ask('DELETE', path)
  await deploy(ask)
  await ask('POST', '/deployments/bulk_delete', {})
  await ask('DELETE', `/flows/${flow_id}`)
  await ask('POST', '/flows/bulk_delete', {})
}

const lease = { lease_holder: 'oven 1', lease_seconds: 60 }

const history = {
  history_start: '2026-11-21T00:00:00Z',
  history_end: '2026-11-22T00:00:00Z',
  history_interval_seconds: 86_400,
}

const flowRuns: Visit = async (ask, { here, travel }) => {
  const { flow_id } = await deploy(ask)
  const { id } = await ask('POST', '/flow_runs/', { flow_id, state: { type: 'PENDING' } })
  const path = `/flow_runs/${id}`
  const enter = (type: string, state_details: object = {}) =>
    ask('POST', `${path}/set_state`, { state: { type, state_details }, force: true })

  await ask('GET', path)
  await ask('PATCH', path, { name: 'brave-bun' })
  await ask('PATCH', `${path}/labels`, { oven: 'stone' })
  await enter('RUNNING', lease)
  await ask('POST', `${path}/heartbeat`, { holder: lease.lease_holder })
  await list(ask, '/flow_runs')
  await ask('POST', '/flow_runs/history', history)
  await ask('POST', '/flow_runs/lateness', {})
  await travel()
  const [state] = await ask('GET', `/flow_run_states?flow_run_id=${id}`)
  await ask('GET', `/flow_run_states/${state.id}`)

  await ask('POST', `${path}/input`, { key: 'grams', value: '5', sender: 'baker' })
  await ask('GET', `${path}/input/grams`)
  await ask('POST', `${path}/input/filter`, { prefix: 'g' })
  await ask('DELETE', `${path}/input/grams`)
  await enter('PAUSED')
  await ask('POST', `${path}/resume`, {})

  const line = { name: 'prefect.flow_runs', level: 20, message: 'hot', flow_run_id: id }
  await ask('POST', '/logs/', [{ ...line, timestamp: '2026-11-21T09:00:00Z' }])
  await ask('POST', '/logs/filter', { logs: { flow_run_id: { any_: [id] } } })
  await ask('GET', `${path}/logs/download`)

  here.clock.advance(5)
  await ask('POST', '/flow_runs/bulk_set_state', { state: { type: 'CANCELLED' } })
  await ask('POST', '/flow_runs/bulk_delete', {})
  const other = await ask('POST', '/flow_runs/', { flow_id })
  await ask('DELETE', `/flow_runs/${other.id}`)
}

const taskRuns: Visit = async (ask) => {
  const { flow_id } = await deploy(ask)
  const run = await ask('POST', '/flow_runs/', { flow_id })
  const sent = { task_key: 'knead', dynamic_key: '0', state: { type: 'PENDING' } }
  const { id } = await ask('POST', '/task_runs/', { flow_run_id: run.id, ...sent })
  const path = `/task_runs/${id}`

  await ask('GET', path)
  await ask('POST', `${path}/set_state`, { state: { type: 'RUNNING' } })
  await ask('PATCH', path, { name: 'knead-0' })
  await list(ask, '/task_runs')
  await ask('POST', '/task_runs/history', history)
  await ask('DELETE', path)
}

const artifacts: Visit = async (ask) => {
  const sent = { key: 'loaves', type: 'table', data: [{ n: 1 }], metadata_: { oven: 'stone' } }
  const { id } = await ask('POST', '/artifacts/', sent)
  await ask('GET', `/artifacts/${id}`)
  await ask('GET', '/artifacts/loaves/latest')
  await ask('PATCH', `/artifacts/${id}`, { description: 'today' })
  await list(ask, '/artifacts', FEW)
  await list(ask, '/artifacts/latest', FEW)
  await ask('DELETE', `/artifacts/${id}`)
}

const workPools: Visit = async (ask, { here }) => {
  await ask('POST', '/work_pools/', { name: 'oven', type: 'process', concurrency_limit: 2 })
  const pool = '/work_pools/oven'
  const { id: queue } = await ask('POST', `${pool}/queues`, { name: 'hot' })
  const over = { work_pool_name: 'oven', work_queue_name: 'hot' }
  const { id } = await deploy(ask, over)
  for (const type of ['SCHEDULED', 'PENDING']) {
    const run = await ask('POST', `/deployments/${id}/create_flow_run`, {})
    if (type === 'PENDING') await ask('POST', `/flow_runs/${run.id}/set_state`, { state: { type } })
  }
  here.clock.advance(1)
  await ask('POST', `${pool}/workers/heartbeat`, { name: 'w1', heartbeat_interval_seconds: 30 })

  await ask('GET', pool)
  await ask('PATCH', pool, { description: 'of stone' })
  await list(ask, '/work_pools', FEW)
  await ask('POST', `${pool}/workers/filter`, {})
  await ask('POST', `${pool}/get_scheduled_flow_runs`, {})
  await ask('POST', `${pool}/concurrency_status`, {})

  await ask('GET', `${pool}/queues/hot`)
  await ask('PATCH', `${pool}/queues/hot`, { priority: 2 })
  await ask('POST', `${pool}/queues/filter`, {})
  await ask('POST', '/work_queues/filter', {})
  await ask('GET', `/work_queues/${queue}`)
  await ask('PATCH', `/work_queues/${queue}`, { description: 'first' })
  await ask('GET', `/work_queues/${queue}/status`)
  await ask('POST', `/work_queues/${queue}/get_runs`, {})
  await ask('POST', `/work_queues/${queue}/concurrency_status`, {})

  await ask('DELETE', `${pool}/workers/w1`)
  await ask('DELETE', `${pool}/queues/hot`)
  const other = await ask('POST', `${pool}/queues`, { name: 'cold' })
  await ask('DELETE', `/work_queues/${other.id}`)
  await ask('DELETE', pool)
}

export const RUN_VISITS: Visit[] = [deployments, flowRuns, taskRuns, artifacts, workPools]
