// The README's first command, executed: the real stack in processes of its own, over HTTP.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

it('npm run quickstart -- --once shows every promise kept and exits 0', {
  timeout: 120_000,
}, async () => {
  const script = join(ROOT, 'examples/quickstart/run.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--once'], { cwd: ROOT })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }

  const [code] = await once(child, 'close')

  expect(output.match(/^✓ .*$/gm), output).toHaveLength(5)
  expect(output).not.toMatch(/^✗/m)
  expect(code, output).toBe(0)
})
