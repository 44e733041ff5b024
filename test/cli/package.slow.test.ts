// What npm would publish: built, packed, unpacked, and used as somebody would who installed it.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from './stack.ts'

const cwd = mkdtempSync(join(tmpdir(), 'tripline-package-'))
const installed = join(cwd, 'node_modules/tripline')
const sh = (file: string, argv: string[], at = cwd) =>
  execFileSync(file, argv, { cwd: at, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

beforeAll(() => {
  const packed = sh('npm', ['pack', '--silent', '--pack-destination', cwd], ROOT).trim() // builds first
  mkdirSync(installed, { recursive: true })
  sh('tar', ['xzf', packed, '-C', installed, '--strip-components=1'])
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules')) // its dependencies
  chmodSync(join(installed, 'dist/cli.js'), 0o755) // as npm does with what `bin` names
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

it('its command is a program of its own', () => {
  expect(sh(join(installed, 'dist/cli.js'), ['--help'])).toContain('Usage: tripline')
})

it('a project that it writes asks for its own version', () => {
  const command = join(installed, 'dist/cli.js')
  const version = sh(command, ['--version']).trim()
  sh(command, ['init', 'hello'])
  const { dependencies } = JSON.parse(readFileSync(join(cwd, 'hello/package.json'), 'utf8'))

  expect(dependencies.tripline).toBe(`^${version}`)
})

it('flows import it by its name', () => {
  writeFileSync(
    join(cwd, 'flow.mjs'),
    "import { flow } from 'tripline'\nconsole.log(typeof flow(async () => 1, { name: 'bake' }))\n",
  )

  expect(sh(process.execPath, ['flow.mjs'])).toBe('function\n')
})

it('stacks import its construct, and what that deploys is in it', () => {
  const list = sh('find', [installed, '-maxdepth', '2', '-name', '*.ts', '-path', '*functions*'])

  expect(list).toContain('functions/receive.ts')
  expect(sh('find', [join(installed, 'infra'), '-name', 'tripline.ts'])).not.toBe('')
})
