// Push pools on the real stack: a due run is handed over by HTTP, by Lambda and by EventBridge, each through the real client, to the
// handlers that users export. One process is killed while it hands a run over; every hand-over is repeated, and the run is run once.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { readConfig } from '../../lib/sdk/config.ts'
import { flow } from '../../lib/sdk/flow.ts'
import { toHono, toLambda } from '../../lib/sdk/launch-handlers.ts'
import { connect, createRuntime, withRuntime } from '../../lib/sdk/runtime.ts'
import { cli, MAIN, rows, TSX } from '../cli/stack.ts'

const SECRET = `whsec_${Buffer.from('the secret of the bakery').toString('base64')}`
const directory = mkdtempSync(join(tmpdir(), 'tripline-push-'))

let baked: number[] = []
const bake = flow(({ grams }: { grams: number }) => baked.push(grams), { name: 'bake' })
const shop = toHono(bake, { secrets: SECRET })
const oven = toLambda(bake)

/** What was sent to whom, to be sent again. */
interface Delivery {
  path: string
  headers: Record<string, string>
  body: string
}

let deliveries: Delivery[] = []
/** What happens in place of an answer to the next delivery. */
let instead: (() => void) | null = null
let receiver: Server
let receiverUrl = ''
let stack: ChildProcess
let url = ''

async function startStack(port: string): Promise<void> {
  const flags = ['start', '--port', port, '--data-dir', join(directory, 'data')]
  stack = spawn(process.execPath, ['--import', TSX, MAIN, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      NO_COLOR: '1',
      TRIPLINE_ALLOW_LOOPBACK_TARGETS: '1',
      TRIPLINE_EVENT_BUS: 'bakery',
      AWS_ENDPOINT_URL_LAMBDA: receiverUrl,
      AWS_ENDPOINT_URL_EVENTBRIDGE: receiverUrl,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    },
  })
  let output = ''
  url = await new Promise<string>((resolve, reject) => {
    stack.stdout?.on('data', (text: Buffer) => {
      output += text
      const [, found] = /API +(http:\S+)/.exec(output) ?? []
      if (found) resolve(found)
    })
    stack.on('exit', () => reject(new Error(output)))
  })
}

/** Does what stands behind the three ways: an HTTP app, a Lambda function, and a rule of a bus whose target is that function. */
async function receive({ path, headers, body }: Delivery): Promise<[number, string]> {
  const at = createRuntime(
    readConfig({ TRIPLINE_API_URL: url, TRIPLINE_LOGGING_LEVEL: 'CRITICAL' }),
  )
  return withRuntime(at, async () => {
    if (path === '/shop') {
      const answer = await shop.request('/', { method: 'POST', headers, body })
      return [answer.status, '']
    }
    if (path.startsWith('/2015-03-31/functions/')) {
      await oven(JSON.parse(body))
      return [202, '']
    }
    const { Entries } = JSON.parse(body) as { Entries: { Source: string; Detail: string }[] }
    for (const { Source: source, Detail } of Entries) {
      await oven({ source, detail: JSON.parse(Detail) })
    }
    return [200, JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] })]
  })
}

async function deliveryOf(request: IncomingMessage): Promise<Delivery> {
  let body = ''
  for await (const part of request) body += part
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
  return { path: request.url ?? '', headers: Object.fromEntries(headers), body }
}

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const delivery = await deliveryOf(request)
    deliveries.push(delivery)
    const interrupt = instead
    instead = null
    if (interrupt) return interrupt()
    const [status, text] = await receive(delivery)
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  await startStack('0')
})

afterAll(async () => {
  stack.kill('SIGTERM')
  await once(stack, 'exit')
  receiver.closeAllConnections()
  receiver.close()
  rmSync(directory, { recursive: true, force: true })
})

beforeEach(() => {
  deliveries = []
  baked = []
})

/** A pool and a deployment on it, as somebody at a terminal makes them. */
async function pool(type: string, jobVariables: Record<string, unknown>): Promise<string> {
  const client = connect(url)
  const { code, err } = await cli(['work-pool', 'create', `${type}-ovens`, '--type', type], {
    env: { TRIPLINE_API_URL: url },
  })
  if (code !== 0) throw new Error(err)
  const { id: flow_id } = await client.flows.create('bake')
  const { id } = await client.deployments.create({
    name: type,
    flow_id,
    work_pool_name: `${type}-ovens`,
    job_variables: jobVariables,
  })
  return id
}

async function block(): Promise<string> {
  const values = [`url=${receiverUrl}/shop`, `signing_secret=${SECRET}`]
  const argv = ['block', 'create', 'webhook', 'shop', ...values.flatMap((one) => ['--set', one])]
  const { out } = await cli(argv, { env: { TRIPLINE_API_URL: url } })
  return String(rows(out)[0]?.id)
}

async function ended(runId: string) {
  for (;;) {
    const run = await connect(url).runs.get(runId)
    if (['COMPLETED', 'FAILED', 'CRASHED'].includes(run.state?.type ?? '')) return run
    await sleep(100)
  }
}

const startRun = (deploymentId: string, grams: number) =>
  connect(url).deployments.createRun(deploymentId, { parameters: { grams } })

it.each([
  ['lambda', { function_name: 'oven' }, '/2015-03-31/functions/oven/invocations'],
  ['eventbridge', {}, '/'],
])('a run of a %s pool is run, and a second delivery changes nothing', async (type, job, path) => {
  const { id } = await startRun(await pool(type, job), 800)
  const run = await ended(id)
  const [delivery] = deliveries
  await receive(delivery as Delivery)

  expect(run).toMatchObject({ state: { type: 'COMPLETED' }, run_count: 1 })
  expect(delivery?.path).toBe(path)
  expect(await connect(url).runs.get(id)).toMatchObject({ state: run.state, run_count: 1 })
  expect(baked).toEqual([800])
})

it('a process killed between Pending and the answer hands the run over again after its restart, and it is run once', async () => {
  const deploymentId = await pool('http', { webhook_block_id: await block() })
  const { port } = new URL(url)
  const killed = once(stack, 'exit')
  instead = () => stack.kill('SIGKILL')
  const { id } = await startRun(deploymentId, 500)
  await killed
  const [first] = deliveries
  await startStack(port)
  const waiting = await connect(url).runs.get(id)
  const run = await ended(id)
  await receive(first as Delivery) // that of the dead process, late

  expect(['PENDING', 'RUNNING', 'COMPLETED']).toContain(waiting.state?.type)
  expect(run).toMatchObject({ state: { type: 'COMPLETED' }, run_count: 1 })
  expect(deliveries.length).toBeGreaterThan(1)
  expect(new Set(deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(await connect(url).runs.get(id)).toMatchObject({ state: run.state, run_count: 1 })
  expect(baked).toEqual([500])
})
