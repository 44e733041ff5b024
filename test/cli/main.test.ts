// `tripline start` as a user meets it: a process of its own, its words and its exit codes.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const MAIN = join(import.meta.dirname, '../../lib/cli/main.ts')

/** Starts the command, and resolves when it has ended, or has printed an address. */
function tripline(...args: string[]) {
  return triplineWith({}, ...args)
}

function triplineWith(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    env: { ...process.env, ...env, NO_COLOR: '1' },
  })
  let output = ''
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const url = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        output += text
        const found = /API +(http:\S+)\/api/.exec(output)
        if (found?.[1]) resolve(found[1])
      })
    }
  })
  return { child, ended, url, output: () => output }
}

it('starts, says where, answers, and stops cleanly when told', async () => {
  const { child, ended, url, output } = tripline('start', '--port', '0', '--ephemeral')

  const answer = await fetch(`${await Promise.race([url, ended.then(output)])}/api/health`)
  child.kill('SIGTERM')

  expect(answer.status).toBe(200)
  expect(await ended).toBe(0)
  expect(output()).toContain('export PREFECT_API_URL=http://127.0.0.1:')
  expect(output()).not.toContain('\u001b[')
})

it('names the port that is taken and the flag that helps, in one line', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.on('listening', resolve))
  const { port } = other.address() as AddressInfo

  const { ended, output } = tripline('start', '--port', String(port), '--ephemeral')

  expect(await ended).toBe(1)
  expect(output().trim()).toBe(
    `tripline: port ${port} is taken; stop what uses it, or choose another with --port`,
  )
  other.close()
})

it('refuses a port that is none, saying what would be right', async () => {
  const { ended, output } = tripline('start', '--ephemeral', '--port', 'http')

  expect(await ended).toBe(2)
  expect(output()).toContain('a port is a number from 0 (any free one) to 65535')
})

it('names the directory that cannot hold data, what stands in its way, and the flag that helps', async () => {
  const { ended, output } = tripline('start', '--port', '0', '--data-dir', join(MAIN, 'data'))

  expect(await ended).toBe(1)
  expect(output().trim()).toBe(
    `tripline: ${join(MAIN, 'data')} cannot be the data directory: a part of that path is a file; name another one with --data-dir`,
  )
})

it('names the variable of the environment that it cannot read', async () => {
  const env = { TRIPLINE_PUBLIC_URL: 'bakery.example' }
  const { ended, output } = triplineWith(env, 'start', '--port', '0', '--ephemeral')

  expect(await ended).toBe(2)
  expect(output().trim()).toBe('tripline: TRIPLINE_PUBLIC_URL=bakery.example: Invalid URL')
})
