// The bundles, as Lambda would load them: what the ingest function weighs, and every way through them, with events in Lambda's shapes.
// At the end the permissions that were used are compared with those that the roles give.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { weigh } from '../../bench/cold.ts'
import type { bundle } from '../../infra/bundle.ts'
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts'
import { bundles, type Cloud, KEY, startCloud } from './cloud.ts'
import { deployed } from './deployed.ts'
import { type HttpCall, sqsEvent } from './lambda-events.ts'
import { allowedTo } from './roles.ts'

const { directory, built, remove } = bundles()
let cloud: Cloud
let flow: { id: string }

beforeAll(async () => {
  cloud = await startCloud(directory, { prefixes: 'order.' })
  flow = await cloud.say('POST', '/flows/', { name: 'bake' })
})

afterAll(async () => {
  await cloud.stop()
  remove()
})

const namesInFeed = async (): Promise<string[]> =>
  (await cloud.say('POST', '/events/filter', { limit: 50 })).events.map(
    ({ event }: { event: string }) => event,
  )

const emit = (event: string, more: object = {}) =>
  cloud.say('POST', '/events', [
    {
      id: crypto.randomUUID(),
      occurred: new Date().toISOString(),
      event,
      resource: { 'prefect.resource.id': 'oven' },
      ...more,
    },
  ])

const automate = (name: string, trigger: object, action: object) =>
  cloud.say('POST', '/automations/', {
    name,
    trigger: { type: 'event', posture: 'Reactive', ...trigger },
    actions: [action],
  })

const hook = (slug: string, call: Partial<HttpCall> = {}) =>
  cloud.http('receive', { method: 'POST', path: `/hooks/${slug}`, ...call })

async function block(type: string, name: string, data: object) {
  const { id } = await cloud.say('GET', `/block_types/slug/${type}`)
  const [schema] = await cloud.say('POST', '/block_schemas/filter', {
    block_schemas: { block_type_id: { any_: [id] } },
  })
  return cloud.say('POST', '/block_documents/', {
    name,
    data,
    block_type_id: id,
    block_schema_id: schema.id,
  })
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
    const webhook = await cloud.say('POST', '/webhooks/', { name: 'oven' })
    const deployment = await cloud.say('POST', '/deployments/', { name: 'daily', flow_id: flow.id })
    await automate(
      'bake when called',
      { expect: ['webhook.called'] },
      {
        type: 'run-deployment',
        source: 'selected',
        deployment_id: deployment.id,
        parameters: { dough: '{{ event.payload.body.dough }}' },
      },
    )

    const answers: number[] = []
    for (let i = 0; i < 2; i += 1) {
      const { statusCode } = await hook(webhook.slug, {
        headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
        body: '{"dough": "rye"}',
      })
      answers.push(statusCode)
    }
    await cloud.settle()

    expect(answers).toEqual([204, 204])
    expect(await namesInFeed()).toContain('webhook.called')
    expect(await cloud.say('POST', '/flow_runs/filter', {})).toMatchObject([
      { deployment_id: deployment.id, parameters: { dough: 'rye' }, state_type: 'SCHEDULED' },
    ])
  })

  it('has a wake behind a run that waits: unclaimed, it is late', async () => {
    await cloud.advance(60)

    const [run] = await cloud.say('POST', '/flow_runs/filter', {})
    expect(run.state_name).toBe('Late')
  })

  it('gives back a message that is none, alone', async () => {
    const response = await cloud.invoke('wake', sqsEvent('nonsense'))

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] })
  })

  it('takes a signed call, and keeps one that makes no event', async () => {
    const signed = await cloud.say('POST', '/webhooks/', {
      name: 'signed',
      signature: { preset: 'bearer', secret: 'bakery' },
    })
    const strict = await cloud.say('POST', '/webhooks/', {
      name: 'strict',
      template: '{"event":"{{ body.name }}","resource":{"prefect.resource.id":"x"},"payload":{}}',
    })
    const headers = { 'content-type': 'application/json', authorization: 'Bearer bakery' }
    const answers = await Promise.all([
      hook(signed.slug, { headers, body: '{}' }),
      hook(strict.slug, { headers, body: '{"name": "named.event"}' }),
      hook(strict.slug, { headers, body: '{}' }),
    ])
    await cloud.settle()

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([204, 204, 400])
    expect(await namesInFeed()).toContain('named.event')
  })

  it('carries out calls of others and events for the bus, sealed and opened by KMS', async () => {
    const bell = await block('webhook', 'bell', { url: 'https://127.0.0.1/ring', method: 'POST' })
    await automate(
      'ring',
      { expect: ['bread.baked'] },
      { type: 'call-webhook', block_document_id: bell.id },
    )
    await automate(
      'tell the bus',
      { expect: ['bread.baked'] },
      { type: 'put-event', detail_type: 'baked', detail: { id: '{{ event.id }}' } },
    )

    await emit('bread.baked')
    await cloud.advance(5)

    expect(await namesInFeed()).toContain('prefect.automation.action.failed') // a private address
    expect(cloud.world.entries.map(({ DetailType }) => DetailType)).toContain('baked')
  })

  it('leads out what the prefixes name, and nothing else', async () => {
    await emit('order.made')
    await emit('other.made')
    await cloud.settle()

    const out = cloud.world.entries.map(({ DetailType }) => DetailType)
    expect(out).toContain('order.made')
    expect(out).not.toContain('other.made')
  })

  it('takes events of the bus', async () => {
    cloud.queueEnvelope({
      version: '0',
      id: '17793124-05d4-b198-2fde-7ededc63b103',
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '111122223333',
      time: '2026-11-21T09:00:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:s3:::bakery'],
      detail: { key: 'bread.txt' },
    })
    await cloud.settle()

    expect(await cloud.say('POST', '/events/filter', { limit: 50 })).toMatchObject({
      events: expect.arrayContaining([expect.objectContaining({ event: 'aws.s3.object-created' })]),
    })
  })

  it('counts the records it has done', () => {
    expect(cloud.metrics.length).toBeGreaterThan(0)
    for (const { Records } of cloud.metrics) expect(Records).toBeGreaterThan(0)
  })

  it('is closed to who has no key', async () => {
    const answer = await cloud.http('api', {
      method: 'POST',
      path: '/api/flows/filter',
      body: '{}',
    })

    expect(answer.statusCode).toBe(401)
  })
})

describe('a body too large for an item', () => {
  it('goes by S3, whichever door it came through', async () => {
    // Random, so that no compression brings it below the claim check.
    const noise = Array.from({ length: 18_000 }, () => crypto.randomUUID()).join('')
    const { slug } = await cloud.say('POST', '/webhooks/', { name: 'large' })
    const headers = { 'content-type': 'application/json' }

    const { statusCode } = await hook(slug, { headers, body: JSON.stringify({ noise }) })
    await emit('large.event', { payload: { noise } })
    await cloud.settle()

    expect(statusCode).toBe(204)
    expect(cloud.world.buckets.bodies.size).toBeGreaterThan(1)
    expect(await namesInFeed()).toContain('large.event')
  })
})

describe('sockets through the bundles', () => {
  const auth = JSON.stringify({ type: 'auth', token: `tripline:${KEY}` })
  const framesOf = (id: string) => cloud.world.frames.get(id) ?? []

  it('echo the protocol that Prefect’s client offers', async () => {
    const headers = { 'Sec-WebSocket-Protocol': 'prefect' }

    const answer = await cloud.socket('CONNECT', 'echo', { path: '/api/events/in', headers })

    expect(answer).toEqual({ statusCode: 200, headers })
    expect(await cloud.socket('CONNECT', 'lost', { path: '/api/nothing' })).toEqual({
      statusCode: 404,
    })
  })

  it('take events from who was let in, by the queue', async () => {
    const frame = (event: string) =>
      JSON.stringify({
        id: crypto.randomUUID(),
        occurred: new Date().toISOString(),
        event,
        resource: { 'prefect.resource.id': 'oven' },
      })
    await cloud.socket('CONNECT', 'in', { path: '/api/events/in' })
    await cloud.socket('MESSAGE', 'in', { body: auth })
    await cloud.socket('CONNECT', 'stranger', { path: '/api/events/in' })
    await cloud.socket('MESSAGE', 'stranger', { body: '{"type":"auth","token":"no"}' })

    cloud.queueFrame('in', frame('framed.event'))
    cloud.queueFrame('stranger', frame('forged.event'))
    await cloud.socket('DISCONNECT', 'in')
    await cloud.settle()

    expect(framesOf('in')).toEqual([{ type: 'auth_success' }])
    expect(framesOf('stranger')).toEqual([null])
    const names = await namesInFeed()
    expect(names).toContain('framed.event')
    expect(names).not.toContain('forged.event')
  })

  it('tell subscribers what is stored and what comes, until they have gone', async () => {
    const filter = JSON.stringify({ type: 'filter', filter: { event: { prefix: ['live.'] } } })
    await emit('live.before')
    await cloud.settle()
    for (const id of ['out', 'gone']) {
      await cloud.socket('CONNECT', id, { path: '/api/events/out' })
      await cloud.socket('MESSAGE', id, { body: auth })
      await cloud.socket('MESSAGE', id, { body: filter })
    }
    cloud.world.gone.add('gone')

    await emit('live.after')
    await cloud.settle()
    await cloud.socket('DISCONNECT', 'out')
    await emit('live.too-late')
    await cloud.settle()

    const names = framesOf('out').map(
      (frame) => (frame as { event?: { event: string } }).event?.event,
    )
    expect(names).toEqual([undefined, 'live.before', 'live.after'])
  })
})

describe('delays through the bundles', () => {
  const silence = (within: number) => ({
    posture: 'Proactive',
    after: ['oven.lit'],
    expect: ['oven.out'],
    within,
  })
  const nothing = { type: 'do-nothing' }
  const firedAt = async (name: string): Promise<string | undefined> => {
    const { events } = await cloud.say('POST', '/events/filter', {
      filter: { event: { name: ['prefect.automation.triggered'] } },
      limit: 50,
    })
    return events.find(
      ({ resource }: { resource: Record<string, string> }) =>
        resource['prefect.resource.name'] === name,
    )?.occurred
  }

  it('come to the second: ten minutes, by SQS alone', async () => {
    const [name, seconds] = ['ten minutes', 600]
    await automate(name, silence(seconds), nothing)
    const lit = Date.now()
    await emit('oven.lit', { occurred: new Date(lit).toISOString() })
    await cloud.settle()
    expect(cloud.world.schedules.size).toBe(0)

    await cloud.advance(seconds - 2)
    expect(await firedAt(name)).toBeUndefined()
    await cloud.advance(4)

    const late = Date.parse((await firedAt(name)) ?? '') - lit - seconds * 1_000
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(2_000)
  })
})

describe('a record that cannot be worked on', () => {
  it('is set aside after its tries, and redriven by hand', async () => {
    const record = {
      eventID: 'poison',
      eventName: 'INSERT',
      dynamodb: { SequenceNumber: '1', NewImage: { pk: { S: 'x#y' }, d: { S: 'no JSON' } } },
    }
    for (const name of ['evaluate', 'publish', 'act', 'announce'] as const) {
      const kind = {
        evaluate: {},
        publish: {},
        act: { k: { S: 'firing' } },
        announce: { k: { S: 'flow-run' } },
      }[name]
      const poison = structuredClone(record)
      Object.assign(poison.dynamodb.NewImage, kind)
      for (let tries = 1; tries < 10; tries += 1) {
        await expect(cloud.invoke(name, { Records: [poison] })).rejects.toThrow()
      }
      await cloud.invoke(name, { Records: [poison] })
    }
    const kept = cloud.world.buckets.letters.size

    const { done, failed } = (await cloud.invoke('redrive', {})) as Record<string, string[]>

    expect(kept).toBe(4)
    expect([done, failed?.length]).toEqual([[], 4]) // it is as poisonous as before
  })
})

/** Reasons that several functions share. */
const LONG = 'wakes more than 15 minutes ahead (test/aws/delays.test.ts)'
const INDEXES =
  'indexes are allowed together: which one is asked depends on the action and its selection'
const LARGE = 'bodies above the claim check are no part of these tests at this function'

/** Allowed for what no test here makes happen, each with its reason. */
const NOT_USED: Partial<Record<FunctionName, Record<string, string>>> = {
  receive: { 'dynamodb:GetItem on events': 'a delivery whose webhook remembers ids for longer' },
  api: {
    'dynamodb:DeleteItem on objects': 'DELETE of any object',
    'dynamodb:GetItem on events': 'GET /events/:id',
    'dynamodb:Query on objects/due': 'runners that poll',
    'dynamodb:Query on objects/owner': 'runs of a deployment',
  },
  socket: {
    'dynamodb:PutItem on events': 'the event that tells of a revoked key',
    's3:PutObject on bodies': LARGE,
  },
  evaluate: {
    'dynamodb:DeleteItem on objects': 'marks of wakes that were taken',
    'dynamodb:PutItem on events': 'marks, and the event of an automation that was paused',
    'dynamodb:Query on objects/due': INDEXES,
    'dynamodb:Query on objects/owner': INDEXES,
    'dynamodb:Query on objects/time': INDEXES,
    'iam:PassRole on scheduleRole': LONG,
    'scheduler:CreateSchedule on schedules': LONG,
  },
  publish: { 'dynamodb:GetItem on objects': 'task runs that Prefect’s client tells of' },
  act: {
    'dynamodb:BatchGetItem on objects': 'actions that look for what an event is about',
    'dynamodb:DeleteItem on objects': 'runs that are moved, deliveries that are done',
    'dynamodb:Query on objects/due': INDEXES,
    'dynamodb:Query on objects/owner': INDEXES,
    'dynamodb:Query on objects/time': INDEXES,
    'iam:PassRole on scheduleRole': LONG,
    'scheduler:CreateSchedule on schedules': LONG,
  },
  announce: {
    'dynamodb:Query on objects': 'what a deployment or queue has waiting',
    's3:PutObject on bodies': LARGE,
    'iam:PassRole on scheduleRole': LONG,
    'scheduler:CreateSchedule on schedules': LONG,
  },
  wake: {
    'kms:GenerateDataKey on key': 'the key of review links, made with the first notice',
    'dynamodb:GetItem on events': 'a delivery that is tried again',
    'dynamodb:Query on objects': 'workers that fell silent',
    'dynamodb:Query on objects/owner': INDEXES,
    'dynamodb:Query on objects/time': INDEXES,
    's3:GetObject on bodies': LARGE,
    's3:PutObject on bodies': LARGE,
    'sqs:SendMessage on wakes': 'wakes that came early, or are armed again',
    'iam:PassRole on scheduleRole': LONG,
    'scheduler:CreateSchedule on schedules': LONG,
  },
  accept: { 's3:PutObject on bodies': LARGE },
  redrive: { 's3:DeleteObject on letters': 'letters that succeeded; here all fail again' },
}

describe('roles', () => {
  const deployment = deployed()
  const names = Object.keys(FUNCTIONS) as FunctionName[]

  it.each(names)('%s may do what it did', (name) => {
    const allowed = allowedTo(deployment, name)
    const did = new Set(
      cloud.used.filter(({ by }) => by === name).map(({ action, on }) => `${action} on ${on}`),
    )

    expect([...did].filter((one) => !allowed.has(one))).toEqual([])
    expect(did.size).toBeGreaterThan(0)
  })

  /** Used by AWS in the function's name, or by Lambda's service before the function is called: no call of ours shows it. */
  const BY_AWS = [
    / on (log|stream)$/,
    /^dynamodb:ListStreams on \*$/,
    /^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes) on/,
    // DynamoDB, S3 and Secrets Manager use the key in the name of who calls them.
    /^kms:(Decrypt|DescribeKey|Encrypt|GenerateDataKey) on key$/,
    // S3 asks for it to say that an object is not there, instead of that it may not be read.
    /^s3:ListBucket on (bodies|letters)$/,
  ]

  it.each(names)('%s may do nothing that it did not, but for what is listed', (name) => {
    const did = new Set(
      cloud.used.filter(({ by }) => by === name).map(({ action, on }) => `${action} on ${on}`),
    )
    const idle = [...allowedTo(deployment, name)]
      .filter((one) => !did.has(one))
      .filter((one) => !BY_AWS.some((pattern) => pattern.test(one)))

    expect(idle.toSorted()).toEqual(Object.keys(NOT_USED[name] ?? {}).toSorted())
  })
})
