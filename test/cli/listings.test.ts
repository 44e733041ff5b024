// Every command that lists or shows says it in the same four ways.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createProgram } from '../../lib/cli/program.ts'
import { cli, project, rows, type Stack, startStack } from './stack.ts'

const program = createProgram({
  env: {},
  cwd: '.',
  stdout: { write() {} },
  stderr: { write() {} },
  prompts: null,
  stopping: () => new AbortController().signal,
  now: () => 0,
})

/** All commands of that name, with the words that lead to them. */
const named = (name: string, at: Command = program, path: string[] = []): string[][] =>
  at.commands.flatMap((child) => {
    const here = [...path, child.name()]
    return child.name() === name ? [here] : named(name, child, here)
  })

/** What has to be named of what is listed. */
const OF: Record<string, string[]> = { 'deployment schedule ls': ['bake/daily'] }

let stack: Stack
let bakery: ReturnType<typeof project>
let env: Record<string, string>

const PROJECT = `
variables: [{name: oven_degrees, value: 230}]
work_pools: [{name: ovens}]
deployments: [{name: daily, entrypoint: 'bake.py:bake', work_pool: {name: ovens}, schedules: [{cron: 0 3 * * *}]}]
webhooks: [{name: github}]
automations: [{name: call, trigger: {expect: [oven.cold]}, actions: [{type: do-nothing}]}]
`

beforeAll(async () => {
  stack = await startStack()
  bakery = project({ 'tripline.yaml': PROJECT })
  mkdirSync(join(bakery.cwd, 'profiles'))
  const profiles = join(bakery.cwd, 'profiles/profiles.yaml')
  writeFileSync(profiles, `profiles: {bakery: {TRIPLINE_API_URL: ${stack.apiUrl}}}\n`)
  env = { TRIPLINE_API_URL: stack.apiUrl, TRIPLINE_PROFILES_PATH: profiles }
  await run(['apply', '--yes'])
  await run(['block', 'create', 'webhook', 'shop', '--set', 'url=https://shop.example'])
  await run(['key', 'create', 'laptop'])
  await run(['deployment', 'run', 'bake/daily'])
  while ((await run(['event', 'ls'])).out === '') {} // what is stored is listed a moment later
})
afterAll(async () => {
  bakery.remove()
  await stack.stop()
})

const run = (argv: string[], answers?: string[]) =>
  cli(argv, { cwd: bakery.cwd, env, ...(answers && { answers }) })

describe.each(named('ls').map((path) => [path.join(' '), path] as const))('%s', (name, path) => {
  const argv = [...path, ...(OF[name] ?? [])]

  it('is a list of JSON, one line for each in a pipe, YAML, and a table on a terminal', async () => {
    const json = await run([...argv, '-o', 'json'])
    const [lines, yaml] = [await run(argv), await run([...argv, '-o', 'yaml'])]
    const table = await run(argv, [])

    const list = JSON.parse(json.out) as unknown[]
    expect(list.length).toBeGreaterThan(0)
    expect(rows(lines.out)).toHaveLength(list.length)
    expect(parse(yaml.out)).toHaveLength(list.length)
    expect(table.out.trimEnd().split('\n')).toHaveLength(list.length + 1)
    expect(table.out).not.toContain('\u001b') // NO_COLOR
  })
})

it('a format that there is none of is 2, and those are named that there are', async () => {
  const { code, err } = await run(['webhook', 'ls', '-o', 'xml'])

  expect(code).toBe(2)
  expect(err).toContain('Allowed choices are table, json, ndjson, yaml.')
})
