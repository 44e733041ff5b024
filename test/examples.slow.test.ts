// The examples of Prefect's pages on deployment triggers and on custom events, as their twins in examples/ have them, on the real
// stack: real processes, the real command line. The upstream and downstream flows of the second page are the quickstart's.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Automation } from '../lib/core/automation.ts'
import { BLOCK_TYPES, BUILT_IN_SCHEMAS } from '../lib/core/block.ts'
import type { FlowRun } from '../lib/core/run.ts'
import type { Client } from '../lib/sdk/client.ts'
import { connect } from '../lib/sdk/runtime.ts'
import { cliProcess, MAIN, ROOT, type Stack, startStack, TSX } from './cli/stack.ts'

const TRIGGERS = join(ROOT, 'examples/deployment-triggers')
const EVENTS = join(ROOT, 'examples/events')

let stack: Stack
let api: Client
let env: Record<string, string>
beforeAll(async () => {
  stack = await startStack()
  api = connect(stack.apiUrl)
  env = { TRIPLINE_API_URL: stack.apiUrl }
  await api.workPools.create({ name: 'my-work-pool', type: 'process' })
})
afterAll(() => stack.stop())

async function until<T>(ask: () => Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    await sleep(100)
  }
}

/** Runs a TypeScript file as its users do. */
function script(cwd: string, file: string) {
  const args = ['--conditions=source', '--import', TSX, file]
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env, TRIPLINE_LOGGING_LEVEL: 'CRITICAL' },
  })
  return { child, ended: once(child, 'exit') }
}

const deploy = (file: string) => cliProcess(['deploy', '--all', '-f', file], { cwd: TRIGGERS, env })
const emit = (event: string, id = 'my.external.resource') =>
  cliProcess(['event', 'emit', event, '-r', id], { env })

async function runsOf(flow: string): Promise<FlowRun[]> {
  return api.runs.filter({ flows: { name: { any_: [flow] } } })
}

/** The runs that are new since. */
async function newRun(flow: string, known: FlowRun[]): Promise<FlowRun> {
  const ids = new Set(known.map(({ id }) => id))
  return until(async () => (await runsOf(flow)).find(({ id }) => !ids.has(id)))
}

async function triggersOf(flow: string, name: string): Promise<Automation[]> {
  const deployment = await api.deployments.byName(flow, name)
  return api.automations.relatedTo(`prefect.deployment.${deployment?.id}`)
}

describe('deployment triggers', () => {
  it('event.yaml: an event runs the deployment, and is its parameter', async () => {
    expect((await deploy('event.yaml')).code).toBe(0)
    const known = await runsOf('decorated_fn')
    await emit('external.resource.pinged')

    expect((await newRun('decorated_fn', known)).parameters.param_1).toMatchObject({
      event: 'external.resource.pinged',
    })
  })

  it('delayed.yaml: two hours later', async () => {
    expect((await deploy('delayed.yaml')).code).toBe(0)
    await emit('campaign.proposal.created', 'marketing.campaign')

    const run = await newRun('execute_campaign', [])
    const ahead = Date.parse(run.expected_start_time ?? '') - Date.parse(run.created)
    expect(run.parameters).toEqual({ campaign_id: 'marketing.campaign' })
    expect(Math.abs(ahead - 7_200_000)).toBeLessThan(10_000)
  })

  it('review.yaml: whoever hears the bell is asked about the run', async () => {
    const { id: type } = BLOCK_TYPES.webhook
    const schema = BUILT_IN_SCHEMAS.find(({ block_type_id }) => block_type_id === type)
    const bell = {
      name: 'bell',
      block_type_id: type,
      block_schema_id: schema?.id,
      data: { url: 'https://bell.example' },
    }
    const answer = await fetch(`${stack.apiUrl}/block_documents/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bell),
    })
    const { id: block_document_id } = (await answer.json()) as { id: string }
    env.BELL = block_document_id

    expect((await deploy('review.yaml')).code).toBe(0)
    const [trigger] = await triggersOf('execute_campaign', 'campaign-with-review')
    expect(trigger?.actions).toMatchObject([
      { schedule_after: 7200, review: { block_document_id, postpone: 7200 } },
    ])
    expect((await deploy('review.yaml')).code).toBe(0)
  })

  it.each([
    ['compound.yaml', () => deploy('compound.yaml')],
    ['deploy.ts', () => script(TRIGGERS, 'deploy.ts').ended],
  ])('%s: one event is not enough, both are', async (_, made) => {
    await made()
    const known = await runsOf('decorated_fn')
    await emit('external.resource.pinged')
    await emit('external.resource.replied')

    expect((await newRun('decorated_fn', known)).parameters.param_1).toMatchObject({
      event: 'external.resource.replied',
    })
    expect(await runsOf('decorated_fn')).toHaveLength(known.length + 1)
  })

  it('deploy.sh: JSON, a file of many, a .json file; the last call counts', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'tripline-bin-'))
    const node = `"${process.execPath}" --conditions=source --import "${TSX}" "${MAIN}"`
    writeFileSync(join(bin, 'tripline'), `#!/bin/sh\nexec ${node} "$@"\n`)
    chmodSync(join(bin, 'tripline'), 0o755)
    const child = spawn('sh', ['deploy.sh'], {
      cwd: TRIGGERS,
      env: { ...process.env, ...env, PATH: `${bin}:${process.env.PATH}` },
    })
    let out = ''
    child.stdout.on('data', (text) => (out += text))
    const [code] = await once(child, 'exit')
    rmSync(bin, { recursive: true })

    expect(code).toBe(0)
    expect(out.match(/Deployment 'decorated_fn\/my-deployment' is updated/g)).toHaveLength(3)
    expect(await triggersOf('decorated_fn', 'my-deployment')).toMatchObject([
      { trigger: { expect: ['external.resource.replied'] } },
    ])
  })

  it('serve.ts: the event runs it in that process', async () => {
    const known = await runsOf('decorated_fn')
    const { child, ended } = script(TRIGGERS, 'serve.ts')
    await until(async () => {
      const [trigger, ...others] = await triggersOf('decorated_fn', 'my-deployment')
      return trigger?.trigger.type === 'event' && others.length === 0 && trigger.actions.length
    })
    await until(async () => {
      await emit('external.resource.pinged')
      return (await runsOf('decorated_fn')).length > known.length
    })

    const run = await newRun('decorated_fn', known)
    await until(async () => (await api.runs.get(run.id)).state?.type === 'COMPLETED')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })
})

describe('custom events', () => {
  const eventsOf = async (id: string) =>
    (await api.events.filter({ resource: { id: [id] } })).events

  it('webhooks.yaml: a call without a body, and one whose template makes the event', async () => {
    await cliProcess(['apply', '-f', 'webhooks.yaml', '--yes'], { cwd: EVENTS, env })
    const hooks = await api.webhooks.filter()
    const url = (name: string) =>
      `${stack.apiUrl.replace('/api', '/hooks')}/${hooks.find((one) => one.name === name)?.slug}`
    const sent = { event_name: 'model.updated', model: 'recommendations', friendly_name: 'Recs' }
    await fetch(url('static'))
    await fetch(url('model'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sent),
    })

    await until(async () => {
      const { events } = await api.events.filter({ event: { name: ['webhook.called'] } })
      return events.length === 1
    })
    const id = 'product.models.recommendations'
    const [event] = await until(async () => {
      const events = await eventsOf(id)
      return events.length > 0 ? events : null
    })
    expect(event).toMatchObject({
      event: 'model.updated',
      resource: { 'prefect.resource.name': 'Recs', 'producing-team': 'Data Science' },
    })
  })

  it('emit.ts: events of one’s own, with the run as their company', async () => {
    expect((await script(EVENTS, 'emit.ts').ended)[0]).toBe(0)

    const [event] = await until(async () => {
      const events = await eventsOf('coder.kevin')
      return events.length > 0 ? events : null
    })
    expect(event?.event).toBe('kevin.sent.event!')
    expect(event?.related.map((one) => one['prefect.resource.role'])).toContain('flow-run')
  })
})
