// What stands for AWS before the real clients in the bundles: DynamoDB's calls go on to the emulator, the others are answered here.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CrashPoint } from '../../local/crash-points.ts'
import type { Caller, Reply, Used } from './caller.ts'
import { toDatabase } from './database.ts'
import { newWorld, toService, type World } from './services.ts'

export interface AwsDouble {
  url: string
  used: Used[]
  world: World
  /** From now on the caller that comes to this point is stopped there: `stopped` is told, and it hears nothing any more. */
  stopAt(point: CrashPoint, stopped: (caller: Caller) => void): void
  stop(): Promise<void>
}

export async function startAwsDouble(adminKey: string, endpoint: string): Promise<AwsDouble> {
  const used: Used[] = []
  const world = newWorld(adminKey)
  const dead = new Set<string>()
  let point: (CrashPoint & { stopped(caller: Caller): void }) | null = null
  let seen = 0
  const use = (one: Used) => void used.push(one)
  const name = ({ by, start }: Caller) => `${by}.${start}`

  /** Writes are counted as they begin, or, for a point after one, as they are made: several may be under way, and some come to nothing. */
  function isTheEnd(when: 'before' | 'after', things: string[], caller: Caller): boolean {
    if (dead.has(name(caller))) return true
    if (!point || !things.includes(point.of) || when !== point.when) return false
    seen += 1
    if (seen !== point.nth) return false
    const { stopped } = point
    point = null
    dead.add(name(caller))
    stopped(caller)
    return true
  }

  async function reply(request: IncomingMessage, bytes: Buffer): Promise<Reply | null> {
    const { headers, method = '', url = '' } = request
    const target = String(headers['x-amz-target'] ?? '')
    if (target.startsWith('DynamoDB')) {
      return toDatabase({ endpoint, use, isTheEnd }, headers, bytes.toString())
    }
    return toService(world, { method, url, target, bytes }, use)
  }

  const server = createServer(async (request, response) => {
    const answer = await reply(request, await bytesOf(request))
    if (answer === null) return void response.socket?.destroy()
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    used,
    world,
    stopAt(at, stopped) {
      point = { ...at, stopped }
      seen = 0
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
