// What the command line's tests share: a server started as its users start one, the command line
// run within the test, and, where that is the point, as a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '../../lib/cli/program.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const MAIN = join(ROOT, 'lib/cli/main.ts')
/** Absolute, so that it is found from any directory. */
export const TSX = import.meta.resolve('tsx')

export interface Stack {
  /** Of the API. */
  apiUrl: string
  /** What the start said. */
  output(): string
  stop(): Promise<void>
}

export async function startStack(env: Record<string, string> = {}): Promise<Stack> {
  const child = spawn(
    process.execPath,
    ['--import', TSX, MAIN, 'start', '--port', '0', '--ephemeral'],
    { env: { ...process.env, ...env, NO_COLOR: '1' } },
  )
  const ended = once(child, 'close')
  let output = ''
  const apiUrl = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      output += text
      const [, url] = /API +(http:\S+)/.exec(output) ?? []
      if (url) resolve(url)
    })
    child.on('close', () => reject(new Error(output)))
  })
  return {
    apiUrl,
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

export interface Result {
  code: number | null
  out: string
  err: string
}

export interface Invocation {
  cwd?: string
  env?: Record<string, string>
  /** The answers of the person at the terminal; without any there is no terminal. */
  answers?: string[]
}

/** Runs one command within the test. */
export async function cli(argv: string[], invocation: Invocation = {}): Promise<Result> {
  const { cwd = ROOT, env = {}, answers } = invocation
  let out = ''
  let err = ''
  const isTTY = answers !== undefined
  const terminal: Terminal = {
    env: { HOME: tmpdir(), NO_COLOR: '1', ...env },
    cwd,
    stdout: { write: (text) => (out += text), isTTY, columns: 120 },
    stderr: { write: (text) => (err += text), isTTY },
    prompts: answers
      ? {
          async confirm(question) {
            err += question
            return answers.shift() === 'y'
          },
          async text(question, usual) {
            err += question
            return answers.shift() ?? usual
          },
        }
      : null,
    stopping: () => new AbortController().signal,
    now: Date.now,
  }
  const code = await run(argv, terminal)
  return { code, out, err }
}

/** Runs one command as a process of its own; `source` has `tripline` mean this repository. */
export async function cliProcess(argv: string[], invocation: Invocation = {}): Promise<Result> {
  const { cwd = ROOT, env = {} } = invocation
  const child = spawn(process.execPath, ['--conditions=source', '--import', TSX, MAIN, ...argv], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

/** A temporary directory with files, removed by `remove`. */
export function project(files: Record<string, string>): { cwd: string; remove(): void } {
  const cwd = mkdtempSync(join(tmpdir(), 'tripline-cli-'))
  for (const [name, text] of Object.entries(files)) {
    const path = join(cwd, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return { cwd, remove: () => rmSync(cwd, { recursive: true, force: true }) }
}

/** The objects of an ndjson answer. */
export const rows = (out: string): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
