// A workspace with something on every page: an evening at the bakery.
import { join } from 'node:path'
import { appendLetter } from '../../lib/local/letters.ts'
import { LETTERS } from '../../lib/local/pump.ts'
import type { BrowserStack } from './stack.ts'

/** Fills it, and answers the address of each kind of page by a name for its picture. */
export async function furnish({ say, server }: BrowserStack): Promise<Record<string, string>> {
  const flow = await say('POST', '/flows/', { name: 'bake' })
  const deployment = await say('POST', '/deployments/', {
    name: 'bake-bread',
    flow_id: flow.id,
    parameters: { loaves: 12, grain: 'rye' },
    tags: ['oven'],
    entrypoint: 'flows.ts:bake',
  })
  const orders = await say('POST', '/webhooks', {
    name: 'Orders',
    description: 'What the shop sells',
    template: ORDERS,
  })
  const pushes = await say('POST', '/webhooks', {
    name: 'Pushes',
    signature: { preset: 'github', secret: 'flour and water' },
  })
  const bakes = await say('POST', '/automations/', {
    name: 'Bake when an order comes',
    description: 'Waits half an hour, so that somebody can look',
    trigger: { type: 'event', posture: 'Reactive', expect: ['order.created'] },
    actions: [{ type: 'run-deployment', deployment_id: deployment.id, schedule_after: 1800 }],
    tags: ['bakery'],
  })
  const counts = await say('POST', '/automations/', {
    name: 'Oven is overheating',
    trigger: { ...HOT, for_each: ['prefect.resource.id'], threshold: 5, within: 3600 },
    actions: [{ type: 'do-nothing' }],
  })
  await server.drain()
  await say('POST', '/events', eveningAt(Date.now()))
  await server.drain()
  await say('POST', '/events', [{ ...eveningAt(Date.now() - 7_200_000)[3] }])
  const call = (body: string) =>
    fetch(`${server.url}/hooks/${orders.slug}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
  await call('{"kind": "created", "id": 1}')
  await call('{"kind": "created", "id": ')
  const run = await aRun(say, deployment.id)
  await say('POST', '/variables/', { name: 'opening_hours', value: { from: '06:00', to: '18:00' } })
  await say('POST', '/work_pools/', { name: 'ovens', type: 'process' })
  await say('POST', '/artifacts/', { key: 'tripline-plan', type: 'json', data: PLAN })
  await say('POST', '/keys', { name: 'ci', scopes: ['ingest'] })
  await server.drain()
  appendLetter(join(server.dataDir, LETTERS), LETTER)
  const [letter] = await say('GET', '/health/dead-letters')

  const asked = { filter: { event: { name: ['order.created'] } } }
  const [event] = (await say('POST', '/events/filter', asked)).events
  const [caused] = await say('POST', '/flow_runs/filter', {
    flow_runs: { created_by: { type_: ['AUTOMATION'] } },
  })
  const [delivery] = await say('POST', `/webhooks/${orders.id}/deliveries/filter`, {})
  return {
    feed: '/',
    'feed-zoomed': `/?since=${ago(6)}&until=${ago(2)}&event=oven`,
    'feed-nothing': '/?text=nothing-has-this',
    event: `/events/${event.id}`,
    webhooks: '/webhooks',
    'webhook-new': '/webhooks/new',
    webhook: `/webhooks/${orders.id}`,
    'webhook-edit': `/webhooks/${orders.id}/edit`,
    'webhook-preset': '/webhooks/new?preset=github',
    'webhook-signed': `/webhooks/${pushes.id}`,
    'webhook-fix': `/webhooks/${orders.id}/edit?delivery=${delivery.id}`,
    delivery: `/webhooks/${orders.id}/deliveries/${delivery.id}`,
    automations: '/automations',
    'automation-new': '/automations/new?event=order.created&resource=order.1',
    automation: `/automations/${bakes.id}`,
    'automation-counting': `/automations/${counts.id}`,
    'automation-edit': `/automations/${bakes.id}/edit`,
    runs: '/runs',
    'runs-narrowed': `/runs?state=completed&deployment=${deployment.id}`,
    run: `/runs/${run}`,
    'run-caused': `/runs/${caused.id}`,
    delayed: '/delayed',
    deployments: '/deployments',
    deployment: `/deployments/${deployment.id}`,
    plan: '/plan',
    'work-pools': '/work-pools',
    'work-pool': '/work-pools/ovens',
    variables: '/variables',
    keys: '/keys',
    health: '/health',
    'dead-letter': `/health/dead-letters/${letter.id}`,
    login: '/login',
    'not-here': '/nowhere',
  }
}

const ORDERS = `{
  "event": "order.{{ body.kind }}",
  "resource": {
    "prefect.resource.id": "order.{{ body.id }}",
    "prefect.resource.name": "Order {{ body.id }}"
  },
  "payload": {{ body | tojson }}
}`

const PLAN = {
  changes: [
    {
      kind: 'automation',
      name: 'Oven is overheating',
      action: 'update',
      differences: [{ path: 'trigger.threshold', from: 5, to: 3 }],
      backtests: [
        { trigger: 'Oven is overheating', firings: { now: 14, before: 3 }, warnings: [] },
      ],
    },
    { kind: 'webhook', name: 'Stripe', action: 'create', differences: [] },
  ],
  unchanged: 4,
}

/** A firing whose record was cut short. */
const LETTER = {
  at: new Date(Date.now() - 3_600_000).toISOString(),
  consumer: 'act',
  eventId: '6f0c2f8d0c0f4a7e9a3b1f5d7c2e4b60',
  error: [
    'SyntaxError: Unterminated string in JSON at position 2048 (line 1 column 2049)',
    '    at JSON.parse (<anonymous>)',
    '    at parseJson (lib/core/json.ts:88:17)',
    '    at readFiring (lib/store/automations.ts:141:22)',
  ].join('\n'),
  record: {
    eventID: '6f0c2f8d0c0f4a7e9a3b1f5d7c2e4b60',
    eventName: 'INSERT' as const,
    eventSource: 'aws:dynamodb',
    dynamodb: {
      SequenceNumber: '000000000000000000412',
      Keys: { pk: { S: 'default#firing#0199f2a1' }, sk: { S: 'action#0' } },
      NewImage: {
        pk: { S: 'default#firing#0199f2a1' },
        sk: { S: 'action#0' },
        body: { S: '{"automation": "Bake when an order comes", "action": {"type": "run-depl' },
        tries: { N: '1' },
      },
    },
  },
}

const HOT = { type: 'event', posture: 'Reactive', expect: ['oven.hot'] }

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()

/** Sixty events of the last seven hours, the same every evening. */
const eveningAt = (now: number) =>
  Array.from({ length: 60 }, (_, i) => ({
    id: crypto.randomUUID(),
    occurred: new Date(now - i * i * 7_000).toISOString(),
    event: ['oven.heartbeat', 'bread.baked', 'dough.proofed', 'oven.hot'][i % 4],
    resource: {
      'prefect.resource.id': `oven.${(i % 3) + 1}`,
      'prefect.resource.name': `Oven ${(i % 3) + 1}`,
    },
    payload: { temperature: 180 + i, loaves: i % 13, ok: true, note: null },
  }))

/** One that went well, with its logs. */
async function aRun(say: BrowserStack['say'], deployment: string): Promise<string> {
  const { id } = await say('POST', `/deployments/${deployment}/create_flow_run`, {})
  const set = (type: string) => say('POST', `/flow_runs/${id}/set_state`, { state: { type } })
  await set('PENDING')
  await set('RUNNING')
  const lines = ['Oven at 220 °C', 'Kneading the dough', 'Twelve loaves are baked']
  await say(
    'POST',
    '/logs',
    lines.map((message, i) => ({
      name: 'flow',
      level: i === 1 ? 30 : 20,
      message,
      timestamp: new Date(Date.now() + i).toISOString(),
      flow_run_id: id,
    })),
  )
  await set('COMPLETED')
  return id
}
