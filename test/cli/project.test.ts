// Project files: what is read, what is filled in, and how faults are told.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readProject, readTriggers } from '../../lib/cli/project.ts'
import type { Client } from '../../lib/sdk/client.ts'
import { project } from './stack.ts'

const VARIABLES: Record<string, unknown> = { oven_degrees: 230, baker: 'Ada' }
const client = {
  variables: {
    byName: async (name: string) =>
      Object.hasOwn(VARIABLES, name) ? { name, value: VARIABLES[name] } : null,
  },
} as unknown as Client

let made: ReturnType<typeof project> | undefined
afterEach(() => made?.remove())

function read(yaml: string, env: Record<string, string> = {}, file = 'tripline.yaml') {
  made = project({ [file]: yaml })
  return readProject({ cwd: made.cwd, env }, client)
}

/** Prefect's documentation: how-to-guides/deployments/prefect-yaml, and the triggers of seed 2. */
const PREFECT_YAML = `
name: bakery
prefect-version: 3.8.8
build: null
push: null
pull:
  - prefect.deployments.steps.set_working_directory:
      directory: /app
definitions:
  schedules:
    nightly: &nightly
      cron: 0 3 * * *
      timezone: Europe/Zurich
  actions:
    common: &common
      tags: [bread]
      work_pool: {name: ovens, work_queue_name: default, job_variables: {}}
deployments:
  - name: sourdough
    <<: *common
    entrypoint: flows/bake.py:bake_bread
    version: null
    description: null
    schedule: *nightly
    parameters: {}
    triggers:
      - enabled: true
        match:
          prefect.resource.id: dough.*
        expect: [dough.proofed]
        parameters:
          dough: "{{ event.payload.dough }}"
      - type: compound
        require: all
        within: 3600
        triggers:
          - {type: event, expect: [oven.hot]}
          - {type: event, expect: [dough.proofed]}
        schedule_after: PT2H
        review: {block_document_id: b1, postpone: 2h, subject: null}
      - type: sequence
        triggers:
          - {type: event, expect: [oven.hot]}
          - {type: event, posture: Proactive, within: 60}
      - type: metric
        metric: {name: duration, operator: ">", threshold: 60, range: 5m, firing_for: 300}
  - name: rye
    <<: *common
    entrypoint: flows/bake.ts:rye
    schedules:
      - interval: 1h
      - rrule: FREQ=DAILY
`

describe('a project file', () => {
  it.each(['tripline.yaml', 'tripline.yml', 'prefect.yaml'])('is read as %s', async (file) => {
    const { deployments } = await read(PREFECT_YAML, {}, file)

    expect(deployments.map(({ name }) => name)).toEqual(['sourdough', 'rye'])
  })

  it('has anchors and merge keys resolved, and null keys left out', async () => {
    const [sourdough] = (await read(PREFECT_YAML)).deployments

    expect(sourdough).toMatchObject({
      tags: ['bread'],
      work_pool: { name: 'ovens' },
      schedule: { cron: '0 3 * * *', timezone: 'Europe/Zurich' },
    })
    expect(sourdough).not.toHaveProperty('version')
  })

  it('leaves the templates of triggers as they are', async () => {
    const [sourdough] = (await read(PREFECT_YAML)).deployments

    expect(sourdough?.triggers?.[0]?.parameters).toEqual({ dough: '{{ event.payload.dough }}' })
  })

  it('may ask for a review of the runs that a trigger delays', async () => {
    const [sourdough] = (await read(PREFECT_YAML)).deployments

    expect(sourdough?.triggers?.[1]?.review).toEqual({ block_document_id: 'b1', postpone: '2h' })
  })
})

it('the example of docs/CLI.md is a project', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/CLI.md'), 'utf8')
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = '']) => text)
  const example = blocks.find((text) => text.includes('deployments:')) ?? ''

  const { deployments, webhooks, automations } = await read(example, { USER: 'ada' })

  expect([deployments, webhooks, automations].map(({ length }) => length)).toEqual([1, 1, 1])
  expect(deployments[0]).toMatchObject({ description: 'of ada', parameters: { degrees: 230 } })
})

const deployment = (more: string) =>
  `deployments:\n  - name: rye\n    entrypoint: bake.ts:rye\n    ${more}\n`

describe('placeholders', () => {
  it.each([
    ['a whole text keeps the type', 'parameters: {t: "{{ prefect.variables.oven_degrees }}"}', 230],
    ['ours is the same', 'parameters: {t: "{{ tripline.variables.baker }}"}', 'Ada'],
    [
      'within a text it is text',
      'parameters: {t: "{{prefect.variables.oven_degrees}} °C"}',
      '230 °C',
    ],
    ['the environment', 'parameters: {t: "{{ $FLOUR }} flour"}', 'rye flour'],
  ])('%s', async (_, more, value) => {
    const { deployments } = await read(deployment(more), { FLOUR: 'rye' })

    expect(deployments[0]?.parameters).toEqual({ t: value })
  })

  it('in a trigger, whatever is not ours is a template', async () => {
    const trigger = 'triggers: [{parameters: {a: "{{ event.id }} {{ $FLOUR }}"}}]'
    const { deployments } = await read(deployment(trigger), { FLOUR: 'rye' })

    expect(deployments[0]?.triggers?.[0]?.parameters).toEqual({ a: '{{ event.id }} rye' })
  })
})

describe('a fault is told with file, line and path', () => {
  it.each([
    [
      'a wrong duration',
      deployment('triggers: [{within: soon}]'),
      /^tripline.yaml:4: deployments\[0\].triggers\[0\].within: is no duration/,
    ],
    ['an unknown key', deployment('entrypont: x'), /:4: deployments\[0\].entrypont: is no key/],
    [
      'an unknown type',
      deployment('triggers: [{type: alarm}]'),
      /:4: deployments\[0\].triggers\[0\].type: is no type/,
    ],
    [
      'a child of a compound',
      deployment('triggers: [{type: compound, triggers: [{threshold: x}]}]'),
      /:4: .*triggers\[0\].triggers\[0\].threshold: /,
    ],
    [
      'an absent key, at its owner',
      'deployments:\n  - name: rye\n',
      /:2: deployments\[0\].entrypoint: /,
    ],
    [
      'an entrypoint without a file',
      'deployments:\n  - {name: a, entrypoint: bake}\n',
      /:2: .*should read path\/flow.ts:name/,
    ],
    [
      'a key said twice',
      'webhooks: []\nwebhooks: []\n',
      /^tripline.yaml:2: Map keys must be unique/,
    ],
    [
      'two of one name',
      'webhooks:\n  - {name: a}\n  - {name: a}\n',
      /:3: webhooks\[1\].name: there is another 'a'/,
    ],
    ['what is no YAML', 'deployments: [\n', /^tripline.yaml:\d: /],
    [
      'a bad template',
      'webhooks:\n  - name: a\n    template: "{{ body."\n',
      /:3: webhooks\[0\].template: .*Invalid template/,
    ],
    [
      'an environment variable that is not set',
      deployment('version: "{{ $NOWHERE }}"'),
      /:4: deployments\[0\].version: the environment has no NOWHERE/,
    ],
    [
      'a variable that is not there',
      deployment('version: "{{ prefect.variables.no }}"'),
      /:4: .*there is no variable 'no'/,
    ],
    [
      'braces that nobody fills',
      deployment('version: "{{ build.image }}"'),
      /:4: .*nobody fills in `{{ build.image }}`/,
    ],
  ])('%s', async (_, yaml, message) => {
    await expect(read(yaml)).rejects.toThrow(message)
  })

  it('a document that grows a thousandfold is refused', async () => {
    const list = (name: string, of: string) =>
      `${name}: &${name} [${Array(10).fill(of).join(', ')}]\n`
    const bomb = `definitions:\n  ${list('a', 'x')}  ${list('b', '*a')}  ${list('c', '*b')}  ${list('d', '*c')}`

    await expect(read(bomb)).rejects.toThrow(/alias/)
  })

  it('no project file: the command that writes one', async () => {
    made = project({})

    await expect(readProject({ cwd: made.cwd, env: {} }, client)).rejects.toThrow(
      'there is no tripline.yaml',
    )
  })
})

describe('triggers of the command line', () => {
  const at = (files: Record<string, string>) => {
    made = project(files)
    return { cwd: made.cwd }
  }

  it.each([
    ['t.yaml', 'triggers:\n  - expect: [a]\n  - expect: [b]\n', 2],
    ['t.yml', 'triggers: [{expect: a}]', 1],
    ['t.json', '{"triggers": [{"expect": ["a"]}]}', 1],
  ])('%s has them under `triggers`', (name, text, amount) => {
    expect(readTriggers(at({ [name]: text }), name)).toHaveLength(amount)
  })

  it('anything else is one of them, as JSON', () => {
    expect(readTriggers(at({}), '{"expect": ["a"], "enabled": false}')).toEqual([
      { expect: ['a'], enabled: false },
    ])
  })

  it.each([
    ['{"expct": []}', {}, '--trigger:1: triggers[0].expct: is no key that is known here'],
    ['bake', {}, '--trigger:1: bake is neither JSON nor a .yaml, .yml or .json file'],
    ['t.yaml', {}, 'there is no file t.yaml'],
    [
      't.yaml',
      { 't.yaml': 'expect: [a]' },
      't.yaml:1: triggers: is missing; it should be of type array',
    ],
  ])('%s is refused', (said, files, message) => {
    expect(() => readTriggers(at(files), said)).toThrow(message)
  })
})
