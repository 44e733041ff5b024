// A worker of ours and the move from another server, by real processes.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../lib/sdk/runtime.ts'
import { cli, cliProcess, MAIN, project, type Stack, startStack, TSX } from './stack.ts'

const FLOW = `import { appendFileSync } from 'node:fs'
import { flow, runSignal } from 'tripline'
import { setTimeout as sleep } from 'node:timers/promises'
export const bake = flow(async ({ how = 'well' }: { how?: string }) => {
  if (how === 'badly') process.exit(3)
  if (how === 'slowly') await sleep(600_000, null, { signal: runSignal() })
  return how
}, {
  name: 'bake',
  onCrashed: (_, run, state) => appendFileSync('crashed.txt', run.id + ' ' + state.message),
})
await bake.serve({ name: 'not meant by a worker' })
`

const PROJECT = `
deployments:
  - name: daily
    entrypoint: bake.ts:bake
    work_pool: {name: ovens}
    schedules: [{cron: 0 3 * * *, slug: nightly}]
    triggers: [{expect: [dough.proofed], parameters: {how: "{{ event.payload.how }}"}}]
automations:
  - name: call when the oven is silent
    trigger: {posture: Proactive, expect: [oven.beat], within: 1m}
    actions: [{type: run-deployment, deployment: bake/daily}]
webhooks: [{name: github}]
`

let stack: Stack
let made: ReturnType<typeof project>
let env: Record<string, string>
beforeAll(async () => {
  stack = await startStack()
  env = { TRIPLINE_API_URL: stack.apiUrl }
  made = project({
    'package.json': '{"type": "module"}',
    'tripline.yaml': PROJECT,
    'bake.ts': FLOW.replace("'tripline'", JSON.stringify(SDK)),
  })
})
afterAll(async () => {
  made.remove()
  await stack.stop()
})

const SDK = new URL('../../lib/sdk/index.ts', import.meta.url).pathname

describe('worker', () => {
  let worker: ChildProcess
  const api = () => connect(stack.apiUrl)

  beforeAll(async () => {
    const argv = ['--conditions=source', '--import', TSX, MAIN, 'worker', '-p', 'ovens', '-n', 'w']
    worker = spawn(process.execPath, argv, {
      cwd: made.cwd,
      stdio: 'inherit',
      env: { ...process.env, ...env, TRIPLINE_LOGGING_LEVEL: 'CRITICAL' },
    })
    while (!(await api().workPools.byName('ovens'))) await sleep(100)
    const { err, code } = await cliProcess(['deploy', '--all'], {
      cwd: made.cwd,
      env,
    })
    expect([code, err]).toEqual([0, ''])
  })
  afterAll(async () => {
    worker.kill('SIGTERM')
    await once(worker, 'exit')
  })

  async function run(how: string) {
    const deployment = await api().deployments.byName('bake', 'daily')
    const { id } = await api().deployments.createRun(deployment?.id ?? '', { parameters: { how } })
    return id
  }
  async function until(id: string, names: string[]) {
    for (;;) {
      const { state } = await api().runs.get(id)
      if (state && names.includes(state.name)) return state
      await sleep(100)
    }
  }
  const ENDED = ['Completed', 'Crashed', 'Failed', 'Cancelled']

  it('is ONLINE, and executes runs in processes of their own', async () => {
    const id = await run('well')

    expect((await until(id, ENDED)).name).toBe('Completed')
    expect(await api().workPools.workers('ovens')).toMatchObject([{ name: 'w', status: 'ONLINE' }])
    expect(await api().deployments.byName('bake', 'not meant by a worker')).toBeNull()
  })

  it('a process that dies is reported at once, and the hooks are called', async () => {
    const id = await run('badly')
    const state = await until(id, ENDED)
    const hooked = join(made.cwd, 'crashed.txt')
    while (!existsSync(hooked)) await sleep(50)

    expect(state).toMatchObject({
      name: 'Crashed',
      message: 'Flow run process exited with code 3.',
    })
    expect(readFileSync(hooked, 'utf8')).toBe(`${id} Flow run process exited with code 3.`)
  })

  it('a cancelled run ends, by its signal', async () => {
    const id = await run('slowly')
    await until(id, ['Running'])
    const { code } = await cli(['flow-run', 'cancel', id], { env })

    expect(code).toBe(0)
    expect((await until(id, ENDED)).name).toBe('Cancelled')
  })

  it('schedules are listed, paused, added and taken away', async () => {
    const schedule = (...argv: string[]) => cli(['deployment', 'schedule', ...argv], { env })
    await schedule('create', 'bake/daily', '--interval', '30m', '--slug', 'often')
    await schedule('pause', 'bake/daily', 'nightly')
    const listed = await schedule('ls', 'bake/daily', '-o', 'json')
    await schedule('delete', 'bake/daily', 'often', '--yes')
    const after = await schedule('ls', 'bake/daily', '-o', 'json')

    expect(JSON.parse(listed.out)).toMatchObject([
      { slug: 'nightly', active: false, schedule: { cron: '0 3 * * *' } },
      { slug: 'often', active: true, schedule: { interval: 1800 } },
    ])
    expect(JSON.parse(after.out)).toHaveLength(1)
    await schedule('resume', 'bake/daily', 'nightly')
  })
})

describe('migrate', () => {
  it('writes what the other server has, which applied here is the same', async () => {
    const { cwd } = made
    await cli(['apply', '--yes'], { cwd, env })
    await cli(['variable', 'set', 'oven_degrees', '230'], { env })
    const other = await startStack()
    const here = { cwd, env: { TRIPLINE_API_URL: other.apiUrl } }
    await cli(['work-pool', 'create', 'ovens'], here)

    const argv = ['migrate', '--from', stack.apiUrl, '-o', 'moved.yaml']
    const moved = await cliProcess(argv, here)
    const again = await cli(argv, here)
    await cliProcess(['apply', '-f', 'moved.yaml', '--yes'], here)
    const plan = await cliProcess(['plan', '-f', 'moved.yaml'], here)
    await other.stop()

    expect(moved.out).toContain('+ deployment bake/daily\n')
    expect(moved.out).toContain('+ automation call when the oven is silent\n')
    expect(moved.out).toContain('+ webhook github\n')
    expect(moved.out).toContain('+ variable oven_degrees\n')
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('--force') })
    expect(readFileSync(join(cwd, 'moved.yaml'), 'utf8')).toContain('deployment: bake/daily')
    expect(plan.out).toBe('Nothing to change: all 5 are as the project has them.\n')
  })
})
