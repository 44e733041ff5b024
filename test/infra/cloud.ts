// A deployment without an account: the bundles, loaded as Lambda loads them, behind the event shapes that Lambda hands them, over a real
// database and real SDK clients. Streams are read by the pump through the filters of the template; queues, schedules and the clock
// move when told.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DynamoDBStreamEvent, SQSBatchResponse } from 'aws-lambda'
import { vi } from 'vitest'
import { bundle } from '../../infra/bundle.ts'
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts'
import { parseAt } from '../../lib/aws/schedule-expression.ts'
import { MICROS_PER_MS } from '../../lib/core/time.ts'
import type { DeliveryFaults } from '../../lib/local/deliver.ts'
import { startPump } from '../../lib/local/pump.ts'
import type { StreamHandler } from '../../lib/store/stream.ts'
import type { CrashPoint } from '../local/crash-points.ts'
import { silent, startDatabase } from '../local/database.ts'
import { deployed } from './deployed.ts'
import { startAwsDouble } from './double/aws.ts'
import { named, namedBucket } from './double/caller.ts'
import {
  type HttpCall,
  httpEvent,
  type SocketCallKind,
  socketEvent,
  sqsMessage,
} from './lambda-events.ts'
import { filterOf } from './mappings.ts'

export const KEY = 'the-admin-key'
/** EventBridge Scheduler may be so late. */
const SCHEDULER_MS_LATE = 59_000
const STREAM_READERS = ['evaluate', 'publish', 'act', 'announce'] as const
/** Deliveries of one message before the test gives up on it. */
const DELIVERIES_MAX = 15

type Handler = (event: unknown) => Promise<unknown>

interface Running {
  handler: Handler
  /** Rejects when the function is stopped in the middle of its work. */
  stopped: Promise<never>
  stop(): void
}

const deployment = deployed()

/** All bundles of functions/, on disk. */
export function bundles() {
  const home = mkdtempSync(join(tmpdir(), 'bundles-'))
  // By this name vitest leaves to Node what is in it, instead of transforming it.
  const directory = join(home, 'node_modules')
  const names = Object.keys(FUNCTIONS) as FunctionName[]
  const built = Object.fromEntries(
    names.map((name) => [name, bundle(name, join(directory, name))]),
  ) as Record<FunctionName, ReturnType<typeof bundle>>
  return { directory, built, remove: () => rmSync(home, { recursive: true }) }
}

/** Counted over all clouds, for a module is loaded once under its name. */
let starts = 0

export type Cloud = Awaited<ReturnType<typeof startCloud>>

/** Everything deployed once, and empty. `faults` are those of stream deliveries. */
export async function startCloud(
  directory: string,
  { faults, prefixes = '' }: { faults?: DeliveryFaults; prefixes?: string } = {},
) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const { metrics, restore } = listen()
  const database = await startDatabase()
  const aws = await startAwsDouble(KEY, database.emulator.endpoint)
  const { world } = aws
  const running = new Map<string, Promise<Running>>()

  async function start(name: FunctionName): Promise<Running> {
    starts += 1
    const environment = environmentOf(name, starts, aws.url, prefixes)
    for (const [variable, value] of Object.entries(environment)) vi.stubEnv(variable, value)
    const file = pathToFileURL(join(directory, name, 'index.mjs'))
    const { handler } = await import(`${file.href}?${starts}`)
    let stop = () => {}
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(new Error(`${name}: Runtime exited`))
    })
    stopped.catch(() => {}) // nobody may be listening
    return { handler, stopped, stop }
  }

  /** One start at a time: they share the environment. */
  let starting: Promise<unknown> = Promise.resolve()
  function warm(name: FunctionName): Promise<Running> {
    const known = running.get(name)
    if (known) return known
    const made = starting.then(() => start(name))
    starting = made.catch(() => {}) // told to who asked
    running.set(name, made)
    return made
  }

  /** As Lambda invokes it: JSON in, JSON out. */
  async function invoke(name: FunctionName, event: unknown): Promise<unknown> {
    const { handler, stopped } = await warm(name)
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', name)
    vi.setSystemTime(Date.now() + 1) // no two things happen at once
    const answer = await Promise.race([handler(JSON.parse(JSON.stringify(event))), stopped])
    return answer === undefined ? undefined : JSON.parse(JSON.stringify(answer))
  }
  world.invoke = (name, payload) => invoke(name as FunctionName, payload)

  const consumers = STREAM_READERS.map((name) => {
    const wakes = filterOf(deployment, name)
    const handler = async ({ Records }: DynamoDBStreamEvent) => {
      const passing = Records.filter(wakes)
      return passing.length === 0 ? { batchItemFailures: [] } : invoke(name, { Records: passing })
    }
    return { name, table: FUNCTIONS[name].stream, handler: handler as StreamHandler }
  })
  const { streams, streamArns, dataDir } = database
  const pump = startPump({
    streams,
    streamArns,
    file: dataDir.file,
    log: silent,
    consumers,
    retryMs: 1,
    ...(faults && { faults }),
  })

  /** Schedules whose time came, late as they may be, become messages. */
  function fireSchedules(): void {
    for (const { name, expression, input } of world.schedules.values()) {
      const at = (parseAt(expression) ?? 0) / MICROS_PER_MS + SCHEDULER_MS_LATE
      if (at > Date.now()) continue
      world.schedules.delete(name)
      world.messages.push({ queue: 'wakes', body: input, at, attributes: {} })
    }
  }

  const READERS: Record<string, FunctionName> = { wakes: 'wake', arrivals: 'accept' }

  /** Delivers what the queues show by now, until each message was taken; answers how many there were. */
  async function deliver(): Promise<number> {
    const due = world.messages.filter(({ at }) => at <= Date.now())
    world.messages = world.messages.filter((message) => !due.includes(message))
    for (const { queue, body, attributes } of due) {
      const reader = READERS[queue]
      if (!reader) throw new Error(`nobody reads the queue ${queue}`)
      for (let tries = 1; ; tries += 1) {
        if (tries > DELIVERIES_MAX) throw new Error(`a dead letter of ${queue}: ${body}`)
        const answer = await invoke(reader, sqsMessage(body, attributes)).catch(() => null)
        if ((answer as SQSBatchResponse | null)?.batchItemFailures.length === 0) break
      }
    }
    return due.length
  }

  /** Until nothing is on its way that is due. */
  async function settle(): Promise<void> {
    do {
      await pump.drain()
      fireSchedules()
    } while ((await deliver()) > 0)
  }

  const http = (name: FunctionName, call: HttpCall) =>
    invoke(
      name,
      httpEvent(`${name === 'receive' ? 'hooks' : 'front'}.example.com`, call),
    ) as Promise<{
      statusCode: number
      body: string
    }>

  return {
    ...aws,
    metrics,
    database,
    pump,
    invoke,
    http,
    settle,
    /** A call of the API with the admin's key; rejects unless it is answered with what was asked for. */
    async say(method: string, path: string, body?: unknown) {
      const answer = await http('api', {
        method,
        path: `/api${path}`,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
      return answer.body ? JSON.parse(answer.body) : null
    },
    socket: (kind: SocketCallKind, id: string, more?: Parameters<typeof socketEvent>[2]) =>
      invoke('socket', socketEvent(kind, id, more)) as Promise<{ statusCode: number }>,
    /** A frame without a `type`, as the WebSocket API puts it into the queue. */
    queueFrame(connection: string, body: string) {
      world.messages.push({ queue: 'arrivals', body, at: Date.now(), attributes: { connection } })
    },
    /** What the inbound rule puts into the queue. */
    queueEnvelope(envelope: object) {
      const body = JSON.stringify(envelope)
      world.messages.push({ queue: 'arrivals', body, at: Date.now(), attributes: {} })
    },
    /** Moves the clock, second by second where something waits, and settles at each. */
    async advance(seconds: number): Promise<void> {
      const end = Date.now() + seconds * 1_000
      for (;;) {
        await settle()
        const next = nextAt()
        if (next > end) break
        vi.setSystemTime(Math.max(next, Date.now()))
      }
      vi.setSystemTime(end)
      await settle()
    },
    /** The function that makes this write is stopped there, and starts anew when it is next called. */
    stopAt(point: CrashPoint, told: () => void) {
      aws.stopAt(point, ({ by }) => {
        const dying = running.get(by)
        running.delete(by)
        told()
        void dying?.then(({ stop }) => stop())
      })
    },
    async stop() {
      await pump.stop()
      await database.stop()
      await aws.stop()
      vi.unstubAllEnvs()
      vi.useRealTimers()
      restore()
    },
  }

  /** The soonest moment at which a message is shown or a schedule fires. */
  function nextAt(): number {
    const schedules = [...world.schedules.values()].map(
      ({ expression }) => (parseAt(expression) ?? 0) / MICROS_PER_MS + SCHEDULER_MS_LATE,
    )
    return Math.min(...schedules, ...world.messages.map(({ at }) => at))
  }
}

/** What the functions write: metrics are kept, the rest is not shown. */
function listen() {
  const metrics: Record<string, unknown>[] = []
  const write = process.stdout.write.bind(process.stdout)
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      if (!String(chunk).startsWith('{"_aws"')) return write(chunk)
      return metrics.push(JSON.parse(String(chunk))) > 0
    }),
    ...(['info', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level).mockReturnValue(),
    ),
  ]
  const restore = () => {
    for (const spy of spies) spy.mockRestore()
  }
  return { metrics, restore }
}

/** Resources have the function's name, and count its starts. */
function environmentOf(by: FunctionName, start: number, url: string, prefixes: string) {
  const name = (resource: string) => named(resource, { by, start })
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ENDPOINT_URL: url,
    EVENTS_TABLE: name('events'),
    OBJECTS_TABLE: name('objects'),
    BODIES_BUCKET: namedBucket('bodies', { by, start }),
    LETTERS_BUCKET: namedBucket('letters', { by, start }),
    RETENTION_DAYS: '7',
    SECRETS_KEY_ARN: `arn:aws:kms:us-east-1:111122223333:key/${name('key')}`,
    WAKE_QUEUE_URL: `${url}/${name('wakes')}`,
    WAKE_QUEUE_ARN: 'arn:aws:sqs:us-east-1:111122223333:wakes',
    WAKE_GROUP: name('schedules'),
    WAKE_ROLE_ARN: `arn:aws:iam::111122223333:role/${name('scheduleRole')}`,
    LETTERS_QUEUE_ARN: 'arn:aws:sqs:us-east-1:111122223333:letters',
    EVENT_BUS: name('bus'),
    PUBLISH_PREFIXES: prefixes,
    ADMIN_KEY_SECRET: name('adminKey'),
    ORIGIN_SECRET: 'proof',
    PUBLIC_URL: 'https://front.example.com',
    EVALUATE_FUNCTION: 'evaluate',
    PUBLISH_FUNCTION: 'publish',
    AUTOMATIONS_MAX: '',
    WEBHOOKS_MAX: '',
    SOCKET_ENDPOINT: `${url}/${name('sockets')}`,
  }
}
