// The embedded DynamoDB: a child process on the data directory's database file. Which one, why a template, and what it does
// differently from AWS: docs/decisions/0002-emulator-template.md. It must never outlive us: a watchdog shell holds the other
// end of a pipe and ends the emulator when we vanish, even by kill -9; and the lock names it, should the watchdog fail too.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import type { DataDir } from './data-dir.ts'
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts'
import { templateDatabase } from './template-db.ts'

export interface Emulator {
  endpoint: string
  pid: number
  /** Resolves, with what it last said, when it ends without having been stopped. */
  died: Promise<string>
  /** Expires items now instead of at the next sweep. */
  sweep(): Promise<void>
  stop(): Promise<void>
}

/** AWS expires items within days, this every half minute. */
const SWEEP_MS = 30_000
/** It answers after 5–30 ms; a loaded machine may take longer, a broken one longer than this. */
const START_MS_MAX = 10_000
const POLL_MS = 3
/** Time to end by itself before it is killed. Every acknowledged write is on disk already. */
const STOP_MS_MAX = 2_000
/** Free ports are found by asking; somebody may take one before the emulator does. */
const START_TRIES_MAX = 3
/** What it last said, kept for the error message. */
const LAST_WORDS_MAX = 2_000

/**
 * Starts the emulator and waits until it answers. `binary` (DYNOXIDE_BIN) stands in for the platform's package. Throws a
 * Refusal when there is neither, and an Error with its last words when it does not start.
 */
export async function startEmulator(
  dataDir: DataDir,
  log: Log,
  binary = packagedBinary(),
): Promise<Emulator> {
  if (dataDir.leftover && isAlive(dataDir.leftover)) await stopLeftover(dataDir.leftover)
  const database = dataDir.file('tripline.db')
  if (!existsSync(database)) writeFileSync(database, templateDatabase(), { mode: 0o600 })
  for (let tries = 1; ; tries += 1) {
    const ports = await freePorts()
    const child = spawnEmulator(binary, database, ports)
    try {
      await untilAnswers(child, ports.dynamo)
    } catch (error) {
      child.end()
      if (tries < START_TRIES_MAX) continue
      throw error
    }
    return runningEmulator(child, ports, dataDir, log)
  }
}

interface Ports {
  dynamo: number
  mcp: number
  token: string
}

interface Child {
  process: ChildProcess
  exited: Promise<unknown>
  hasExited(): boolean
  lastWords(): string
  /** Kills it and its watchdog. */
  end(): void
}

function runningEmulator(child: Child, ports: Ports, dataDir: DataDir, log: Log): Emulator {
  const pid = child.process.pid as number
  dataDir.noteEmulator(identityOf(pid))
  const sweep = () => sweepExpired(ports)
  const timer = setInterval(() => {
    sweep().catch((error) => log.warn('expired items were not swept', { error: String(error) }))
  }, SWEEP_MS).unref()
  let isStopping = false
  return {
    endpoint: `http://127.0.0.1:${ports.dynamo}`,
    pid,
    died: new Promise((resolve) => {
      child.exited.then(() => {
        clearInterval(timer)
        child.end()
        if (!isStopping) resolve(child.lastWords())
      })
    }),
    sweep,
    async stop() {
      isStopping = true
      clearInterval(timer)
      child.process.kill('SIGTERM')
      await Promise.race([child.exited, sleep(STOP_MS_MAX, null, { ref: false })])
      child.end()
      await child.exited
    },
  }
}

function packagedBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}/dynoxide`
  try {
    const suffix = process.platform === 'win32' ? '.exe' : ''
    return createRequire(import.meta.url).resolve(name + suffix)
  } catch (cause) {
    throw new Refusal(
      503,
      `There is no embedded database for ${process.platform}-${process.arch}. Set DYNAMODB_ENDPOINT to a DynamoDB (or compatible) endpoint, or DYNOXIDE_BIN to a dynoxide binary.`,
      { cause },
    )
  }
}

/** In its own process group, so that Ctrl-C in a terminal reaches us alone and we stop it when the last batch is done. */
function spawnEmulator(binary: string, database: string, ports: Ports): Child {
  const args = ['serve', '--host', '127.0.0.1', '-p', String(ports.dynamo), '--db-path', database]
  const mcp = ['--mcp', '--mcp-port', String(ports.mcp)]
  const child = spawn(binary, [...args, ...mcp], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { DYNOXIDE_MCP_AUTH_TOKEN: ports.token },
  })
  const watchdog = watch(child.pid)
  let words = ''
  let hasExited = false
  child.stderr?.on('data', (text) => {
    words = (words + text).slice(-LAST_WORDS_MAX)
  })
  child.on('error', (error) => {
    words += error.message
  })
  const exited = new Promise((resolve) => {
    child.once('close', resolve)
  })
  exited.then(() => {
    hasExited = true
  })
  return {
    process: child,
    exited,
    hasExited: () => hasExited,
    lastWords: () => words.trim(),
    end() {
      child.kill('SIGKILL')
      watchdog?.kill('SIGKILL')
    },
  }
}

/** A shell that waits for the end of its input, which is our end, and then ends the emulator. Windows has none. */
function watch(pid: number | undefined): ChildProcess | null {
  if (process.platform === 'win32' || pid === undefined) return null
  return spawn('/bin/sh', ['-c', 'read -r _; kill "$1"', 'tripline-watchdog', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}

async function stopLeftover(leftover: ProcessIdentity): Promise<void> {
  process.kill(leftover.pid, 'SIGTERM')
  const deadline = Date.now() + STOP_MS_MAX
  while (isAlive(leftover)) {
    if (Date.now() > deadline) process.kill(leftover.pid, 'SIGKILL')
    await sleep(POLL_MS)
  }
}

async function untilAnswers(child: Child, port: number): Promise<void> {
  const deadline = Date.now() + START_MS_MAX
  while (!child.hasExited() && Date.now() < deadline) {
    if (await accepts(port)) return
    await sleep(POLL_MS)
  }
  throw new Error(`the embedded database did not start: ${child.lastWords() || 'no answer'}`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}

/** Both at once, so that they differ. */
async function freePorts(): Promise<Ports> {
  const servers = [createServer(), createServer()].map((server) => server.listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const [dynamo = 0, mcp = 0] = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return { dynamo, mcp, token: randomBytes(16).toString('hex') }
}

/** The emulator expires nothing by itself; its tool `sweep_ttl` does, and leaves REMOVE records as AWS does. */
async function sweepExpired({ mcp, token }: Ports): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${mcp}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'sweep_ttl', arguments: {} },
    }),
    signal: AbortSignal.timeout(SWEEP_MS),
  })
  const text = await answer.text()
  if (!answer.ok || !text.includes('"isError":false')) throw new Error(`sweep_ttl: ${text}`)
}
