// The road for cost.ts: bundles over the embedded database, with whatever they do counted by function.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import type { DynamoDBStreamEvent } from 'aws-lambda'
import { FUNCTIONS } from '../infra/functions.ts'
import type { Log } from '../lib/core/ports.ts'
import { openDataDir } from '../lib/local/data-dir.ts'
import { localClient } from '../lib/local/database.ts'
import { startEmulator } from '../lib/local/emulator.ts'
import { startPump } from '../lib/local/pump.ts'
import type { StreamFilter } from '../lib/local/stream-record.ts'
import { ANNOUNCED_KINDS } from '../lib/names.ts'
import type { StreamHandler } from '../lib/store/stream.ts'
import { ensureTables } from '../lib/store/tables.ts'

const NAMES = { events: 'events', objects: 'objects' }
const KEY = 'key'
const INSERTED = ['INSERT'] as const
const FILTERS: Record<(typeof READERS)[number], StreamFilter> = {
  evaluate: { eventNames: INSERTED },
  publish: { eventNames: INSERTED },
  act: { eventNames: INSERTED, kinds: ['firing'] },
  announce: { kinds: ANNOUNCED_KINDS },
}
const silent: Log = { info() {}, warn() {}, error() {} }
const READERS = ['evaluate', 'publish', 'act', 'announce'] as const
type Name = 'receive' | (typeof READERS)[number]

/** What one function did for all events of a run. */
export interface Work {
  calls: number
  cpuMs: number
  /** Calls of AWS, one after the other. */
  requests: number
  writeUnits: number
  readUnits: number
  s3Puts: number
  s3Gets: number
  /** Of SQS: each is sent, received and deleted. */
  messages: number
  schedules: number
  busEvents: number
  logBytes: number
}

const NO_WORK: Work = {
  calls: 0,
  cpuMs: 0,
  requests: 0,
  writeUnits: 0,
  readUnits: 0,
  s3Puts: 0,
  s3Gets: 0,
  messages: 0,
  schedules: 0,
  busEvents: 0,
  logBytes: 0,
}

export type Road = Awaited<ReturnType<typeof openRoad>>

/** A call of a webhook as a function URL hands it over, with a body of about 200 characters. */
export const hookCall = (path: string, body: object, headers: Record<string, string> = {}) => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: '',
  headers: { host: 'h', 'content-type': 'application/json', ...headers },
  requestContext: { domainName: 'h', http: { method: 'POST', path, sourceIp: '203.0.113.1' } },
  isBase64Encoded: false,
  body: JSON.stringify(body),
})

interface Options {
  directory: string
  /** A bundle's handler, loaded anew. */
  load(
    directory: string,
    name: string,
    environment: Record<string, string>,
  ): Promise<(event: unknown) => Promise<unknown>>
  /** Records that a reader is handed at once. */
  batch: number
}

export async function openRoad({ directory, load, batch }: Options) {
  const dataDir = openDataDir(null)
  const emulator = await startEmulator(dataDir, silent)
  const client = new DynamoDBClient(localClient(emulator.endpoint))
  const streams = new DynamoDBStreamsClient(localClient(emulator.endpoint))
  const streamArns = await ensureTables(client, NAMES)
  const work = {} as Record<Name, Work>
  const reset = () => {
    for (const name of ['receive', ...READERS] as const) {
      work[name] = { ...NO_WORK }
    }
  }
  reset()
  /** Only one is at work at a time, so whatever is asked meanwhile, or written, is its doing. */
  let atWork: Work | null = null
  const proxy = await countingProxy(emulator.endpoint, (request) => {
    if (!atWork) return
    for (const [key, value] of Object.entries(request)) atWork[key as keyof Work] += value
  })
  const environment = (by: string) => ({
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ENDPOINT_URL: proxy.url,
    EVENTS_TABLE: `events.${by}`,
    OBJECTS_TABLE: `objects.${by}`,
    PUBLISH_PREFIXES: '',
    RETENTION_DAYS: '7',
    AUTOMATIONS_MAX: '1000',
    WEBHOOKS_MAX: '1000',
  })
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = ((chunk: string) => {
    if (!String(chunk).startsWith('{"_aws"')) return write(chunk)
    if (atWork) atWork.logBytes += chunk.length + LOG_LINE_BYTES
    return true
  }) as typeof process.stdout.write

  /** The processor's time is its own and the proxy's, which is taken off. */
  const measured =
    (name: Name, handler: (event: unknown) => Promise<unknown>) => async (event: unknown) => {
      const before = process.cpuUsage()
      const proxied = proxy.cpuMs()
      atWork = work[name]
      const answer = await handler(event)
      atWork = null
      const { user, system } = process.cpuUsage(before)
      work[name].calls += 1
      work[name].cpuMs += Math.max(0, (user + system) / 1_000 - (proxy.cpuMs() - proxied))
      return answer
    }
  const api = await load(directory, 'api', environment('api'))
  const receive = measured('receive', await load(directory, 'receive', environment('receive')))
  let turn: Promise<unknown> = Promise.resolve()
  // One after the other: a bundle reads its environment while it is loaded.
  const handlers = new Map<string, StreamHandler>()
  for (const name of READERS) {
    const handler = measured(name, await load(directory, name, environment(name)))
    handlers.set(name, handler as StreamHandler)
  }
  const consumers = READERS.map((name) => {
    const handler = handlers.get(name) as StreamHandler
    const inTurn = (event: DynamoDBStreamEvent) => {
      const done = turn.then(() => handler(event))
      turn = done.catch(() => {})
      return done
    }
    const filter = FILTERS[name]
    return {
      name,
      table: FUNCTIONS[name].stream,
      filter,
      handler: inTurn as StreamHandler,
      batchSize: batch,
    }
  })
  const pump = startPump({ streams, streamArns, file: dataDir.file, log: silent, consumers })

  async function say(path: string, body: object) {
    const headers = { authorization: `Bearer ${KEY}` }
    const answer = (await api(hookCall(`/api${path}`, body, headers))) as {
      statusCode: number
      body: string
    }
    if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.body}`)
    return JSON.parse(answer.body)
  }
  const { slug } = await say('/webhooks/', { name: 'oven' })

  return {
    work,
    reset,
    say,
    /** Calls the webhook so often, stores all of it, and then lets the readers read. */
    async send(count: number): Promise<void> {
      for (const name of READERS) await pump.stop(name)
      for (let n = 0; n < count; n += 1) {
        await receive(hookCall(`/hooks/${slug}`, { n, text: 'proof, shape and bake '.repeat(9) }))
      }
      for (const name of READERS) pump.start(name)
      await pump.drain()
    },
    async stop() {
      await pump.stop()
      process.stdout.write = write
      await proxy.stop()
      client.destroy()
      streams.destroy()
      await emulator.stop()
      dataDir.release()
    },
  }
}

/** What CloudWatch counts of a line beside its text. */
const LOG_LINE_BYTES = 26

function serviceOf(target: string, { method, url = '' }: IncomingMessage): keyof Work {
  if (target.startsWith('AmazonSQS')) return 'messages'
  if (target.startsWith('AWSEvents')) return 'busEvents'
  if (url.startsWith('/schedules/')) return 'schedules'
  return method === 'PUT' ? 's3Puts' : 's3Gets'
}

interface Capacity {
  TableName?: string
  CapacityUnits?: number
  WriteCapacityUnits?: number
  ReadCapacityUnits?: number
}

/** Between bundles and database: asks for the capacity of every call, and tells it with the function that called. */
async function countingProxy(database: string, tell: (request: Partial<Work>) => void) {
  let cpu = 0
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { user: u0, system: s0 } = process.cpuUsage()
    const text = Buffer.concat(parts).toString()
    const target = String(request.headers['x-amz-target'])
    if (target.startsWith('secretsmanager'))
      return void response.end(JSON.stringify({ SecretString: KEY }))
    if (!target.startsWith('DynamoDB')) {
      tell({ requests: 1, [serviceOf(target, request)]: 1 })
      // No body is kept, and nothing is woken.
      response.statusCode = request.method === 'GET' ? 404 : 200
      return void response.end(
        request.method === 'GET' ? '<Error><Code>NoSuchKey</Code></Error>' : '{}',
      )
    }
    const by = /"(?:events|objects)\.(\w+)"/.exec(text)?.[1] ?? ''
    const asked = text
      .replaceAll(`"events.${by}"`, '"events"')
      .replaceAll(`"objects.${by}"`, '"objects"')
    const body = JSON.stringify({ ...JSON.parse(asked), ReturnConsumedCapacity: 'TOTAL' })
    const { user: u1, system: s1 } = process.cpuUsage()
    cpu += (u1 + s1 - u0 - s0) / 1_000
    const answer = await fetch(database, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': target,
        'x-amz-date': String(request.headers['x-amz-date']),
        authorization: String(request.headers.authorization),
      },
      body,
    })
    const said = await answer.text()
    const used = [
      (JSON.parse(said) as { ConsumedCapacity?: Capacity | Capacity[] }).ConsumedCapacity ?? [],
    ].flat()
    const units = used.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
    const isRead = /\.(Get|BatchGet|Query)/.test(target)
    // A write whose condition failed is billed all the same, and told without its units.
    const failed = answer.ok || isRead ? 0 : 1
    const [writeUnits, readUnits] = isRead ? [0, units] : [units + failed, 0]
    tell({ requests: 1, writeUnits, readUnits })
    response.writeHead(answer.status)
    response.end(said.replaceAll(/"(events|objects)":/g, `"$1.${by}":`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cpuMs: () => cpu,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
