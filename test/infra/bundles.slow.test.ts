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
import { UNUSED } from './unused.ts'

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

/** The event of an automation's last firing. */
const firingOf = async (name: string) => {
  const filter = { event: { name: ['prefect.automation.triggered'] } }
  const { events } = await cloud.say('POST', '/events/filter', { filter, limit: 50 })
  return events.find(
    ({ resource }: { resource: Record<string, string> }) =>
      resource['prefect.resource.name'] === name,
  )
}

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
    cloud.queueEnvelope({
      id: crypto.randomUUID(),
      'detail-type': 'Large',
      source: 'oven',
      time: new Date().toISOString(),
      resources: [],
      detail: { noise },
    })
    await cloud.settle()

    expect(statusCode).toBe(204)
    expect(cloud.world.buckets.bodies.size).toBeGreaterThan(2)
    expect(await namesInFeed()).toEqual(expect.arrayContaining(['large.event', 'oven.large']))
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
  const HOUR = 3_600
  const silence = (within: number) => ({
    posture: 'Proactive',
    after: ['oven.lit'],
    expect: ['oven.out'],
    within,
  })
  const nothing = { type: 'do-nothing' }
  const firedAt = async (name: string) => (await firingOf(name))?.occurred

  it.each([
    ['ten minutes', 600, 'by SQS alone', 0],
    ['two hours', 7_200, 'by Scheduler, then SQS', 1],
  ])('come to the second: %s', async (name, seconds, _, schedules) => {
    await automate(name, silence(seconds), nothing)
    await cloud.advance(2) // it is looked at as soon as it is saved
    const lit = Date.now()
    await emit('oven.lit', { occurred: new Date(lit).toISOString() })
    await cloud.settle()
    expect(cloud.world.schedules.size).toBe(schedules)

    await cloud.advance(seconds - 2)
    expect(await firedAt(name)).toBeUndefined()
    await cloud.advance(4)

    const late = Date.parse((await firedAt(name)) ?? '') - lit - seconds * 1_000
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(2_000)
  })

  it('leave nothing behind of automations that are deleted: the last wake finds nobody, and is gone', async () => {
    for (const { id } of await cloud.say('POST', '/automations/filter', {})) {
      await cloud.say('DELETE', `/automations/${id}`)
    }
    expect(cloud.world.schedules.size).toBe(1) // a silence is watched on, window after window

    await cloud.advance(2 * HOUR)

    expect([...cloud.world.schedules.values(), ...cloud.world.messages]).toEqual([])
  })

  it('leave nothing behind, and launch nothing, when a run is cancelled or moved to another time', async () => {
    const begin = Date.now()
    const waiting = (hours: number) => ({
      state: {
        type: 'SCHEDULED',
        state_details: { scheduled_time: new Date(begin + hours * HOUR * 1_000).toISOString() },
      },
    })
    const properties = { detail_type: { default: 'launch' } }
    const base_job_template = { variables: { properties } }
    await cloud.say('POST', '/work_pools/', {
      name: 'push',
      type: 'eventbridge',
      base_job_template,
    })
    const deploy = (name: string, more = {}) =>
      cloud.say('POST', '/deployments/', { name, flow_id: flow.id, ...more })
    const [polled, pushed] = [
      await deploy('polled'),
      await deploy('pushed', { work_pool_name: 'push' }),
    ]
    const run = async ({ id }: { id: string }) =>
      (await cloud.say('POST', `/deployments/${id}/create_flow_run`, waiting(2))).id as string
    const move = (id: string, to: object) =>
      cloud.say('POST', `/flow_runs/${id}/set_state`, { force: true, ...to })
    const cancelled = [await run(polled), await run(pushed)]
    const [sooner, later] = [await run(pushed), await run(pushed)]
    await cloud.settle()
    expect(cloud.world.schedules.size).toBe(5) // each run's launch, and each poller's next run that may be late

    for (const id of cancelled) await move(id, { state: { type: 'CANCELLED' } })
    await move(sooner, waiting(1))
    await move(later, waiting(3))
    await cloud.advance(4 * HOUR)

    const launches = cloud.world.entries
      .filter(({ DetailType }) => DetailType === 'launch')
      .map(({ Detail }) => JSON.parse(String(Detail)).flow_run_id)
    expect(launches).toEqual([sooner, later])
    for (const id of cancelled) {
      expect((await cloud.say('GET', `/flow_runs/${id}`)).state_name).toBe('Cancelled')
    }
    expect([...cloud.world.schedules.values(), ...cloud.world.messages]).toEqual([])
  })
})

describe('a record that cannot be worked on', () => {
  it('is set aside after its tries, and redriven by hand; what succeeds then is removed', async () => {
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

    const mended = { requestContext: { functionArn: 'publish' }, payload: { Records: [] } }
    cloud.world.buckets.letters.set('mended.json', Buffer.from(JSON.stringify(mended)))
    const again = await cloud.invoke('redrive', { prefix: 'mended' })

    expect(again).toMatchObject({ done: ['mended.json'] })
    expect(cloud.world.buckets.letters.size).toBe(kept)
    expect(kept).toBe(4)
    expect([done, failed?.length]).toEqual([[], 4]) // it is as poisonous as before
  })
})

describe('what is seldom done', () => {
  const scheduled = (cron: string) => ({ schedules: [{ schedule: { cron }, active: true }] })

  it('a deployment’s schedules make its runs, and remove them when they change', async () => {
    const { id } = await cloud.say('POST', '/deployments/', {
      name: 'nightly',
      flow_id: flow.id,
      ...scheduled('0 3 * * *'),
    })
    await cloud.settle()
    const startsOf = async () => {
      const runs = await cloud.say('POST', '/flow_runs/filter', {
        deployments: { id: { any_: [id] } },
      })
      return new Set(
        runs.map((run: { expected_start_time: string }) => run.expected_start_time.slice(11, 16)),
      )
    }
    expect(await startsOf()).toEqual(new Set(['03:00']))

    await cloud.say('PATCH', `/deployments/${id}`, scheduled('0 4 * * *'))
    await cloud.settle()

    expect(await startsOf()).toEqual(new Set(['04:00']))
    await cloud.say('DELETE', `/deployments/${id}`)
    await cloud.settle()
  })

  it('an event that came before the one it follows is counted after it', async () => {
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()]
    await automate(
      'mix',
      { expect: ['dough.mixed'], threshold: 2, within: 60 },
      { type: 'do-nothing' },
    )
    await emit('dough.mixed', { id: second, follows: first })
    await cloud.settle()
    const held = await cloud.say('GET', `/events/${second}/explain`)

    await emit('dough.mixed', { id: first })
    await cloud.advance(10)

    expect(JSON.stringify(held)).toContain('held')
    expect((await firingOf('mix'))?.payload.triggering_event.id).toBe(second)
  })

  it('a run that is cancelled takes the runs of its subflows along, by hand and by an automation; one is deleted', async () => {
    const state = { type: 'RUNNING' }
    const stateOf = async (id: string) => (await cloud.say('GET', `/flow_runs/${id}`)).state_type
    const family = async () => {
      const parent = await cloud.say('POST', '/flow_runs/', { flow_id: flow.id, state })
      const task = await cloud.say('POST', '/task_runs/', {
        flow_run_id: parent.id,
        task_key: 'child',
        dynamic_key: '0',
        state,
      })
      const child = await cloud.say('POST', '/flow_runs/', {
        flow_id: flow.id,
        parent_task_run_id: task.id,
        state,
      })
      return { parent: parent.id, child: child.id }
    }
    const about = (id: string) => ({
      related: [
        { 'prefect.resource.id': `prefect.flow-run.${id}`, 'prefect.resource.role': 'flow-run' },
      ],
    })
    const [one, two] = [await family(), await family()]
    await cloud.settle()

    await cloud.say('POST', `/flow_runs/${one.parent}/set_state`, {
      state: { type: 'CANCELLED' },
      force: true,
    })
    await automate('stop', { expect: ['oven.broken'] }, { type: 'cancel-flow-run' })
    await emit('oven.broken', about(two.child))
    await cloud.settle()

    expect(await stateOf(one.child)).toBe('CANCELLED')
    expect(await stateOf(two.child)).toBe('CANCELLING')

    await automate('clear', { expect: ['oven.scrapped'] }, { type: 'delete-flow-run' })
    await emit('oven.scrapped', about(one.child))
    await cloud.settle()

    const left = await cloud.say('POST', '/flow_runs/filter', {
      flow_runs: { id: { any_: [one.child] } },
    })
    expect(left).toEqual([])
  })

  it('an event is redriven by its id, and does nothing twice', async () => {
    const id = crypto.randomUUID()
    await automate('slice', { expect: ['bread.cooled'] }, { type: 'do-nothing' })
    await emit('bread.cooled', { id })
    await cloud.settle()
    const before = await namesInFeed()

    const answers = [
      await cloud.invoke('redrive', { event: id }),
      await cloud.invoke('redrive', { event: id, reader: 'publish' }),
      await cloud.invoke('redrive', { event: crypto.randomUUID() }),
    ]
    await cloud.settle()

    expect(answers).toMatchObject([{ done: [id] }, { done: [id] }, { done: [] }])
    expect(await namesInFeed()).toEqual(before)
  })

  it('a pool whose only worker falls silent is ready no longer', async () => {
    await cloud.say('POST', '/work_pools/', { name: 'ovens', type: 'process' })
    await cloud.say('POST', '/work_pools/ovens/workers/heartbeat', { name: 'baker' })
    await cloud.settle()
    const before = await cloud.say('GET', '/work_pools/ovens')

    await cloud.advance(600)

    const after = await cloud.say('GET', '/work_pools/ovens')
    expect([before.status, after.status]).toEqual(['READY', 'NOT_READY'])
  })

  it('a webhook with a window of its own takes a delivery again when that is over', async () => {
    const webhook = await cloud.say('POST', '/webhooks/', {
      name: 'window',
      dedup: { window_days: 1 },
    })
    const call = () => hook(webhook.slug, { headers: { 'idempotency-key': 'daily' }, body: '{}' })
    const count = async () => {
      const resource = { id: [`prefect-cloud.webhook.${webhook.id}`] }
      const filter = { event: { name: ['webhook.called'] }, resource }
      return (await cloud.say('POST', '/events/filter', { filter })).total
    }

    await call()
    await call()
    await cloud.advance(25 * 3_600)
    await call()
    await cloud.settle()

    expect(await count()).toBe(2)
  })
})

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

    expect(idle.toSorted()).toEqual(Object.keys(UNUSED[name] ?? {}).toSorted())
  })
})
