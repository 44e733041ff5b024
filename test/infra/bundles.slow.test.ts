// The bundles, as Lambda would load them: what the ingest function weighs, and the whole road through them, over a real database
// and real clients, with events in Lambda's shapes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { weigh } from '../../bench/cold.ts'
import { bundle } from '../../infra/bundle.ts'
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts'
import { type Pump, startPump } from '../../lib/local/pump.ts'
import type { StreamHandler } from '../../lib/store/stream.ts'
import { type Database, silent, startDatabase } from '../local/database.ts'
import { type AwsDouble, startAwsDouble, type Used } from './aws-double.ts'
import { deployed, functionOf, resourcesOf } from './deployed.ts'
import { type HttpCall, httpEvent, sqsEvent } from './lambda-events.ts'

type Handler = (event: unknown) => Promise<never>

const KEY = 'the-admin-key'
const home = mkdtempSync(join(tmpdir(), 'bundles-'))
// By this name vitest leaves to Node what is in it, instead of transforming it.
const directory = join(home, 'node_modules')
const built = Object.fromEntries(
  (Object.keys(FUNCTIONS) as FunctionName[]).map((name) => [
    name,
    bundle(name, join(directory, name)),
  ]),
)

let database: Database
let aws: AwsDouble
let pump: Pump
let handlers: Record<FunctionName, Handler>
/** What the functions wrote for CloudWatch to count. */
const metrics: Record<string, unknown>[] = []

beforeAll(async () => {
  const write = process.stdout.write.bind(process.stdout)
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    if (!String(chunk).startsWith('{"_aws"')) return write(chunk)
    return metrics.push(JSON.parse(String(chunk))) > 0
  })
  vi.spyOn(console, 'error').mockReturnValue()
  database = await startDatabase()
  aws = await startAwsDouble(KEY, database.emulator.endpoint)
  handlers = {} as Record<FunctionName, Handler>
  for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
    for (const [variable, value] of Object.entries(environmentOf(name))) vi.stubEnv(variable, value)
    const { handler } = await import(pathToFileURL(join(directory, name, 'index.mjs')).href)
    handlers[name] = handler
  }
  const consumers = (['evaluate', 'publish', 'act', 'announce'] as const).map((name) => ({
    name,
    table: FUNCTIONS[name].stream,
    handler: handlers[name] as StreamHandler,
  }))
  const { streams, streamArns, dataDir } = database
  pump = startPump({ streams, streamArns, file: dataDir.file, log: silent, consumers, retryMs: 1 })
})

afterAll(async () => {
  await pump?.stop()
  await database?.stop()
  await aws?.stop()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

/** Resources have the function's name, which tells who called. */
const environmentOf = (name: FunctionName) => ({
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
  AWS_ENDPOINT_URL: aws.url,
  EVENTS_TABLE: `events.${name}`,
  OBJECTS_TABLE: `objects.${name}`,
  BODIES_BUCKET: `bodies-${name}`,
  RETENTION_DAYS: '7',
  SECRETS_KEY_ARN: 'arn:aws:kms:us-east-1:111122223333:key/k',
  WAKE_QUEUE_URL: `${aws.url}/${name}/wakes`,
  WAKE_QUEUE_ARN: 'arn:aws:sqs:us-east-1:111122223333:wakes',
  WAKE_GROUP: 'wakes',
  WAKE_ROLE_ARN: 'arn:aws:iam::111122223333:role/wakes',
  LETTERS_QUEUE_ARN: 'arn:aws:sqs:us-east-1:111122223333:letters',
  LETTERS_BUCKET: 'letters',
  EVENT_BUS: 'bus',
  PUBLISH_PREFIXES: '',
  ADMIN_KEY_SECRET: 'secret',
  ORIGIN_SECRET: 'proof',
})

interface Answer {
  statusCode: number
  body: string
}

const call = (name: FunctionName, http: HttpCall): Promise<Answer> =>
  handlers[name](httpEvent(`${name}.example.com`, http))

async function say(method: string, path: string, body: unknown) {
  const answer = await call('api', {
    method,
    path: `/api${path}`,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return JSON.parse(answer.body)
}

describe('the ingest bundle', () => {
  const weight = weigh(built.receive as ReturnType<typeof bundle>)

  it('starts with less than 400 KB', () => {
    expect(weight.startBytes).toBeLessThan(400_000)
  })

  it('has no schema library: package.json says sideEffects false, so what is not used is not bundled', () => {
    expect(weight.wayToZod).toEqual([])
  })
})

describe('the road through the bundles', () => {
  it('leads from a call of a webhook to a run with its values, and calls that repeat lead nowhere new', async () => {
    const webhook = await say('POST', '/webhooks/', { name: 'oven' })
    const flow = await say('POST', '/flows/', { name: 'bake' })
    const deployment = await say('POST', '/deployments/', { name: 'daily', flow_id: flow.id })
    await say('POST', '/automations/', {
      name: 'bake when called',
      trigger: { type: 'event', expect: ['webhook.called'], posture: 'Reactive' },
      actions: [
        {
          type: 'run-deployment',
          source: 'selected',
          deployment_id: deployment.id,
          parameters: { dough: '{{ event.payload.body.dough }}' },
        },
      ],
    })

    const calls: Answer[] = []
    for (let i = 0; i < 2; i += 1) {
      calls.push(
        await call('receive', {
          method: 'POST',
          path: `/hooks/${webhook.slug}`,
          headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
          body: '{"dough": "rye"}',
        }),
      )
    }
    await pump.drain()

    expect(calls.map(({ statusCode }) => statusCode)).toEqual([204, 204])
    const feed = await say('POST', '/events/filter', { filter: {}, limit: 50 })
    const runs = await say('POST', '/flow_runs/filter', {})
    expect(feed.events.map(({ event }: { event: string }) => event)).toContain('webhook.called')
    expect(runs).toMatchObject([
      {
        deployment_id: deployment.id,
        parameters: { dough: 'rye' },
        state_type: 'SCHEDULED',
      },
    ])
  })

  it('has a wake behind a run that waits, which finds it when it comes', async () => {
    const wake = aws.messages.find(({ body }) => body.includes('late-runs'))
    const { at, ...key } = JSON.parse(wake?.body ?? '{}')

    const due = JSON.stringify({ ...key, at: 0 })
    const response = await handlers.wake(sqsEvent(due, 'nonsense'))

    expect(wake?.delaySeconds).toBeGreaterThan(0)
    expect(at).toBeGreaterThan(0)
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
  })

  it('takes events of the bus', async () => {
    const envelope = {
      version: '0',
      id: '17793124-05d4-b198-2fde-7ededc63b103',
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '111122223333',
      time: '2026-11-21T09:00:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:s3:::bakery'],
      detail: { key: 'bread.txt' },
    }

    const response = await handlers.accept(sqsEvent(JSON.stringify(envelope)))
    await pump.drain()

    const feed = await say('POST', '/events/filter', { filter: {}, limit: 50 })
    expect(response).toEqual({ batchItemFailures: [] })
    expect(feed.events.map(({ event }: { event: string }) => event)).toContain(
      'aws.s3.object-created',
    )
  })

  it('counts the records it has done', () => {
    expect(metrics.length).toBeGreaterThan(0)
    for (const { Records } of metrics) expect(Records).toBeGreaterThan(0)
  })

  it('is closed to who has no key', async () => {
    const answer = await call('api', { method: 'POST', path: '/api/flows/filter', body: '{}' })

    expect(answer.statusCode).toBe(401)
  })

  it('needs no permission that its roles do not have', () => {
    const refused = aws.used.filter((used) => !isAllowed(used))

    expect(new Set(aws.used.map(({ by }) => by))).toEqual(
      new Set(['receive', 'api', 'evaluate', 'publish', 'act', 'announce', 'wake', 'accept']),
    )
    expect([...new Set(refused.map((used) => JSON.stringify(used)))]).toEqual([])
    expect(isAllowed({ by: 'receive', action: 'dynamodb:DeleteItem', on: 'objects' })).toBe(false)
    expect(isAllowed({ by: 'publish', action: 'dynamodb:PutItem', on: 'events' })).toBe(false)
  })
})

const deployment = deployed()

interface Statement {
  Action: string | string[]
  Resource: unknown
}

/** Logical ids of what a call was made on. */
const LOGICAL: Record<string, RegExp> = {
  events: /"TriplineEvents\w+","Arn"\]\}$/,
  objects: /"TriplineObjects\w+","Arn"\]\}$/,
  bodies: /"TriplineBodies\w+","Arn"\]\},"\/\*"\]\]\}$/,
  wakes: /"TriplineWakeQueue\w+","Arn"\]\}$/,
}

function isAllowed({ by, action, on }: Used): boolean {
  const [table = '', index] = on.split('/')
  return statementsOf(by).some(({ Action, Resource }) => {
    const resources = [Resource].flat().map((one) => JSON.stringify(one))
    const isOn = (resource: string) =>
      index === undefined
        ? LOGICAL[table]?.test(resource)
        : /"TriplineObjects\w+","Arn"/.test(resource) && resource.includes(`/index/${index}"`)
    return [Action].flat().includes(action) && resources.some(isOn)
  })
}

function statementsOf(name: string): Statement[] {
  const { Role } = functionOf(deployment, name).Properties as { Role: { 'Fn::GetAtt': [string] } }
  const [role] = Role['Fn::GetAtt']
  return resourcesOf(deployment, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => JSON.stringify(Properties.Roles).includes(role))
    .flatMap(
      ([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement,
    )
}
