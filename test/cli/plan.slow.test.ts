// `tripline plan` on an example repository, with what changed triggers would have done; and the script of the GitHub Action, against the
// same server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { cli, MAIN, project, ROOT, type Stack, startStack, TSX } from './stack.ts'

const SCRIPT = join(ROOT, '.github/actions/plan/plan.sh')

const PROJECT = `
webhooks:
  - name: github
    description: pushes
deployments:
  - name: daily
    entrypoint: flows/bake.py:bake
    flow_name: bake
    work_pool: {name: default}
    triggers:
      - name: bake when proofed
        expect: [dough.proofed]
        parameters: {dough: "{{ event.resource.id }}"}
automations:
  - name: call the baker
    trigger: {type: event, expect: [oven.cold], threshold: 3, within: 1h}
    actions: [{type: do-nothing}]
`

const CHANGED = PROJECT.replace(', threshold: 3, within: 1h', '')
  .replace('description: pushes', 'description: pushes and pulls')
  .concat(`  - name: count loaves
    trigger: {type: event, expect: [loaf.*]}
    actions: [{type: do-nothing}]
`)

let stack: Stack
let repository: ReturnType<typeof project>
let changed: ReturnType<typeof project>
let env: Record<string, string>

/** Events that the automations, had they been there, would have met. */
async function emit(name: string, times: number): Promise<void> {
  const events = Array.from({ length: times }, (_, i) => ({
    id: crypto.randomUUID(),
    occurred: new Date(Date.now() - (times - i) * 1000).toISOString(),
    event: name,
    resource: { 'prefect.resource.id': 'oven.1' },
  }))
  await fetch(`${stack.apiUrl}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  })
}

beforeAll(async () => {
  stack = await startStack()
  env = { TRIPLINE_API_URL: stack.apiUrl }
  repository = project({ 'tripline.yaml': PROJECT })
  changed = project({ 'tripline.yaml': CHANGED })
  await fetch(`${stack.apiUrl}/work_pools/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'default', type: 'process' }),
  })
  await emit('oven.cold', 3)
  await emit('loaf.baked', 2)
  await emit('dough.proofed', 1)
  await vi.waitFor(async () => {
    const { out } = await cli(['event', 'ls', '--prefix', 'dough.'], { env })
    if (out === '') throw new Error('not published yet')
  }, 20_000)
})

afterAll(async () => {
  repository?.remove()
  changed?.remove()
  await stack?.stop()
})

describe('plan', () => {
  it('shows what a new repository makes, then nothing, then what a change would do', async () => {
    const made = await cli(['plan'], { cwd: repository.cwd, env })
    const applied = await cli(['apply', '--yes'], { cwd: repository.cwd, env })
    const nothing = await cli(['plan'], { cwd: repository.cwd, env })
    const change = await cli(['plan'], { cwd: changed.cwd, env })

    expect([made.err, nothing.err, change.err, applied.code]).toEqual(['', '', '', 0])
    const all = [made.out, nothing.out, change.out].join('\n---\n\n')
    await expect(all).toMatchFileSnapshot('plan.golden.txt')
  })

  it('tells programs the counts beside each changed trigger', async () => {
    const { out } = await cli(['plan', '--json'], { cwd: changed.cwd, env })

    const { changes } = JSON.parse(out) as { changes: { name: string; backtests?: object[] }[] }
    expect(changes.map(({ name, backtests }) => [name, backtests?.length ?? 0])).toEqual([
      ['github', 0],
      ['call the baker', 1],
      ['count loaves', 1],
    ])
    expect(changes[1]?.backtests).toMatchObject([
      { trigger: 'call the baker', firings: { now: 3, before: 1 }, incomplete: null },
    ])
  })
})

describe('plan --publish', () => {
  it('keeps the plan on the server, as the console shows it', async () => {
    const { out, code } = await cli(['plan', '--json', '--publish'], { cwd: changed.cwd, env })

    const answer = await fetch(`${stack.apiUrl}/artifacts/tripline-plan/latest`)
    const kept = (await answer.json()) as { description: string; data: object }
    expect(code).toBe(0)
    expect(kept.data).toEqual(JSON.parse(out))
    expect(kept.description).toBe('1 to create, 2 to change, 1 unchanged.')
  })
})

describe('the GitHub Action', () => {
  it('runs the tests of webhooks, and fails with them', async () => {
    const template = (name: string) =>
      `{"event": "${name}", "resource": {"prefect.resource.id": "oven.{{ body.n }}"}}`
    const files = project({
      'output.txt': '',
      'summary.md': '',
      'oven.jinja': template('oven.lit'),
      'other.jinja': template('oven.cold'),
      'oven.json': JSON.stringify({ template: 'oven.jinja', request: { body: { n: 1 } } }),
    })
    await cli(['webhook', 'test', files.cwd, '--update'], { cwd: files.cwd })
    const tested = async (template: string) => {
      const WEBHOOK_TEST = `${files.cwd}/oven.json -t @${files.cwd}/${template}`
      const code = await runAction(0, files.cwd, { WEBHOOK_TEST, PULL_REQUEST: '' })
      return { code, summary: readFileSync(join(files.cwd, 'summary.md'), 'utf8') }
    }

    const good = await tested('oven.jinja')
    const bad = await tested('other.jinja')

    files.remove()
    expect(good.code).toBe(0)
    expect(good.summary).toContain('**webhook test passed**')
    expect(bad.code).toBe(1)
    expect(bad.summary).toContain('**webhook test failed**')
    expect(bad.summary).toContain('1 of 1 fixtures are not as expected')
  })

  it('writes one comment on a pull request, and writes it anew', async () => {
    const comments: { id: number; body: string }[] = []
    const methods: string[] = []
    const github = createServer(async (request, response) => {
      methods.push(`${request.method} ${request.url}`)
      let body = ''
      for await (const part of request) body += part
      if (request.method === 'POST') comments.push({ id: 7, ...JSON.parse(body) })
      response.end(JSON.stringify(comments))
    }).listen(0)
    await once(github, 'listening')
    const { port } = github.address() as AddressInfo
    const files = project({ 'output.txt': '', 'summary.md': '' })

    const codes = [await runAction(port, files.cwd), await runAction(port, files.cwd)]

    github.close()
    const summary = readFileSync(join(files.cwd, 'summary.md'), 'utf8')
    const output = readFileSync(join(files.cwd, 'output.txt'), 'utf8')
    files.remove()
    expect(codes).toEqual([0, 0])
    expect(comments[0]?.body).toContain('- **update** automation `call the baker`\n')
    expect(comments[0]?.body).toContain('would have fired 3 times in the last 7 days, was 1\n')
    expect(summary).toContain('### tripline plan')
    expect(output).toBe('changes=3\nchanges=3\n')
    expect(methods).toEqual([
      'GET /repos/bakery/flows/issues/42/comments?per_page=100',
      'POST /repos/bakery/flows/issues/42/comments',
      'GET /repos/bakery/flows/issues/42/comments?per_page=100',
      'PATCH /repos/bakery/flows/issues/comments/7',
    ])
  })
})

async function runAction(
  port: number,
  files: string,
  more: Record<string, string> = {},
): Promise<number> {
  const child = spawn('bash', [SCRIPT], {
    cwd: changed.cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...env,
      TRIPLINE: `${process.execPath} --import ${TSX} ${MAIN}`,
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_REPOSITORY: 'bakery/flows',
      GITHUB_TOKEN: 'a-token',
      GITHUB_OUTPUT: join(files, 'output.txt'),
      GITHUB_STEP_SUMMARY: join(files, 'summary.md'),
      PULL_REQUEST: '42',
      ...more,
    },
  })
  const [code] = (await once(child, 'close')) as [number]
  return code
}
