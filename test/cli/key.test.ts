// Keys and profiles on the command line, against a server that demands keys.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli as command, rows, type Stack, startStack } from './stack.ts'

let stack: Stack
let first: string
beforeAll(async () => {
  stack = await startStack({ TRIPLINE_REQUIRE_KEYS: '1' })
  first = /tl_\S+/.exec(stack.output())?.[0] ?? ''
})
afterAll(() => stack.stop())

const as = (key: string | null, argv: string[], answers?: string[]) => {
  const shown = key === null ? {} : { PREFECT_API_AUTH_STRING: `tripline:${key}` }
  const env = { TRIPLINE_API_URL: stack.apiUrl, ...shown }
  return command(argv, { env, ...(answers && { answers }) })
}

describe('a server that demands keys', () => {
  it('shows the first one, with the variables that bring it in', () => {
    expect(first).toMatch(/^tl_/)
    expect(stack.output()).toContain(`export PREFECT_API_AUTH_STRING=tripline:${first}`)
  })

  it('refuses a command without a key, and the command says what to do', async () => {
    const { code, err } = await as(null, ['variable', 'ls'])

    expect(code).toBe(1)
    expect(err).toContain('PREFECT_API_AUTH_STRING=tripline:KEY')
  })
})

describe('key', () => {
  it('create prints the key alone on stdout, and what to do with it on stderr', async () => {
    const { out, err } = await as(first, ['key', 'create', 'laptop'])
    const key = out.trim()

    expect(out).toBe(`${key}\n`)
    expect(err).toContain(`export PREFECT_API_URL=${stack.apiUrl}`)
    expect(err).toContain(`export PREFECT_API_AUTH_STRING=tripline:${key}`)
    expect((await as(key, ['variable', 'ls'])).code).toBe(0)
    expect((await as(key, ['key', 'ls'])).code).toBe(1) // it may write, not administer
  })

  it('create takes scopes and an end', async () => {
    const argv = ['key', 'create', 'ci', '--scope', 'ingest', '--scope', 'read', '--expires', '30d']
    const [made] = rows((await as(first, [...argv, '-o', 'ndjson'])).out)

    expect(made).toMatchObject({ name: 'ci', scopes: ['ingest', 'read'], status: 'active' })
    expect(Date.parse(String(made?.expires_at))).toBeGreaterThan(Date.now() + 29 * 86_400_000)
  })

  it.each([
    [['key', 'create', 'x', '--scope', 'everything'], 'Allowed choices'],
    [['key', 'create', 'x', '--expires', 'soon'], 'neither a length'],
    [['key', 'rotate', 'laptop', '--overlap', 'a while'], 'no length'],
  ])('%j is not understood', async (argv, words) => {
    const { code, err } = await as(first, argv)

    expect([code, err]).toEqual([2, expect.stringContaining(words)])
  })

  it('rotate gives another text, and both are taken', async () => {
    const before = (await as(first, ['key', 'create', 'worker'])).out.trim()
    const after = (await as(first, ['key', 'rotate', 'worker'])).out.trim()

    expect(after).not.toBe(before)
    for (const key of [before, after]) expect((await as(key, ['variable', 'ls'])).code).toBe(0)
  })

  it('revoke asks first, and then the key is gone', async () => {
    await as(first, ['key', 'create', 'lost'])

    const unasked = await as(first, ['key', 'revoke', 'lost'])
    const refused = await as(first, ['key', 'revoke', 'lost'], ['n'])
    const done = await as(first, ['key', 'revoke', 'lost'], ['y'])
    const listed = rows((await as(first, ['key', 'ls', '--all'])).out)

    expect([unasked.code, refused.code, done.code]).toEqual([2, 1, 0])
    expect(listed.find(({ name }) => name === 'lost')).toMatchObject({ status: 'revoked' })
  })
})

describe('profile', () => {
  const home = mkdtempSync(join(tmpdir(), 'tripline-profiles-'))
  const path = join(home, 'tripline', 'profiles.yaml')
  afterAll(() => rmSync(home, { recursive: true }))
  const profile = (argv: string[], env: Record<string, string> = {}) =>
    command(argv, { env: { TRIPLINE_PROFILES_PATH: path, ...env } })

  it('create keeps what this shell has, for the owner’s eyes alone', async () => {
    const shell = {
      PREFECT_API_URL: stack.apiUrl,
      PREFECT_API_AUTH_STRING: `tripline:${first}`,
    }
    await profile(['profile', 'create', 'bakery'], shell)

    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect((await profile(['variable', 'ls'])).code).toBe(0) // the first profile is the active one
  })

  it('inspect hides the key', async () => {
    const { out } = await profile(['profile', 'inspect', 'bakery'])

    expect(out).not.toContain(first)
    expect(out).toContain(first.slice(-4))
  })

  it('create takes variables, use changes the active one, ls marks it, delete forgets it', async () => {
    const other = 'TRIPLINE_API_URL=http://127.0.0.1:1/api'
    await profile(['profile', 'create', 'away', '--set', other])
    const twice = await profile(['profile', 'create', 'away', '--set', other])
    await profile(['profile', 'use', 'away'])
    const listed = rows((await profile(['profile', 'ls'])).out)
    await profile(['profile', 'delete', 'away', '--yes'])

    expect(twice.err).toContain('--overwrite')
    expect(listed).toEqual([
      { name: 'bakery', active: false, api_url: stack.apiUrl },
      { name: 'away', active: true, api_url: 'http://127.0.0.1:1/api' },
    ])
    expect(readFileSync(path, 'utf8')).not.toContain('away')
  })

  it.each([
    [['profile', 'use', 'nowhere'], 1, 'no profile'],
    [['profile', 'create', 'x', '--set', 'HOME=/'], 2, 'no variable of tripline'],
    [['profile', 'create', 'x'], 1, 'names no server'],
  ])('%j is refused', async (argv, code, words) => {
    const heard = await profile(argv)

    expect([heard.code, heard.err]).toEqual([code, expect.stringContaining(words)])
  })
})
