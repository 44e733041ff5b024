// The opt-out example of the docs, end to end against a server process: a run two hours after the event, unless somebody cancels it.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readConfig } from '../../lib/sdk/config.ts'
import { emitEvent, flow, serve } from '../../lib/sdk/index.ts'
import { closeRuntime, createRuntime, type Runtime, withRuntime } from '../../lib/sdk/runtime.ts'
import type { Serving } from '../../lib/sdk/serve.ts'
import { DeploymentEventTrigger } from '../../lib/sdk/triggers.ts'
import { cli, type Stack, startStack } from './stack.ts'

let stack: Stack
let runtime: Runtime
let serving: Serving
const charged: string[] = []

const chargeTrial = flow(async ({ account }: { account: string }) => void charged.push(account), {
  name: 'charge-trial',
})

beforeAll(async () => {
  stack = await startStack()
  const config = readConfig({ TRIPLINE_API_URL: stack.apiUrl })
  runtime = createRuntime(config, { write: () => {} })
  serving = await withRuntime(runtime, () =>
    serve(
      chargeTrial.toDeployment({
        name: 'unless-opted-out',
        pollSeconds: 0.1,
        triggers: [
          DeploymentEventTrigger({
            expect: ['trial.ended'],
            parameters: { account: '{{ event.payload.account }}' },
            schedule_after: 'PT2H',
          }),
        ],
      }),
    ),
  )
})

afterAll(async () => {
  await serving?.stop()
  await closeRuntime(runtime)
  await stack?.stop()
})

/** The run that an account's event has made, as it is now. */
async function runOf(account: string) {
  const runs = await runtime.client.runs.filter()
  return runs.find(({ parameters }) => parameters.account === account) ?? null
}

async function endTrial(account: string) {
  await withRuntime(runtime, () =>
    emitEvent({
      event: 'trial.ended',
      resource: { 'prefect.resource.id': `account.${account}` },
      payload: { account },
    }),
  )
  return vi.waitFor(async () => {
    const run = await runOf(account)
    if (!run) throw new Error('no run yet')
    return run
  }, 20_000)
}

const advance = (span: string) =>
  cli(['advance', span], { env: { TRIPLINE_API_URL: stack.apiUrl } })

describe('advance', () => {
  it('a run two hours ahead runs when two hours have passed, which takes a moment', async () => {
    const { state } = await endTrial('ada')
    expect(state?.name).toBe('Scheduled')
    expect(charged).toEqual([])

    const { code, err } = await advance('2h')
    await vi.waitFor(() => expect(charged).toEqual(['ada']), 20_000)

    expect(code).toBe(0)
    expect(err).toMatch(/^It is 2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d UTC now\.\n$/)
  })

  it('a run that is cancelled within the two hours never runs', async () => {
    const { id } = await endTrial('bob')
    await advance('1h')
    await runtime.client.runs.setState(id, { type: 'CANCELLED' }, true)

    await advance('2h')
    await endTrial('cleo')
    await advance('2h')
    await vi.waitFor(() => expect(charged).toContain('cleo'), 20_000)

    expect(charged).not.toContain('bob')
    expect((await runOf('bob'))?.state?.type).toBe('CANCELLED')
  })

  it('a backtest looks back from where the clock then is', async () => {
    await advance('2h')
    const env = { TRIPLINE_API_URL: stack.apiUrl }
    const [automation] = await runtime.client.automations.filter()
    const argv = ['automation', 'backtest', automation?.id ?? '', '-o', 'json']

    const { out } = await cli(argv, { env })

    expect(Date.parse(JSON.parse(out).until)).toBeGreaterThan(Date.now() + 3_600_000)
  })

  it('a span that is none is refused', async () => {
    const { code, err } = await advance('soon')

    expect(code).toBe(2)
    expect(err).toContain("'soon' is no span of time")
  })
})
