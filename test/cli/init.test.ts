// The first minute: init writes a project, dev runs it, a call of its webhook becomes a run. Also
// docs/first-event.md, executed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { cli, MAIN, project, ROOT, TSX } from './stack.ts'

let made: ReturnType<typeof project> | undefined
afterEach(() => made?.remove())

/** In place of `npm install`: this repository, by its sources. */
function link(cwd: string): void {
  mkdirSync(join(cwd, 'node_modules'))
  symlinkSync(ROOT, join(cwd, 'node_modules/tripline'))
}

it('from init to a run, by a call of the webhook', async () => {
  made = project({})
  const written = await cli(['init', 'hello'], { cwd: made.cwd })
  const cwd = join(made.cwd, 'hello')
  link(cwd)
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', TSX, MAIN, 'dev', '--port', '0', '--ephemeral'],
    { cwd, env: { ...process.env, NO_COLOR: '1' } },
  )
  const ended = once(child, 'close')
  let output = ''
  const said = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(output)
        if (found) resolve(found[1] ?? found[0])
      }
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
      child.on('close', () => reject(new Error(output)))
      look()
    })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text
    })
  }

  const url = await said(/curl (http:\S+)/)
  await said(/serving hello\/hook/)
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: '{"name": "Ada"}' })
  await said(/Hello, Ada!/)
  await said(/prefect\.flow-run\.Completed/)
  child.kill('SIGTERM')

  expect(written).toMatchObject({ code: 0, out: expect.stringContaining('hello/flows/hello.ts') })
  expect(answer.status).toBe(204)
  expect(await ended).toEqual([0, null])
  expect(output).toMatch(/\d\d:\d\d:\d\d\.\d{3} {2}hello\.called {2}hello/)
}, 90_000)

it('init asks on a terminal where the project shall be', async () => {
  made = project({})
  const { out, err } = await cli(['init'], { cwd: made.cwd, answers: ['bakery'] })

  expect(err).toBe('Where shall the project be?')
  expect(out).toContain('bakery/flows/hello.ts')
  expect(out).toContain('Now: cd bakery && npm install && npm start')
})

it('init from a checkout depends on the checkout, because no registry has it', async () => {
  made = project({})
  await cli(['init', 'hello'], { cwd: made.cwd })
  const root = join(made.cwd, 'hello')
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

  expect(dependencies.tripline).toMatch(/^file:/)
  expect(resolve(root, dependencies.tripline.slice('file:'.length))).toBe(ROOT)
})

it('init keeps what is there', async () => {
  made = project({ 'tripline.yaml': 'deployments: []\n' })
  const { out } = await cli(['init'], { cwd: made.cwd })

  expect(out).toContain('kept     tripline.yaml\n')
  expect(out).toContain('written  flows/hello.ts\n')
  expect(readFileSync(join(made.cwd, 'tripline.yaml'), 'utf8')).toBe('deployments: []\n')
})

it.each([
  ['the profile that is active', {}, [], 'http://127.0.0.1:1/a'],
  ['the one of the environment', { TRIPLINE_PROFILE: 'b' }, [], 'http://127.0.0.1:1/b'],
  ['the one of the flag', { TRIPLINE_PROFILE: 'a' }, ['--profile', 'b'], 'http://127.0.0.1:1/b'],
  [
    'a variable wins over it',
    { PREFECT_API_URL: 'http://127.0.0.1:1/c' },
    [],
    'http://127.0.0.1:1/c',
  ],
])('%s says which server', async (_, env, flags, url) => {
  made = project({})
  const path = join(made.cwd, 'profiles.yaml')
  writeFileSync(
    path,
    'active: a\nprofiles:\n  a: {TRIPLINE_API_URL: http://127.0.0.1:1/a}\n  b: {PREFECT_API_URL: http://127.0.0.1:1/b}\n',
  )

  const at = { cwd: made.cwd, env: { TRIPLINE_PROFILES_PATH: path, ...env } }
  const { out } = await cli(['doctor', ...flags], at)

  expect(out).toContain(`"Configuration","ok":true,"finding":"${url}"`)
})

it('a profile that is not there is told with those that are', async () => {
  const { code, err } = await cli(['webhook', 'ls', '--profile', 'nobody'])

  expect(code).toBe(1)
  expect(err).toContain("there is no profile 'nobody'")
})
