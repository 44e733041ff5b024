// Serving processes that are killed or frozen in the middle of a run: nothing is lost, nothing done twice.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { FlowRun } from '../../lib/core/run.ts'
import type { Client } from '../../lib/sdk/client.ts'
import { connect } from '../../lib/sdk/runtime.ts'
import { ROOT, type Stack, startStack, TSX } from '../cli/stack.ts'

const LEASE_SECONDS = 3

let stack: Stack
let api: Client
beforeAll(async () => {
  stack = await startStack()
  api = connect(stack.apiUrl)
})
afterAll(() => stack.stop())

let directory: string
let diary: string
let children: ChildProcess[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tripline-crash-'))
  diary = join(directory, 'diary')
  children = []
})
afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  rmSync(directory, { recursive: true, force: true })
})

function serve(file: string, env: Record<string, string> = {}): ChildProcess {
  const args = ['--conditions=source', '--import', TSX, join(ROOT, 'examples/crash', file)]
  const child = spawn(process.execPath, args, {
    cwd: directory,
    stdio: 'inherit',
    env: {
      ...process.env,
      TRIPLINE_API_URL: stack.apiUrl,
      TRIPLINE_RUN_LEASE_SECONDS: String(LEASE_SECONDS),
      TRIPLINE_LOGGING_LEVEL: 'CRITICAL',
      ...env,
    },
  })
  children.push(child)
  return child
}

async function until<T>(ask: () => T | Promise<T>): Promise<NonNullable<Awaited<T>>> {
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    await sleep(100)
  }
}

const lines = () =>
  existsSync(diary) ? readFileSync(diary, 'utf8').trimEnd().split('\n').map(told) : []
const told = (line: string) => line.replace(/ by \d+$/, '')

async function begunRun(seconds: number): Promise<FlowRun> {
  const deployment = await until(() => api.deployments.byName('bakery', 'daily'))
  await until(() => api.deployments.byName('shop', 'opens'))
  const run = await api.deployments.createRun(deployment.id, { parameters: { diary, seconds } })
  await until(() => lines().includes('heating'))
  return run
}

const stateNames = async ({ id }: FlowRun) => (await api.runs.states(id)).map(({ name }) => name)
/** Its history, which is written from the stream, comes a moment behind its state. */
const ended = ({ id }: FlowRun, name: string) =>
  until(async () => {
    const run = await api.runs.get(id)
    const isTold = (await stateNames(run)).at(-1) === name
    return run.state?.name === name && isTold ? run : null
  })
/** What came of the run outside of it: events of its hook, and runs of the shop. */
async function consequences({ id }: FlowRun) {
  const filter = { resource: { id: [`bread.${id}`] }, event: { name: ['bread.baked'] } }
  const { events } = await api.events.filter(filter)
  const shops = await api.runs.filter({ flows: { name: { any_: ['shop'] } } })
  return { events: events.length, shops: shops.map(({ state }) => state?.name) }
}

const RETRIED = [
  'Scheduled',
  'Pending',
  'Running',
  'AwaitingRetry',
  'Pending',
  'Running',
  'Completed',
]

it('killed: another process tries it once more, and everything there is exists once', async () => {
  serve('shop.ts')
  const first = serve('bakery.ts')
  const run = await begunRun(2)
  first.kill('SIGKILL')
  serve('bakery.ts')

  expect(await ended(run, 'Completed')).toMatchObject({ run_count: 2 })
  await until(async () => (await consequences(run)).shops.includes('Completed'))
  expect(await stateNames(run)).toEqual(RETRIED)
  expect(lines()).toEqual(['bought', 'heating', 'heating'])
  expect(await consequences(run)).toEqual({ events: 1, shops: ['Completed'] })
})

it('killed, and without retries: it has crashed, and says why', async () => {
  serve('shop.ts')
  const first = serve('bakery.ts', { RETRIES: '0' })
  const run = await begunRun(600)
  const shops = (await consequences(run)).shops.length
  first.kill('SIGKILL')

  const crashed = await ended(run, 'Crashed')
  expect(crashed.state?.message).toMatch(/^Nothing was heard of it for 3 s/)
  expect(await stateNames(run)).toEqual(['Scheduled', 'Pending', 'Running', 'Crashed'])
  expect(await consequences(run)).toMatchObject({ events: 0, shops: { length: shops } })
})

it('frozen for longer than its lease: who wakes up no longer speaks for the run', async () => {
  serve('shop.ts')
  const first = serve('bakery.ts')
  const run = await begunRun(4)
  const shops = (await consequences(run)).shops.length
  first.kill('SIGSTOP')
  serve('bakery.ts')
  await until(() => lines().filter((line) => line === 'heating').length === 2)
  first.kill('SIGCONT')

  await ended(run, 'Completed')
  await until(async () => (await consequences(run)).shops.length > shops)
  first.kill('SIGTERM') // it finishes what it has begun
  await once(first, 'exit')
  expect(await stateNames(run)).toEqual(RETRIED)
  expect(await consequences(run)).toMatchObject({ events: 1, shops: { length: shops + 1 } })
})

it('in a process of its own, and that killed: it is reported by who started it, at once', async () => {
  serve('shop.ts')
  const parent = serve('bakery.ts', { ISOLATION: 'process' })
  const run = await begunRun(600)
  const pid = Number(/heating by (\d+)/.exec(readFileSync(diary, 'utf8'))?.[1])
  expect(pid).not.toBe(parent.pid)
  process.kill(pid, 'SIGKILL')

  const crashed = await ended(run, 'Crashed')
  expect(crashed.state?.message).toBe('Flow run process exited with SIGKILL.')
})
