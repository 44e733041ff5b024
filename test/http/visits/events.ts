// Visits to events, to automations and what is told of them, and to webhooks.
import { type Asked, deploy, FEW, list, type Visit } from './visit.ts'

const trigger = {
  type: 'event',
  posture: 'Reactive',
  expect: ['dough.proofed'],
  match: { 'prefect.resource.id': 'dough.*' },
  for_each: ['prefect.resource.id'],
  threshold: 1,
  within: 0,
}

/** Stores an event, and hands back its id. */
async function happen(
  ask: Asked,
  event: string,
  { n, follows = null }: { n: number; follows?: string | null },
): Promise<string> {
  const id = `44444444-4444-4444-8444-44444444440${n}`
  const resource = { 'prefect.resource.id': `dough.${n}` }
  const occurred = '2026-11-21T09:00:00Z'
  await ask('POST', '/events', [{ id, event, occurred, resource, payload: { n }, follows }])
  return id
}

const events: Visit = async (ask, { travel }) => {
  const first = await happen(ask, 'dough.proofed', { n: 1 })
  await happen(ask, 'dough.baked', { n: 2, follows: first })
  await travel()
  await ask('GET', `/events/${first}`)
  await ask('GET', `/events/${first}/chain`)
  const { next_page } = await ask('POST', '/events/filter', { limit: 1 })
  const { pathname, search } = new URL(next_page)
  await ask('GET', pathname.replace(/^\/api/, '') + search)
  await ask('POST', '/events/count-by/event', { filter: {} })
}

const automations: Visit = async (ask, { here, travel }) => {
  const { id: deployment_id } = await deploy(ask)
  const actions = [{ type: 'run-deployment', source: 'selected', deployment_id }]
  const bake = { name: 'bake', trigger, actions }
  const { id } = await ask('POST', '/automations/', bake)
  const path = `/automations/${id}`
  await ask('GET', path)
  await list(ask, '/automations', FEW)
  await ask('GET', `/automations/related-to/prefect.deployment.${deployment_id}`)
  await ask('POST', '/automations/check', { ...bake, trigger: { ...trigger, match: { a: [] } } })
  const owner_resource = 'prefect.deployment.1'
  await ask('POST', '/automations/', { ...bake, owner_resource })
  await ask('GET', `/automations/owned-by/${owner_resource}`)
  await ask('DELETE', `/automations/owned-by/${owner_resource}`)

  here.clock.advance(60)
  const event = await happen(ask, 'dough.proofed', { n: 1 })
  await travel()
  await ask('GET', `${path}/firings`)
  await ask('GET', `/events/${event}/explain`)
  await ask('GET', `/events/${event}/explain?automation=${id}`)
  await ask('GET', `/events/${event}/chain`)
  const [run] = await ask('POST', '/flow_runs/filter', {})
  await ask('GET', `/flow_runs/${run.id}/explain`)
  await ask('POST', '/automations/backtest', { automation_id: id })

  await ask('PATCH', path, { enabled: false })
  await ask('PUT', path, bake)
  await ask('DELETE', path)
}

/** Verdicts of every kind: a count that goes on, one that is over, a silence, a metric, and a composite that waits for its children. */
const counting: Visit = async (ask, { here, travel }) => {
  const counted = { ...trigger, threshold: 3, within: 600 }
  const silence = { ...counted, posture: 'Proactive', after: ['dough.mixed'] }
  const other = { ...trigger, expect: ['dough.baked'] }
  const related = { ...trigger, match_related: { 'prefect.resource.role': 'oven' } }
  const both = { type: 'compound', require: 'all', within: 600, triggers: [counted, other] }
  const metric = {
    type: 'metric',
    posture: 'Metric',
    metric: { name: 'successes', operator: '<', threshold: 0.5, range: 300, firing_for: 300 },
  }
  const sequence = { ...both, type: 'sequence', triggers: [trigger, other] }
  const actions = [{ type: 'do-nothing' }]
  const ids: string[] = []
  for (const one of [counted, silence, other, related, both, metric, sequence]) {
    const made = await ask('POST', '/automations/', { name: 'count', trigger: one, actions })
    ids.push(made.id)
  }
  here.clock.advance(60)
  const mixed = await happen(ask, 'dough.mixed', { n: 1 })
  const first = await happen(ask, 'dough.proofed', { n: 1, follows: mixed })
  await travel()
  const waiting = await happen(ask, 'dough.proofed', {
    n: 2,
    follows: '55555555-5555-4555-8555-555555555555',
  })
  await travel()
  const event_ids = [mixed, first, waiting]
  await ask('POST', '/events/fates', { event_ids })
  for (const event of event_ids) await ask('GET', `/events/${event}/explain`)
  for (const id of ids) {
    for (const asked of ['explain', 'buckets', 'near-misses', 'firings'])
      await ask('GET', `/automations/${id}/${asked}`)
  }
}

const TEMPLATE =
  '{"event": "dough.{{ body.state }}", "resource": {"prefect.resource.id": "dough.{{ body.id }}"}}'

/** Settings that set everything which a webhook may have. */
const SETTINGS = {
  name: 'bakery',
  template: TEMPLATE,
  allowed_events: ['dough.*'],
  allowed_resource_prefixes: ['dough.'],
  handshake: 'slack',
  rate_limit: { per_second: 10, burst: 20 },
  body_bytes_max: 10_000,
  dedup: { key: '{{ body.id }}', window_days: 2 },
}

const SIGNATURES = [
  'github',
  {
    scheme: 'hmac',
    header: 'x-signature',
    timestamp_header: 'x-time',
    signs: '{timestamp}.{body}',
  },
  { scheme: 'ed25519', header: ['x-a', 'x-b'] },
  { scheme: 'token', header: 'x-token', secret: 'hush' },
  { scheme: 'basic', secret: 'baker:hush' },
]

const webhooks: Visit = async (ask) => {
  for (const signature of SIGNATURES) {
    const { id } = await ask('POST', '/webhooks/', { ...SETTINGS, signature })
    const made = signature === 'github' ? await ask('POST', `/webhooks/${id}/secrets`) : null
    if (made) await ask('DELETE', `/webhooks/${id}/secrets/${made.id}`)
    await ask('GET', `/webhooks/${id}`)
    await ask('PATCH', `/webhooks/${id}`, { capture_until: '2026-11-22T09:00:00Z' })
    await ask('POST', `/webhooks/${id}/rotate`)
  }
  const [{ id }] = await ask('GET', '/webhooks')
  await ask('POST', '/webhooks/filter', {})
  await ask('PUT', `/webhooks/${id}`, SETTINGS)
  await ask('DELETE', `/webhooks/${id}`)
}

const deliveries: Visit = async (ask) => {
  await ask('POST', '/automations/', { name: 'bake', trigger, actions: [{ type: 'do-nothing' }] })
  const { id, slug } = await ask('POST', '/webhooks/', { name: 'bakery', template: TEMPLATE })
  const path = `/webhooks/${id}`
  const call = (body: object) =>
    ask('POST', `/hooks/${slug}`, body, { prefer: 'return=representation' })
  const dough = { state: 'proofed', id: 7 }
  const tried = { template: TEMPLATE, request: { body: dough } }
  await ask('POST', '/webhooks/render', tried)
  await ask('POST', '/webhooks/render', { ...tried, template: '{{ body.a.b }}' })

  const { id: event_id } = await call(dough)
  await ask('POST', `${path}/replay`, { event_id })
  await ask('PATCH', path, { capture_until: '2026-11-22T09:00:00Z' })
  await call(dough)
  await ask('PATCH', path, { capture_until: null, template: '{{ body.a.b }}' })
  await ask('PATCH', path, { allowed_events: [] })
  const [{ id: captured }] = await ask('POST', `${path}/deliveries/filter`, {})
  const delivery = `${path}/deliveries/${captured}`
  await ask('GET', delivery)
  await ask('POST', `${delivery}/render`, { template: '{{ body.c.d }}' })
  await ask('POST', `${delivery}/render`, { template: TEMPLATE })
  await ask('POST', `${delivery}/release`)
  await ask('POST', `${path}/deliveries/release`, {})
}

export const EVENT_VISITS: Visit[] = [events, automations, counting, webhooks, deliveries]
