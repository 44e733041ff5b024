// The quickstart's child processes: the stack, and the scripts a user would start. Each is stopped
// by its own id.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = join(import.meta.dirname, '../..')
/** A first start on a slow machine takes a few seconds. */
const START_MS_MAX = 60_000
const STOP_MS_MAX = 10_000
const OUTPUT_LINES_KEPT = 20

export interface Child {
  /** Its last lines of output, for when it fails. */
  output(): string
  /** Resolves with the exit code when it has ended. */
  ended: Promise<number | null>
  hasEnded(): boolean
  stop(): Promise<void>
}

/** Starts a TypeScript file of this repository; each line that it prints is given to `onLine`. */
export function startScript(
  file: string,
  args: string[],
  env: Record<string, string>,
  onLine: (line: string) => void,
): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, file), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kept: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        kept.push(line)
        if (kept.length > OUTPUT_LINES_KEPT) kept.shift()
        onLine(line)
      }
    })
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    output: () => kept.join('\n'),
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    stop: () => stop(child, ended),
  }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM')
  const patience = new AbortController()
  await Promise.race([ended, sleep(STOP_MS_MAX, null, { signal: patience.signal }).catch(() => {})])
  patience.abort()
  child.kill('SIGKILL') // does nothing to a process that has ended
  await ended
}

export interface Stack {
  /** Ends in `/api`. */
  apiUrl: string
  stop(): Promise<void>
}

/**
 * What `npm start -- --port <a free one> --ephemeral` starts; or, with QUICKSTART_API_URL, nothing:
 * that one is used.
 */
export async function startStack(): Promise<Stack> {
  const given = process.env.QUICKSTART_API_URL
  if (given) return { apiUrl: given.replace(/\/+$/, ''), stop: async () => {} }
  const main = 'lib/cli/main.ts'
  if (!existsSync(join(ROOT, main))) {
    throw new Error(`${main} is missing; set QUICKSTART_API_URL to use a server that runs already`)
  }
  const port = await freePort()
  const child = startScript(main, ['start', '--port', String(port), '--ephemeral'], {}, () => {})
  const apiUrl = `http://127.0.0.1:${port}/api`
  const until = Date.now() + START_MS_MAX
  while (!(await isReady(apiUrl))) {
    if (child.hasEnded() || Date.now() > until) {
      await child.stop()
      throw new Error(`the stack did not start:\n${child.output()}`)
    }
    await sleep(100)
  }
  return { apiUrl, stop: child.stop }
}

async function isReady(apiUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(`${apiUrl}/ready`)
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false // nobody listens yet
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1')
  return address.port
}
