import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import type { State } from '../../lib/core/run.ts'
import { flowRun, getRunLogger } from '../../lib/sdk/context.ts'
import { emitEvent } from '../../lib/sdk/events.ts'
import { flow } from '../../lib/sdk/flow.ts'
import type { HookState } from '../../lib/sdk/hooks.ts'
import { flush, type Runtime, withRuntime } from '../../lib/sdk/runtime.ts'
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
let lines: string[]
beforeEach(async () => {
  clock = manualClock()
  api = await fakeApi(clock)
  ;({ at, lines } = testRuntime(api.url, clock))
})
afterEach(() => api.stop())

const SET_STATE = 'POST /flow_runs/:id/set_state'
/** The states proposed to the API, in order. */
const proposed = () =>
  api.bodies.filter((_, i) => api.requests[i] === SET_STATE).map((body) => body.state as State)
const inRuntime = <T>(work: () => T) => withRuntime(at, work)

it('a call makes the flow and the run, and goes from Pending over Running to Completed', async () => {
  const bakeBread = flow(async function bakeBread({ grams }: { grams: number }) {
    return grams / 2
  })

  const result = await inRuntime(() => bakeBread({ grams: 800 }))

  expect(result).toBe(400)
  expect(api.requests).toEqual(['POST /flows/', 'POST /flow_runs/', SET_STATE, SET_STATE])
  expect(api.bodies[0]).toMatchObject({ name: 'bake-bread' })
  expect(api.bodies[1]).toMatchObject({ state: { type: 'PENDING' }, parameters: { grams: 800 } })
  expect(proposed().map(({ type }) => type)).toEqual(['RUNNING', 'COMPLETED'])
})

it('hooks see the flow, the run and the state with its result', async () => {
  const seen: unknown[] = []
  const bake = flow(() => 'bread', {
    name: 'bake',
    onRunning: (_, run, state) => seen.push([state.type, run.run_count]),
    onCompletion: async (flow, run, state: HookState<string>) => {
      seen.push([flow.name, run.name, run.start_time, state.type, await state.result()])
    },
    onFailure: () => seen.push('never'),
  })

  await inRuntime(() => bake())

  expect(seen).toEqual([
    ['RUNNING', 1],
    ['bake', 'brisk-otter', '2026-11-21T09:00:00.000000Z', 'COMPLETED', 'bread'],
  ])
})

it('a flow that throws is Failed with the reason; the caller and the hook get the error', async () => {
  const cold = new Error('the oven is cold')
  const seen: unknown[] = []
  const bake = flow(
    () => {
      throw cold
    },
    { name: 'bake', onFailure: async (_f, _r, state) => state.result().catch((e) => seen.push(e)) },
  )

  await expect(inRuntime(() => bake())).rejects.toBe(cold)

  const message = 'Flow run encountered an exception: Error: the oven is cold'
  expect(proposed().at(-1)).toMatchObject({ type: 'FAILED', message })
  expect(seen).toEqual([cold])
})

it('a hook that throws changes nothing, and its run’s log says so', async () => {
  const bake = flow(() => 'bread', {
    name: 'bake',
    onCompletion: function callOwner() {
      throw new Error('busy')
    },
  })

  await expect(inRuntime(() => bake())).resolves.toBe('bread')
  await inRuntime(flush)

  expect(JSON.stringify(api.bodies.at(-1))).toContain("Hook 'callOwner' threw: Error: busy")
})

it('a failed function is called again as often as its retries say', async () => {
  let calls = 0
  const bake = flow(
    () => {
      calls += 1
      if (calls < 3) throw new Error('cold')
      return 'bread'
    },
    { name: 'bake', retries: 2, retryDelaySeconds: 5 },
  )

  const result = inRuntime(() => bake())
  for (const call of [1, 2]) {
    await eventually(() => calls === call && clock.sleeping().includes(5000))
    clock.advance(5000)
  }

  expect(await result).toBe('bread')
  const names = proposed().map(({ name }) => name)
  expect(names).toEqual(['Running', 'Retrying', 'Retrying', 'Completed'])
})

it('WAIT is honoured to the moment that the state names, not to the rounded second', async () => {
  let begun = false
  const bake = flow(() => (begun = true), { name: 'bake' })
  let asked = 0
  api.answers[SET_STATE] = () => {
    asked += 1
    const details =
      asked === 1 ? { type: 'wait_details', delay_seconds: 2 } : { type: 'accept_details' }
    return { status: 200, body: { status: asked === 1 ? 'WAIT' : 'ACCEPT', state: null, details } }
  }

  const result = inRuntime(() => bake())
  await eventually(() => clock.sleeping().includes(2000))
  clock.advance(1999.999)
  await Promise.resolve()
  expect(begun).toBe(false)
  clock.advance(0.001)

  expect(await result).toBe(true)
})

it('a run that is taken away while it waits is not asked for again', async () => {
  const bake = flow(() => expect.unreachable(), { name: 'bake' })
  const details = { type: 'wait_details', delay_seconds: 3600 }
  let asked = 0
  api.answers[SET_STATE] = () => {
    asked += 1
    return { status: 200, body: { status: 'WAIT', state: null, details } }
  }
  api.answers['POST /flow_runs/:id/heartbeat'] = () => ({
    status: 200,
    body: { held: false, state: null },
  })

  const result = inRuntime(() => bake())
  const refused = expect(result).rejects.toThrow(
    /did not begin: RunLost: .*taken from this process/,
  )
  await eventually(() => clock.sleeping().includes(3_600_000))
  clock.advance(60_000)
  await refused

  expect(asked).toBe(2)
})

it('ABORT on Running keeps the function from being called', async () => {
  const bake = flow(() => expect.unreachable(), { name: 'bake' })
  const details = { type: 'abort_details', reason: 'somebody else has it' }
  api.answers[SET_STATE] = () => ({ status: 200, body: { status: 'ABORT', state: null, details } })

  await expect(inRuntime(() => bake())).rejects.toThrow(/did not begin: somebody else has it/)
})

it('a run that was being cancelled ends as Cancelled, with that hook', async () => {
  const seen: string[] = []
  const bake = flow(
    () => {
      const run = api.runs.get(flowRun().id)
      if (run?.state) run.state = { ...run.state, type: 'CANCELLING' }
      return 'bread'
    },
    {
      name: 'bake',
      onCompletion: () => seen.push('completed'),
      onCancellation: () => seen.push('cancelled'),
    },
  )

  await inRuntime(() => bake())

  expect(proposed().map(({ type }) => type)).toEqual(['RUNNING', 'COMPLETED', 'CANCELLED'])
  expect(seen).toEqual(['cancelled'])
})

it('a run that was ended by somebody else runs the hooks of the state that holds', async () => {
  const seen: string[] = []
  const bake = flow(
    () => {
      const run = api.runs.get(flowRun().id)
      if (run?.state) run.state = { ...run.state, type: 'CRASHED' }
      const details = { type: 'abort_details', reason: 'Run is already in terminal state CRASHED.' }
      api.answers[SET_STATE] = () => ({
        status: 200,
        body: { status: 'ABORT', state: null, details },
      })
      return 'bread'
    },
    {
      name: 'bake',
      onCompletion: () => seen.push('completed'),
      onCrashed: () => seen.push('crashed'),
    },
  )

  expect(await inRuntime(() => bake())).toBe('bread')
  expect(seen).toEqual(['crashed'])
})

it('parameters are checked and completed by the schema; wrong ones fail the run by name', async () => {
  const schema = z.object({ grams: z.number(), rye: z.boolean().default(false) })
  const bake = flow(({ grams, rye }) => `${grams} ${rye}`, { name: 'bake', parameters: schema })

  expect(await inRuntime(() => bake({ grams: 1 }))).toBe('1 false')
  await expect(inRuntime(() => bake({ grams: '1' as never }))).rejects.toThrow(/grams: /)
  expect(proposed().at(-1)).toMatchObject({ type: 'FAILED' })
})

it('what the run says goes to POST /logs/ with its level, in order', async () => {
  const bake = flow(
    () => {
      getRunLogger().warn('cold', { celsius: 20 })
      console.log('got', 'bread')
    },
    { name: 'bake', logPrints: true },
  )

  await inRuntime(() => bake())
  await inRuntime(flush)

  const written = api.bodies.at(-1) as unknown as { level: number; message: string }[]
  expect(written.map(({ level, message }) => [level, message])).toEqual([
    [20, "Beginning flow run 'brisk-otter' for flow 'bake'"],
    [30, 'cold {"celsius":20}'],
    [20, 'got bread'],
    [20, 'Finished in state Completed()'],
  ])
})

it('long lines go in several requests, each of which the server takes', async () => {
  const bake = flow(
    () => {
      for (let i = 0; i < 20; i++) getRunLogger().info('é'.repeat(100_000))
    },
    { name: 'bake' },
  )

  await inRuntime(() => bake())
  await inRuntime(flush)

  const requests = api.bodies.filter((_, i) => api.requests[i] === 'POST /logs/')
  expect((requests as unknown as unknown[][]).flat()).toHaveLength(22)
  for (const body of requests) expect(JSON.stringify(body).length).toBeLessThan(1_000_000)
})

it('an event from a hook names the run and the flow as its company', async () => {
  const bake = flow(() => 'bread', {
    name: 'bake',
    onCompletion: () =>
      emitEvent({ event: 'bread.baked', resource: { 'prefect.resource.id': 'bread.1' } }),
  })

  await inRuntime(() => bake())
  await inRuntime(flush)

  expect(framesOf(api)[1]).toMatchObject({
    event: 'bread.baked',
    related: [
      { 'prefect.resource.role': 'flow-run', 'prefect.resource.name': 'brisk-otter' },
      { 'prefect.resource.role': 'flow', 'prefect.resource.name': 'bake' },
    ],
  })
})

it('with no server a flow runs all the same, hooks too, and that is said once', async () => {
  ;({ at, lines } = testRuntime(NOBODY, clock))
  const seen: string[] = []
  const bake = flow(() => 'bread', {
    name: 'bake',
    onCompletion: (_, run, state) => seen.push(state.type, run.start_time ?? ''),
  })

  expect(await inRuntime(() => bake())).toBe('bread')
  expect(await inRuntime(() => bake())).toBe('bread')

  expect(seen.slice(0, 2)).toEqual(['COMPLETED', '2026-11-21T09:00:00.000000Z'])
  expect(lines).toEqual([
    expect.stringMatching(/runs are not recorded: no API at .*tripline start/),
  ])
})

it('a server that goes away while the flow runs does not take the result with it', async () => {
  let leave = () => {}
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  const bake = flow(
    async () => {
      await left
      return 'bread'
    },
    { name: 'bake' },
  )

  const result = inRuntime(() => bake())
  await eventually(() => proposed().length === 1)
  await api.stop()
  leave()
  let isDone = false
  void result.then(() => {
    isDone = true
  })
  await eventually(() => {
    clock.advance(1000)
    return isDone
  })

  expect(await result).toBe('bread')
  expect(lines.join()).toMatch(/run 'brisk-otter' could not be reported COMPLETED/)
  api = await fakeApi(clock)
})

it('a function without a name is refused', () => {
  expect(() => flow(() => 1)).toThrow(/flow\(fn, \{ name: /)
})
