// Hostile names and payloads on every page that shows them: they are text there, whatever they look like.
import { beforeAll, describe, expect, it } from 'vitest'
import type { WorkPool, WorkQueue } from '../../lib/core/deployment.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { publish } from '../../lib/entries.ts'
import { batchOf, fakes } from '../fakes.ts'
import { type BrowserLike, browser } from './console.ts'
import { HOSTILE } from './xss.ts'

/** Tags and attributes that our pages are made of; whatever else appears came from outside. */
const TAGS = new Set(
  (
    'html head meta title link script body a header svg path button nav h1 h2 h3 div span main form input label select option ' +
    'datalist search section g rect line circle time ol ul li dl dt dd p code pre table thead tbody tr th td strong textarea ' +
    'fieldset legend dialog kbd details summary del ins'
  ).split(' '),
)

interface Tag {
  name: string
  attributes: string
}

const tagsOf = (page: string): Tag[] =>
  [...page.matchAll(/<([a-z][a-z0-9]*)((?:\s[^<>]*)?)>/gi)].map(
    ([, name = '', attributes = '']) => ({
      name: name.toLowerCase(),
      attributes,
    }),
  )

/** What in a page did not come from us. */
function foreignIn(page: string): string[] {
  return tagsOf(page).flatMap(({ name, attributes }) => {
    const names = attributes.replaceAll(/"[^"]*"/g, '""')
    const isForeign =
      !TAGS.has(name) ||
      (name === 'script' && !attributes.startsWith(' src="/assets/')) ||
      /\s(on\w+|style|srcdoc|formaction|hx-on\S*)=/i.test(names) ||
      /(?:href|src|action|hx-get|hx-post)="\s*(?:javascript|data:text|\/\/|https?:\/\/evil)/i.test(
        attributes,
      )
    return isForeign ? [`<${name}${attributes}>`] : []
  })
}

const expectHarmless = (page: string, path: string): void =>
  expect(foreignIn(page), path).toEqual([])

/** A pool, its queue and its words; the API would refuse some of these names. */
function hostilePool(text: string): [WorkPool, WorkQueue] {
  const common = { created: '2026-11-21T08:59:00Z', updated: '2026-11-21T08:59:00Z', name: text }
  const shared = { description: text, is_paused: false, concurrency_limit: null }
  return [
    {
      ...common,
      ...shared,
      id: crypto.randomUUID(),
      type: text,
      base_job_template: {},
      status: 'READY',
      status_since: null,
      default_queue_id: crypto.randomUUID(),
      storage_configuration: {},
    },
    {
      ...common,
      ...shared,
      id: crypto.randomUUID(),
      priority: 1,
      work_pool_id: crypto.randomUUID(),
      work_pool_name: text,
      filter: null,
      last_polled: null,
      status: 'READY',
    },
  ]
}

describe('what is looked for', () => {
  it.each([
    '<img src="x">',
    '<script>1</script>',
    '<p onclick="x">',
    '<a href="javascript:x">',
    '<div style="x">',
  ])('%s is found', (markup) => {
    expect(foreignIn(markup)).toHaveLength(1)
  })
})

/** An automation that every event of a name fires, with the text wherever there is room for it. */
const draftOf = (text: string, match: object): string =>
  JSON.stringify({
    name: text,
    trigger: {
      type: 'event',
      posture: 'Reactive',
      expect: [text],
      match,
      for_each: ['prefect.resource.id'],
    },
    actions: [{ type: 'run-deployment', source: 'inferred', parameters: { [text]: text } }],
  })

describe(`${HOSTILE.length} hostile texts`, () => {
  const here = fakes()
  const client: BrowserLike = browser(here)
  const pages: string[] = []

  beforeAll(async () => {
    const { say } = client
    const occurred = '2026-11-21T08:59:00Z'
    const events = HOSTILE.map((text, i) => ({
      id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      occurred,
      event: text,
      resource: { 'prefect.resource.id': text, 'prefect.resource.name': text, [text]: text },
      related: [{ 'prefect.resource.id': text, 'prefect.resource.role': text }],
      payload: { [text]: text, list: [text] },
    }))
    await say('POST', '/events', events)
    pages.push('/', '/?span=7d', ...events.map(({ id }) => `/events/${id}`))
    pages.push(...events.map(({ id }) => `/events/${id}/why`))
    const flow = await say('POST', '/flows/', { name: 'bake' })
    for (const text of HOSTILE) {
      await say('POST', '/keys', { name: text, scopes: ['read'] })
      await here.services.workPools.create(DEFAULT_WORKSPACE, ...hostilePool(text))
      const hook = await say('POST', '/webhooks', {
        name: text,
        description: text,
        template: text.includes('{{') ? '{}' : text,
        allowed_events: [text],
        allowed_resource_prefixes: [text],
      })
      const deployment = await say('POST', '/deployments/', {
        name: `${text.replaceAll(/[/%&><]/g, '_')}x`,
        flow_id: flow.id,
        description: text,
        parameters: { [text]: text },
        tags: [text],
      })
      const run = await say('POST', `/deployments/${deployment.id}/create_flow_run`, {
        name: text,
        parameters: { loaves: text },
      })
      await say('POST', `/flow_runs/${run.id}/set_state`, {
        state: { type: 'RUNNING', name: text.slice(0, 200), message: text },
        force: true,
      })
      await say('POST', '/logs', [
        { name: text, level: 40, message: text, timestamp: occurred, flow_run_id: run.id },
      ])
      const automation = await say('POST', '/automations/', {
        name: text,
        description: text,
        tags: [text],
        trigger: {
          type: 'event',
          posture: 'Reactive',
          expect: [text],
          match: { 'prefect.resource.id': text },
          threshold: 2,
          within: 60,
        },
        actions: [{ type: 'do-nothing' }],
      })
      pages.push(
        `/webhooks/${hook.id}`,
        `/webhooks/${hook.id}/edit`,
        `/work-pools/${encodeURIComponent(text)}`,
        `/deployments/${deployment.id}`,
        `/runs/${run.id}`,
      )
      const path = `/automations/${automation.id}`
      pages.push(path, `${path}/edit`, `${path}/why`)
    }
    await here.services.variables.create(DEFAULT_WORKSPACE, {
      id: '00000000-0000-4000-8000-000000000001',
      created: occurred,
      updated: occurred,
      name: HOSTILE[0] ?? '',
      value: HOSTILE,
      tags: [],
    })
    const hostile = HOSTILE.map((text) => ({
      kind: text,
      name: text,
      action: 'update',
      differences: [{ path: text, from: text, to: text }],
      backtests: [
        {
          trigger: text,
          firings: { now: 1, before: 2 },
          warnings: [{ path: text, message: text }],
        },
      ],
    }))
    await client.say('POST', '/artifacts/', {
      key: 'tripline-plan',
      type: 'json',
      data: { changes: hostile, unchanged: 0 },
    })
    await publish(here.services)(batchOf(here.take('events')))
    pages.push(
      '/webhooks',
      '/automations',
      '/runs',
      '/delayed',
      '/deployments',
      '/plan',
      '/variables',
      '/variables?edit=00000000-0000-4000-8000-000000000001',
      '/work-pools',
      '/health',
      '/keys',
    )
  })

  it('are text on every page that shows what is stored', async () => {
    for (const path of pages) {
      const { status, text } = await client.look(path)
      expect(status, path).toBe(200)
      expectHarmless(text, path)
    }
    expect(pages.length).toBeGreaterThan(7 * HOSTILE.length)
  })

  it.each(HOSTILE)('%j is text in an address', async (text) => {
    const asked = encodeURIComponent(text)
    for (const path of [
      `/?text=${asked}&event=${asked}&resource=${asked}&related=${asked}&span=${asked}&since=${asked}`,
      `/automations/new?event=${asked}&resource=${asked}`,
      `/runs?text=${asked}&state=${asked}&flow=${asked}&deployment=${asked}&after=${asked}`,
      `/login?next=${asked}`,
      `/?notice=${asked}`,
      `/runs/${asked}`,
      `/webhooks/new?preset=${asked}`,
      `/health/dead-letters/${asked}`,
    ]) {
      expectHarmless((await client.look(path)).text, path)
    }
  })

  it.each(HOSTILE)('%j is text in a form that comes back', async (text) => {
    const forms: [string, Record<string, string>][] = [
      [
        '/webhooks',
        {
          name: text,
          description: text,
          template: `{{ ${text}`,
          request_body: text,
          signature: text,
        },
      ],
      ['/webhooks', { name: text, rate_per_second: text, dedup_key: text, handshake: text }],
      [
        '/webhooks/render',
        { template: text, request_body: text, request_headers: text, request_query: text },
      ],
      ['/automations', { json: text }],
      ['/automations/check', { json: draftOf(text, { [text]: [] }) }],
      ['/automations/backtest', { json: draftOf(text, {}), span: '7d' }],
      ['/variables', { name: text, value: text }],
      ['/keys', { name: text, scope: text }],
    ]
    for (const [path, fields] of forms) expectHarmless((await client.send(path, fields)).text, path)
  })
})
