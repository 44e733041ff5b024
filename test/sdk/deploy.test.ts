import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DeployOptions } from '../../lib/sdk/deploy.ts'
import { flow } from '../../lib/sdk/flow.ts'
import { type Runtime, withRuntime } from '../../lib/sdk/runtime.ts'
import { DeploymentEventTrigger } from '../../lib/sdk/triggers.ts'
import { type FakeApi, fakeApi, testRuntime } from './fakes.ts'

let api: FakeApi
let at: Runtime
let bin: string
const { PATH } = process.env
beforeEach(async () => {
  api = await fakeApi()
  ;({ at } = testRuntime(api.url, { ...fakeClock }))
  bin = mkdtempSync(join(tmpdir(), 'tripline-bin-'))
  process.env.PATH = `${bin}:${PATH}`
})
afterEach(async () => {
  process.env.PATH = PATH
  rmSync(bin, { recursive: true })
  await api.stop()
})

const fakeClock = { now: () => 0, sleep: async () => {} }
const bake = flow(({ grams = 800 }: { grams?: number }) => grams, { name: 'bake' })
const deploy = (options: Partial<DeployOptions<{ grams?: number }>>) =>
  withRuntime(at, () => bake.deploy({ name: 'daily', workPoolName: 'ovens', ...options }))
const sent = () => api.bodies[api.requests.indexOf('POST /deployments/')]

/** A docker that writes down what it was told, and ends with a code. */
function docker(code: number): () => string[] {
  const told = join(bin, 'told')
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\necho "$@" >> ${told}\nexit ${code}\n`)
  chmodSync(join(bin, 'docker'), 0o755)
  return () => readFileSync(told, 'utf8').trimEnd().split('\n')
}

it('a deployment names its pool, its flow’s place, its schedules and its triggers', async () => {
  await deploy({
    entrypoint: 'flows/bake.ts:bake',
    tags: ['bread'],
    schedules: [{ interval: { hours: 2 } }, { cron: '0 3 * * *', timezone: 'Europe/Zurich' }],
    triggers: [DeploymentEventTrigger({ expect: 'dough.proofed', schedule_after: 'PT2H' })],
    jobVariables: { cpu: 2 },
    concurrencyLimit: 3,
  })

  expect(sent()).toMatchObject({
    work_pool_name: 'ovens',
    entrypoint: 'flows/bake.ts:bake',
    tags: ['bread'],
    job_variables: { cpu: 2 },
    concurrency_limit: 3,
    schedules: [
      { schedule: { interval: 7200 }, active: true },
      { schedule: { cron: '0 3 * * *', timezone: 'Europe/Zurich' } },
    ],
  })
  expect(api.bodies.at(-1)).toMatchObject({
    name: 'daily__automation_1',
    actions: [{ type: 'run-deployment', schedule_after: 7200 }],
  })
})

it.each([
  ['built and pushed', {}, ['build --tag reg/bake:1 .', 'push reg/bake:1']],
  ['only pushed', { build: false }, ['push reg/bake:1']],
  ['only built', { push: false }, ['build --tag reg/bake:1 .']],
])('an image is %s', async (_, flags, commands) => {
  const told = docker(0)

  await deploy({ image: 'reg/bake:1', ...flags })

  expect(told()).toEqual(commands)
  expect(sent()).toMatchObject({ job_variables: { image: 'reg/bake:1' } })
})

it('what cannot be built is not deployed', async () => {
  docker(1)

  await expect(deploy({ image: 'reg/bake:1' })).rejects.toThrow(
    'docker build --tag reg/bake:1 . ended',
  )
  expect(api.requests).toEqual([])
})
