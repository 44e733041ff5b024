// From a Prefect server to ours. What Prefect 3.8.8 answered is recorded: deployments by `prefect deploy` with schedules of all three kinds,
// a limit and triggers; automations that name deployments, flows, pools and blocks; variables; a pool with a queue.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { cli, project, rows, type Stack, startStack } from './stack.ts'

const RECORDED = JSON.parse(
  readFileSync(join(import.meta.dirname, 'recorded/prefect-3.8.8.json'), 'utf8'),
) as Record<string, { status: number; body: unknown }>

let stack: Stack
let prefect: Server
let directory: ReturnType<typeof project>
let from: string

const here = (argv: string[]) =>
  cli(argv, { cwd: directory.cwd, env: { TRIPLINE_API_URL: stack.apiUrl } })
const written = () => readFileSync(join(directory.cwd, 'tripline.yaml'), 'utf8')

beforeAll(async () => {
  stack = await startStack()
  directory = project({})
  prefect = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').replace('/api', '')
    const { status, body } = RECORDED[`${request.method} ${path}`] ?? { status: 500, body: path }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(prefect, 'listening')
  from = `http://127.0.0.1:${(prefect.address() as AddressInfo).port}/api`
})

afterAll(async () => {
  prefect.close()
  directory.remove()
  await stack.stop()
})

describe('migrate', () => {
  it('writes all that a file can say, shows the plan, and tells the rest', async () => {
    const { code, out, err } = await here(['migrate', '--from', from])

    expect(code).toBe(0)
    expect(out).toContain('12 to create, 0 to change, 0 unchanged.')
    expect(err.split('\n')).toEqual([
      'Written: tripline.yaml',
      'Automations use block webhook/shop, whose secrets cannot be read: tripline block create webhook shop …',
      'Automations use block slack-webhook/bakers, whose secrets cannot be read: tripline block create slack-webhook bakers …',
      "'bake when proofed' only runs bake-bread/morning. If it is one of its triggers, which Prefect does not tell, move it there.",
      '',
    ])
    expect(written()).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/) // ids are of there
    expect(parse(written())).toMatchObject({
      variables: [{ name: 'baker' }, { name: 'doughs', tags: ['bread'] }, { value: 230 }],
      work_pools: [{ name: 'ovens', queues: [{ name: 'hot', priority: 2 }] }],
      deployments: [
        {
          name: 'by-hand',
          triggers: [
            { type: 'sequence', within: 3600 },
            { match_related: { 'prefect.resource.id': 'prefect.deployment.bake-bread/morning' } },
          ],
        },
        {
          name: 'morning',
          concurrency_limit: 2,
          pull: [{ 'prefect.deployments.steps.set_working_directory': expect.anything() }],
          schedules: [{ rrule: expect.anything() }, { interval: 3600 }, { slug: 'nightly' }],
          triggers: [{ type: 'compound' }, { posture: 'Proactive', enabled: false }],
        },
      ],
      automations: [
        { actions: [{ type: 'run-deployment', deployment: 'bake-bread/morning' }] },
        { actions: [{ type: 'call-webhook', block: 'webhook/shop' }] },
        { trigger: { match_related: { 'prefect.resource.id': 'prefect.work-pool.ovens' } } },
        {},
        {},
        { trigger: { triggers: [{}, { match_related: expect.anything() }] } },
      ],
    })
  })

  it('leaves a file alone that is there', async () => {
    const { code, err } = await here(['migrate', '--from', from])

    expect([code, err]).toEqual([
      2,
      'tripline: tripline.yaml is there already\n  Say --force to overwrite it.\n',
    ])
  })

  it('nothing is made as long as a block is missing', async () => {
    const { code, err } = await here(['apply', '--yes'])

    expect(code).toBe(2)
    expect(err).toContain("actions[0].block: there is no block 'webhook/shop'")
    expect((await here(['variable', 'ls'])).out).toBe('')
  })

  it('apply makes it, and then there is nothing to do', async () => {
    await here(['block', 'create', 'webhook', 'shop', '--set', 'url=https://shop.example/hook'])
    await here(['block', 'create', 'slack-webhook', 'bakers', '--set', 'url=https://x.example'])
    const applied = await here(['apply', '--yes'])
    const { out } = await here(['plan', '--no-backtest'])

    expect(applied.code).toBe(0)
    expect(out).toBe('Nothing to change: all 12 are as the project has them.\n')
  })

  it('names have become the ids of here', async () => {
    const [pool] = rows((await here(['work-pool', 'inspect', 'ovens'])).out)
    const [deployment] = rows((await here(['deployment', 'inspect', 'bake-bread/morning'])).out)
    const automations = rows((await here(['automation', 'ls', '-o', 'ndjson'])).out)
    const named = (name: string) => automations.find((one) => one.name === name)

    expect(named('pause when the pool fails')).toMatchObject({
      trigger: { match_related: { 'prefect.resource.id': `prefect.work-pool.${pool?.id}` } },
      actions: [{ deployment_id: deployment?.id }, { work_pool_id: pool?.id }],
    })
    expect(named('by-hand__automation_2')).toMatchObject({
      trigger: { match_related: { 'prefect.resource.id': `prefect.deployment.${deployment?.id}` } },
    })
    expect(deployment).toMatchObject({ pull_steps: [expect.anything()] })
  })

  it('reads our own server, too, and finds the owner of every trigger', async () => {
    const argv = ['migrate', '--from', stack.apiUrl, '-o', 'again.yaml']
    const { out } = await here(argv)

    expect(out).toBe('Nothing to change: all 12 are as the project has them.\n')
  })
})
