// `deploy --trigger` as Prefect's page of deployment triggers has it, by real processes against a
// real server; and plan and apply, which twice in a row have nothing to do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import { connect } from '../../lib/sdk/runtime.ts'
import { cli, cliProcess, project, type Stack, startStack } from './stack.ts'

const FLOW = `import { flow } from 'tripline'
export const hello = flow(({ name = 'world' }: { name?: string }) => 'Hello, ' + name, { name: 'hello' })
`

/** In the file: a trigger that those of the command line replace. */
const PROJECT = `
deployments:
  - name: hook
    entrypoint: flows/hello.ts:hello
    tags: [bread]
    triggers:
      - {name: of the file, expect: [dough.proofed]}
  - name: plain
    entrypoint: flows/hello.ts:hello
    schedules: [{interval: 1h}, {cron: 0 3 * * *}]
webhooks:
  - name: github
    description: pushes
automations:
  - name: call when the oven is silent
    trigger: {posture: Proactive, expect: [oven.beat], within: 1m}
    actions:
      - {type: run-deployment, deployment: hello/plain, parameters: {name: oven}}
`

const MANY = `
triggers:
  - enabled: true
    match:
      prefect.resource.id: prefect.flow-run.*
    expect:
      - prefect.flow-run.Completed
  - type: compound
    require: all
    triggers:
      - {type: event, match: {prefect.resource.id: a}}
      - {type: event, match: {prefect.resource.id: b}}
`

const ONE = JSON.stringify({ triggers: [{ expect: ['from.json'], schedule_after: 'PT2H' }] })

let stack: Stack
let made: ReturnType<typeof project>
let env: Record<string, string>
beforeAll(async () => {
  stack = await startStack()
  env = { TRIPLINE_API_URL: stack.apiUrl }
  made = project({
    'tripline.yaml': PROJECT,
    'flows/hello.ts': FLOW.replace("'tripline'", JSON.stringify(SDK)),
    'triggers.yaml': MANY,
    'triggers.yml': MANY,
    'triggers.json': ONE,
  })
})
afterAll(async () => {
  made.remove()
  await stack.stop()
})

const SDK = new URL('../../lib/sdk/index.ts', import.meta.url).pathname

async function triggersOf(name: string): Promise<Automation[]> {
  const client = connect(stack.apiUrl)
  const deployment = await client.deployments.byName('hello', name)
  const automations = await client.automations.relatedTo(`prefect.deployment.${deployment?.id}`)
  return automations.filter(({ trigger }) => !isSilence(trigger))
}

const isSilence = (trigger: Automation['trigger']) =>
  trigger.type === 'event' && trigger.posture === 'Proactive'

const INLINE = { expect: ['from.the.line'], parameters: { name: '{{ event.resource.id }}' } }

describe('deploy --trigger', () => {
  it.each([
    ['JSON on the line', [JSON.stringify(INLINE)], ['from.the.line']],
    ['a .yaml file of many', ['triggers.yaml'], ['prefect.flow-run.Completed', 'compound']],
    ['a .yml file', ['triggers.yml'], ['prefect.flow-run.Completed', 'compound']],
    ['a .json file', ['triggers.json'], ['from.json']],
    [
      'several of all kinds',
      [JSON.stringify(INLINE), 'triggers.yaml', 'triggers.json'],
      ['from.the.line', 'prefect.flow-run.Completed', 'compound', 'from.json'],
    ],
  ])('%s replaces what the file has', async (_, said, expected) => {
    const flags = said.flatMap((trigger) => ['--trigger', trigger])
    const { code, out, err } = await cliProcess(['deploy', '-n', 'hook', ...flags], {
      cwd: made.cwd,
      env,
    })

    expect(err + out).toMatch(/Deployment 'hello\/hook' is (create|update)d with id|is as it was/)
    expect(code).toBe(0)
    const automations = (await triggersOf('hook')).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    expect(
      automations.map(({ trigger }) =>
        trigger.type === 'event' ? trigger.expect[0] : trigger.type,
      ),
    ).toEqual(expected)
    expect(automations.map(({ name }) => name)).toEqual(
      expected.map((_, i) => `hook__automation_${i + 1}`),
    )
  })

  it('the action runs the deployment, with what the trigger says', async () => {
    const flags = ['--trigger', JSON.stringify({ ...INLINE, schedule_after: 7200 })]
    await cliProcess(['deploy', '-n', 'hook', ...flags], { cwd: made.cwd, env })

    const [automation] = await triggersOf('hook')
    expect(automation?.actions).toMatchObject([
      { type: 'run-deployment', source: 'selected', ...pick(INLINE), schedule_after: 7200 },
    ])
  })

  it('an entrypoint needs no project file', async () => {
    const bare = project({})
    const entrypoint = `${made.cwd}/flows/hello.ts:hello`
    const argv = ['deploy', entrypoint, '-n', 'bare', '--trigger', '{"expect": ["a"]}']
    const { code } = await cli(argv, { cwd: bare.cwd, env })
    bare.remove()

    expect(code).toBe(0)
    expect(await triggersOf('bare')).toHaveLength(1)
  })

  it.each([
    ['{"within": "soon"}', '--trigger:1: triggers[0].within: is no duration'],
    ['{"posture": "Proactive", "within": 3}', '--trigger 1: trigger: Value error, `within` for'],
    ['nowhere.yaml', 'there is no file nowhere.yaml'],
  ])('%s is refused before anything is changed', async (said, words) => {
    const { code, err } = await cli(['deploy', '-n', 'hook', '--trigger', said], {
      cwd: made.cwd,
      env,
    })

    expect(code).toBe(2)
    expect(err).toContain(words)
  })
})

const pick = ({ parameters }: typeof INLINE) => ({ parameters })

describe('plan and apply', () => {
  it('apply makes what plan shows, and then there is nothing to do', async () => {
    const at = { cwd: made.cwd, env }
    const before = await cli(['plan', '--no-backtest'], at)
    const applied = await cli(['apply', '--yes'], at)
    const after = await cli(['plan', '--json'], at)

    expect(before.out).toContain('+ deployment hello/plain\n')
    expect(before.out).toContain('+ automation call when the oven is silent\n')
    expect(applied).toMatchObject({ code: 0, out: before.out })
    expect(JSON.parse(after.out)).toEqual({ changes: [], unchanged: 4 })
  })

  it('shows each key that differs, and a trigger that is gone', async () => {
    const at = { cwd: made.cwd, env }
    await cli(['apply', '--yes'], at)
    const changed = PROJECT.replace('[bread]', '[rye]')
      .replace('- {name: of the file, expect: [dough.proofed]}', '')
      .replace('within: 1m', 'within: 2m')
      .replace('pushes', 'pulls')
    const other = project({
      'tripline.yaml': changed.replaceAll('flows/', `${made.cwd}/flows/`),
    })
    const { out } = await cli(['plan'], { cwd: other.cwd, env })
    other.remove()

    expect(out).toContain('    tags.0: "bread" → "rye"\n')
    expect(out).toContain('    triggers.of the file: "of the file" → (none)\n')
    expect(out).toContain('    description: "pushes" → "pulls"\n')
    expect(out).toContain('    trigger.within: 60 → 120\n')
  })

  it('apply asks first, and refuses where nobody can answer', async () => {
    const fresh = project({ 'tripline.yaml': 'webhooks: [{name: asked}]' })
    const alone = await cli(['apply'], { cwd: fresh.cwd, env })
    const no = await cli(['apply'], { cwd: fresh.cwd, env, answers: ['n'] })
    const yes = await cli(['apply'], { cwd: fresh.cwd, env, answers: ['y'] })
    fresh.remove()

    expect(alone).toMatchObject({ code: 2, err: expect.stringContaining('Say --yes') })
    expect(no).toMatchObject({ code: 1, err: expect.stringContaining('nothing was changed') })
    expect(yes).toMatchObject({
      code: 0,
      err: expect.stringContaining("webhook 'asked' is created"),
    })
  })
})

it('run calls a flow and prints what it returns', async () => {
  const argv = ['run', 'flows/hello.ts:hello', '-p', 'name=Ada']
  const { code, out } = await cliProcess(argv, { cwd: made.cwd, env })

  expect([code, out]).toEqual([0, '"Hello, Ada"\n'])
})
