import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { flowRun, getRunLogger, runSignal } from '../../lib/sdk/context.ts'
import { flow } from '../../lib/sdk/flow.ts'
import { fileResults, s3Results } from '../../lib/sdk/results.ts'
import { exponentialBackoff } from '../../lib/sdk/retry.ts'
import { flush, type Runtime, withRuntime } from '../../lib/sdk/runtime.ts'
import { task } from '../../lib/sdk/task.ts'
import type { TaskOptions } from '../../lib/sdk/task-definition.ts'
import {
  eventually,
  type FakeApi,
  fakeApi,
  framesOf,
  manualClock,
  NOBODY,
  testRuntime,
} from './fakes.ts'

let clock = manualClock()
let api: FakeApi
let at: Runtime
let directory: string
beforeEach(async () => {
  clock = manualClock()
  api = await fakeApi(clock)
  ;({ at } = testRuntime(api.url, clock))
  directory = mkdtempSync(join(tmpdir(), 'tripline-results-'))
})
afterEach(async () => {
  await api.stop()
  rmSync(directory, { recursive: true })
})

const inRuntime = <T>(work: () => T) => withRuntime(at, work)
const within = <R>(work: () => R) => inRuntime(() => flow(work, { name: 'bake' })())

interface Told {
  event: string
  id: string
  follows: string | null
  resource: Record<string, string>
  related: Record<string, string>[]
  payload: { task_run: Record<string, unknown>; validated_state: Record<string, unknown> }
}
/** What was told of tasks, in order. */
async function told(): Promise<Told[]> {
  await inRuntime(flush)
  return framesOf(api)
    .slice(1) // the auth frame
    .map((frame) => frame as unknown as Told)
    .filter(({ event }) => event.startsWith('prefect.task-run.'))
}
const names = async () => (await told()).map(({ event }) => event.slice('prefect.task-run.'.length))

const knead = task(async (grams: number, flour = 'rye') => `${grams} g of ${flour}`, {
  name: 'knead',
})

it('each state is told of by an event that carries the whole task run and follows the one before', async () => {
  expect(await within(() => knead(800))).toBe('800 g of rye')

  const [pending, running, completed] = await told()
  const run = [...api.runs.values()][0]
  expect(await names()).toEqual(['Pending', 'Running', 'Completed'])
  expect(running?.follows).toBe(pending?.id)
  expect(completed).toMatchObject({
    follows: running?.id,
    resource: { 'prefect.orchestration': 'client', 'prefect.state-type': 'COMPLETED' },
    payload: {
      task_run: { name: 'knead-0', task_key: 'knead', dynamic_key: '0', run_count: 1 },
      validated_state: { type: 'COMPLETED', state_details: { flow_run_id: run?.id } },
    },
  })
  expect(completed?.related[0]).toMatchObject({
    'prefect.resource.id': `prefect.flow-run.${run?.id}`,
    'prefect.resource.role': 'flow-run',
  })
})

it('calls of one task are told apart by their number', async () => {
  await within(() => Promise.all([knead(1), knead(2)]))

  const runs = (await told()).map(({ payload }) => payload.task_run.name)
  expect(new Set(runs)).toEqual(new Set(['knead-0', 'knead-1']))
})

/** A task that fails so many times and then returns. */
function failing(times: number, options: TaskOptions<[], string> = {}) {
  let calls = 0
  return task(
    async () => {
      calls += 1
      if (calls <= times) throw new Error(`no heat ${calls}`)
      return `call ${calls}`
    },
    { name: 'bake', ...options },
  )
}

it('waits longer before each retry, and says so', async () => {
  const bake = failing(2, { retries: 2, retryDelaySeconds: exponentialBackoff(7) })
  const result = within(() => bake())
  await eventually(() => clock.sleeping().includes(7_000))
  clock.advance(7_000)
  await eventually(() => clock.sleeping().includes(14_000))
  clock.advance(14_000)

  expect(await result).toBe('call 3')
  expect(await names()).toEqual([
    'Pending',
    'Running',
    'AwaitingRetry',
    'Retrying',
    'AwaitingRetry',
    'Retrying',
    'Completed',
  ])
})

it('the condition decides whether a failure is worth another try', async () => {
  const asked: unknown[] = []
  const bake = failing(5, {
    retries: 5,
    retryCondition: (error, attempt) => {
      asked.push((error as Error).message)
      return attempt < 2
    },
  })

  await expect(within(() => bake())).rejects.toThrow('no heat 2')
  expect(asked).toEqual(['no heat 1', 'no heat 2'])
})

it('hooks see the task run, the state, and what came of it', async () => {
  const seen: unknown[] = []
  const hooked = { onRunning: () => seen.push('running') }
  const good = failing(0, {
    ...hooked,
    onCompletion: async (one, run, state) => {
      seen.push([one.name, run.run_count, state.type, await state.result()])
    },
  })
  const bad = failing(9, {
    onFailure: async (_, __, state) =>
      seen.push(await state.result().catch((error: Error) => error.message)),
  })

  await within(async () => {
    await good()
    await bad().catch(() => {})
  })
  expect(seen).toEqual(['running', ['bake', 1, 'COMPLETED', 'call 1'], 'no heat 1'])
})

it('a call whose time is up has TimedOut, and its signal says so', async () => {
  let reason: unknown
  const slow = task(
    () =>
      new Promise<never>(() => {
        const signal = runSignal()
        signal.addEventListener('abort', () => {
          reason = signal.reason
        })
      }),
    { name: 'slow', timeoutSeconds: 0.01 },
  )

  await expect(within(() => slow())).rejects.toThrow('Task run exceeded timeout of 0.01 second(s)')
  expect(await names()).toEqual(['Pending', 'Running', 'TimedOut'])
  expect(reason).toMatchObject({ name: 'TimedOut' })
})

it('lines of a task belong to the task run and the flow run', async () => {
  await within(() => task(() => getRunLogger().warn('too wet'), { name: 'knead' })())
  await inRuntime(flush)

  const lines = api.bodies.flatMap((body) => (Array.isArray(body) ? body : []))
  const [id] = (await told()).map(({ resource }) => resource['prefect.resource.id'])
  expect(lines.find(({ message }) => message === 'too wet')).toMatchObject({
    name: 'prefect.task_runs',
    flow_run_id: [...api.runs.keys()][0],
    task_run_id: id?.replace('prefect.task-run.', ''),
  })
})

it('a retried flow run skips what its tasks have done, wherever results are kept', async () => {
  let kneaded = 0
  let baked = 0
  const kneads = task(async () => ++kneaded, { name: 'kneads' })
  const bakes = flow(
    async () => {
      const first = await kneads()
      const second = await kneads()
      baked += 1
      if (baked === 1) throw new Error('the oven went cold')
      return [first, second, flowRun().run_count]
    },
    { name: 'bake', retries: 1, persistResult: true, resultStorage: fileResults(directory) },
  )

  expect(await inRuntime(() => bakes())).toEqual([1, 2, 2])
  expect(kneaded).toBe(2)
  expect((await names()).slice(-4)).toEqual(['Pending', 'Cached', 'Pending', 'Cached'])
  expect([...api.runs.values()][0]?.state?.type).toBe('COMPLETED')
  expect(
    api.bodies.flatMap((body) => (body.state as { data?: unknown })?.data ?? []),
  ).toMatchObject([{ type: 'reference', storage_key: [...api.runs.keys()][0] }])
})

it('a key of one’s own makes one result of calls in many runs, until it expires', async () => {
  const objects = new Map<string, string>()
  const storage = s3Results(
    {
      async getObject({ Key }) {
        const text = objects.get(Key)
        if (text === undefined) throw Object.assign(new Error('gone'), { name: 'NoSuchKey' })
        return { Body: { transformToString: async () => text } }
      },
      putObject: async ({ Key, Body }) => void objects.set(Key, Body),
    },
    'bucket',
    'results/',
  )
  let calls = 0
  const price = task(async (corn: string) => `${corn} ${++calls}`, {
    name: 'price',
    cacheKey: (corn) => corn,
    cacheExpirationSeconds: 60,
    resultStorage: storage,
  })
  const both = () => within(async () => [await price('rye'), await price('oats')])

  expect(await both()).toEqual(['rye 1', 'oats 2'])
  expect(await both()).toEqual(['rye 1', 'oats 2'])
  clock.advance(61_000)
  expect(await both()).toEqual(['rye 3', 'oats 4'])
  expect([...objects.keys()][0]).toMatch(/^results\/[0-9a-f]{64}$/)
})

it('outside of a flow a task is a function with retries', async () => {
  expect(await inRuntime(() => failing(1, { retries: 1 })())).toBe('call 2')
  expect(api.requests).toEqual([])
})

it('without a server nothing is told, and results are kept all the same', async () => {
  const { at: alone } = testRuntime(NOBODY, clock)
  const options = { name: 'bake', resultStorage: fileResults(directory) }

  expect(await withRuntime(alone, () => flow(() => knead(1), options)())).toBe('1 g of rye')
})
