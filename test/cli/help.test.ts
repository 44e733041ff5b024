// The tree of commands as a whole: its help, its exit codes, and the page that lists it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { completionOf } from '../../lib/cli/completion.ts'
import { verdictOn } from '../../lib/cli/errors.ts'
import { createProgram } from '../../lib/cli/program.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'
import { ApiError } from '../../lib/sdk/http.ts'
import { cli, ROOT } from './stack.ts'

const silent: Terminal = {
  env: {},
  cwd: '.',
  stdout: { write: () => {} },
  stderr: { write: () => {} },
  prompts: null,
  stopping: () => new AbortController().signal,
  now: () => 0,
}
const program = createProgram(silent)

function commands(command: Command, path: string[] = []): string[][] {
  return command.commands.flatMap((child) => {
    const here = [...path, child.name()]
    return [here, ...commands(child, here)]
  })
}

const isBelow = (other: string[], path: string[]) =>
  other.length > path.length && path.every((word, i) => other[i] === word)

const PATHS = commands(program)
const LEAVES = PATHS.filter((path) => !PATHS.some((other) => isBelow(other, path)))

describe('every command', () => {
  it.each([[], ...PATHS].map((path) => [path.join(' ')]))(
    'tripline %s --help ends with an example',
    async (path) => {
      const { code, out } = await cli([...path.split(' ').filter(Boolean), '--help'])

      expect(code).toBe(0)
      expect(out.trimEnd().split('\n').at(-1)).toMatch(/^ {2}\$ (tripline|source) /)
      expect(out).toContain(
        `$ ${path.startsWith('completion') ? 'source <(' : ''}tripline ${path}`.trimEnd(),
      )
    },
  )

  it.each(LEAVES.map((path) => [path.join(' ')]))(
    'docs/CLI.md has a row for tripline %s',
    (path) => {
      const page = readFileSync(join(import.meta.dirname, '../../docs/CLI.md'), 'utf8')

      expect(page).toContain(`| \`${path}\` |`)
    },
  )

  it.each(['bash', 'zsh', 'fish'] as const)('is completed by %s', (shell) => {
    const script = completionOf(shell, program)

    for (const path of LEAVES) expect(script).toContain(path.at(-1))
  })
})

/** The arguments and flags that a command demands, with something in their place. */
function demanded(path: string[]): string[] {
  const command = path.reduce<Command>(
    (at, name) => at.commands.find((child) => child.name() === name) as Command,
    program,
  )
  const flags = command.options.filter(({ mandatory }) => mandatory).map(({ long }) => long ?? '')
  return [
    ...flags.flatMap((flag) => [flag, 'something']),
    ...command.registeredArguments.filter(({ required }) => required).map(() => 'something'),
  ]
}

it.each([[['version']], [['--version']], [['-V']]])(
  'tripline %s says our version',
  async (argv) => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

    expect(await cli(argv)).toMatchObject({ code: 0, out: `${version}\n` })
  },
)

describe('exit codes', () => {
  it.each(LEAVES.map((path) => [path.join(' '), path] as const))(
    'tripline %s --crust is 2, and is told from what there is',
    async (_, path) => {
      const { code, out, err } = await cli([...path, ...demanded(path), '--crust'])

      expect([code, out]).toEqual([2, ''])
      expect(err).toMatch(/^tripline: unknown option '--crust'\n/)
      expect(err).toContain('(--help shows what there is)')
    },
  )

  it.each([
    ['an unknown command', ['bake'], 'unknown command'],
    ['an unknown flag', ['webhook', 'ls', '--crust'], 'unknown option'],
    ['a missing argument', ['webhook', 'get'], 'missing required argument'],
    ['a flag with a wrong value', ['event', 'ls', '--limit', 'all'], 'a number from 1'],
    ['a group without a command', ['webhook'], 'Usage: tripline webhook'],
  ])('%s is 2, and says what there is', async (_, argv, words) => {
    const { code, err } = await cli(argv)

    expect(code).toBe(2)
    expect(err).toContain(words)
  })

  it('doctor tells a remedy whole, however narrow the terminal', async () => {
    const env = { TRIPLINE_API_URL: 'http://127.0.0.1:1/api' }
    const { code, out } = await cli(['doctor', '-o', 'table'], { env })

    expect(code).toBe(1)
    expect(out).toMatch(/^✗ {2}API {12}no API at .* or set TRIPLINE_API_URL$/m)
  })

  it.each([
    ['Not Found', 'TRIPLINE_API_URL ends in /api'],
    ['404 Not Found', 'TRIPLINE_API_URL ends in /api'],
    ['Webhook not found', 'tripline: the server refuses this: Webhook not found'],
  ])('a 404 of %s says %s', (detail, words) => {
    const { text, exitCode } = verdictOn(new ApiError('GET /webhooks', 404, detail))

    expect(exitCode).toBe(1)
    expect(text).toContain(words)
    expect(text.includes('\n')).toBe(words.startsWith('TRIPLINE'))
  })

  it('no server is 1, and says how to start one', async () => {
    const env = { TRIPLINE_API_URL: 'http://127.0.0.1:1/api' }
    const { code, err } = await cli(['webhook', 'ls'], { env })

    expect(code).toBe(1)
    expect(err).toBe(
      'tripline: no API at http://127.0.0.1:1/api; start one with `npx tripline start`, or set TRIPLINE_API_URL\n',
    )
  })
})
