#!/usr/bin/env node
// The command line's process. Everything read from it is read here, once.
import { run } from './program.ts'
import { clackPrompts } from './prompts.ts'
import type { Terminal } from './terminal.ts'

const NODE_MAJOR_MIN = 20

const { stdin, stdout, stderr } = process

function stopping(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => controller.abort())
  return controller.signal
}

const terminal: Terminal = {
  env: process.env,
  cwd: process.cwd(),
  stdout,
  stderr,
  prompts: stdin.isTTY && stderr.isTTY ? clackPrompts : null,
  stopping,
  now: Date.now,
}

const major = Number(process.versions.node.split('.')[0])
if (major < NODE_MAJOR_MIN) {
  stderr.write(`tripline needs Node ${NODE_MAJOR_MIN} or later, not ${process.version}\n`)
  process.exit(1)
}

// A reader that went away (`| head`) is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await run(process.argv.slice(2), terminal)
