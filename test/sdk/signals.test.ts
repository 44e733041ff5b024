// Signals end a process, so they are sent to one of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../lib/sdk/clock.ts'
import { eventually, type FakeApi, fakeApi } from './fakes.ts'

let api: FakeApi
let child: ChildProcess
beforeEach(async () => {
  api = await fakeApi(systemClock())
})
afterEach(async () => {
  child.kill('SIGKILL')
  await api.stop()
})

const SDK = join(import.meta.dirname, '../../lib/sdk/index.ts')

/** Runs a program in which `flow` and `bake`, a flow that goes on until the process ends, are known. */
function start(program: string) {
  const source = `import { flow } from ${JSON.stringify(SDK)}
    const bake = flow(() => new Promise((resolve) => setTimeout(resolve, 60_000)), { name: 'bake' })
    ${program}`
  child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
    env: { ...process.env, TRIPLINE_API_URL: api.url },
  })
  return once(child, 'exit')
}
const stateTypes = () => [...api.runs.values()].map((run) => run.state?.type)

it('a run that a signal cuts off is reported Crashed, and the process ends as signals end it', async () => {
  const exit = start('await bake()')
  await eventually(() => stateTypes()[0] === 'RUNNING')

  child.kill('SIGINT')

  expect(await exit).toEqual([130, null])
  expect(stateTypes()).toEqual(['CRASHED'])
})

it('who serves stops at the first signal, pauses the deployment, and exits 0', async () => {
  const exit = start("await bake.serve({ name: 'daily' })")
  await eventually(() => api.requests.includes('POST /deployments/get_scheduled_flow_runs'))

  child.kill('SIGTERM')

  expect(await exit).toEqual([0, null])
  expect(api.requests).toContain('PATCH /deployments/:id')
})
