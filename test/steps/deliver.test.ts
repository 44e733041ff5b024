// Messages on their way out: begun by a firing, attempted by wakes, ended by an answer or given up.
import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { actionSchema } from '../../lib/core/action-schema.ts'
import { BLOCK_TYPES, type BlockSlug, BUILT_IN_SCHEMAS } from '../../lib/core/block.ts'
import { obfuscate, secretFields } from '../../lib/core/block-secrets.ts'
import { DELIVERY_ATTEMPTS_MAX, DELIVERY_WAITS_SECONDS } from '../../lib/core/delivery.ts'
import type { Firing } from '../../lib/core/firing.ts'
import type { Answered } from '../../lib/core/outgoing.ts'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { act } from '../../lib/steps/act.ts'
import { wake } from '../../lib/steps/wake.ts'
import { bakeryEvent, eventTrigger } from '../core/bakery.ts'
import { BEGINNING, type Fakes, fakes, newEvents } from '../fakes.ts'

const AUTOMATION = '00000000-0000-4000-8000-000000000500'
const BLOCK = '00000000-0000-4000-8000-0000000000c1'

const firing: Firing = {
  id: '00000000-0000-4000-8000-000000000600',
  automation_id: AUTOMATION,
  automation_name: 'ring',
  path: '',
  trigger_states: ['Triggered'],
  triggered: BEGINNING,
  triggering_labels: {},
  triggering_event: bakeryEvent('dough.proofed', 0, { payload: { loaf: 'rye' } }),
  triggering_firings: [],
}

let bakery: Fakes

beforeEach(() => {
  bakery = fakes()
})

async function block(slug: BlockSlug, data: Record<string, unknown>): Promise<void> {
  const type = BLOCK_TYPES[slug]
  const schema = BUILT_IN_SCHEMAS.find(({ block_type_id }) => block_type_id === type.id)
  if (!schema) throw new Error(`no schema of ${slug}`)
  const secret_fields = secretFields(schema)
  await bakery.services.blocks.create(HOME, {
    id: BLOCK,
    created: BEGINNING,
    updated: BEGINNING,
    name: 'bell',
    data: obfuscate(data, secret_fields),
    sealed: await bakery.services.secrets.seal(JSON.stringify(data), BLOCK),
    block_schema_id: schema.id,
    block_type_id: type.id,
    capabilities: schema.capabilities,
    secret_fields,
    is_anonymous: false,
  })
}

async function fire(action: object): Promise<void> {
  const automation = {
    id: AUTOMATION,
    created: BEGINNING,
    updated: BEGINNING,
    name: 'ring',
    description: '',
    enabled: true,
    tags: [],
    trigger: eventTrigger(),
    actions: [actionSchema.parse({ block_document_id: BLOCK, ...action })],
    actions_on_trigger: [],
    actions_on_resolve: [],
  }
  await bakery.services.automations.create(HOME, { automation, owner: null })
  await act(bakery.services)([{ workspace: HOME, firing }])
}

const again = () => act(bakery.services)([{ workspace: HOME, firing }])

/** Wakes whatever is due, once each. */
async function wakeDue(): Promise<void> {
  const due = bakery.wakes.filter(({ at }) => at <= bakery.clock.now())
  for (const { key } of due) await wake(bakery.services)(key)
}

/** Events told since the last call. */
const told = () => newEvents(bakery)

const answering = (...answers: Answered[]) => {
  bakery.outside.answer = () =>
    answers.shift() ?? { kind: 'answered', status: 200, headers: {}, body: '' }
}
const answered = (status: number, body = ''): Answered => ({
  kind: 'answered',
  status,
  headers: { 'content-type': 'text/plain', 'set-cookie': 'a=b' },
  body,
})

describe('call-webhook', () => {
  const action = { type: 'call-webhook', payload: '{"loaf": "{{ event.payload.loaf }}"}' }

  it('sends the rendered payload with the secrets of its block, and tells what was answered', async () => {
    await block('webhook', {
      url: 'https://example.com/bell',
      method: 'PUT',
      headers: { 'X-Key': 'k3y' },
    })
    answering(answered(201, 'rung'))

    await fire(action)
    expect(bakery.sent).toEqual([])
    await wakeDue()

    expect(bakery.sent).toMatchObject([
      {
        method: 'PUT',
        url: 'https://example.com/bell',
        headers: { 'content-type': 'application/json', 'X-Key': 'k3y' },
        body: '{"loaf": "rye"}',
      },
    ])
    const [, began, ended] = await told()
    expect(began?.event).toBe('prefect.automation.action.triggered')
    expect(ended).toMatchObject({
      event: 'prefect.automation.action.executed',
      follows: began?.id,
      related: began?.related,
      payload: {
        action_type: 'call-webhook',
        status_code: 201,
        response_body: 'rung',
        response_headers: { 'content-type': 'text/plain' },
      },
    })
    expect(ended?.payload.response_headers).not.toHaveProperty('set-cookie')
    expect(began?.related).toMatchObject([
      {
        'prefect.resource.id': `prefect.block-document.${BLOCK}`,
        'prefect.resource.role': 'block',
        'prefect.resource.name': 'bell',
      },
      {
        'prefect.resource.id': 'prefect.block-type.webhook',
        'prefect.resource.role': 'block-type',
      },
      { 'prefect.resource.role': 'automation-triggered-event' },
      { 'prefect.resource.role': 'triggering-event' },
    ])
  })

  it('is signed as Standard Webhooks says when its block has a secret', async () => {
    const key = Buffer.from('flour and water')
    await block('webhook', {
      url: 'https://example.com/bell',
      signing_secret: `whsec_${key.toString('base64')}`,
    })

    await fire(action)
    await wakeDue()

    const { headers = {}, body } = bakery.sent[0] ?? {}
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers
    const expected = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
    expect(at).toBe(String(Date.parse('2026-11-21T09:00:00Z') / 1000))
    expect(signature).toBe(`v1,${expected}`)
  })

  it('is sent once, however often its firing is delivered and its wake comes', async () => {
    await block('webhook', { url: 'https://example.com/bell' })

    await fire(action)
    await again()
    const keys = bakery.wakes.map(({ key }) => key)
    for (const key of [...keys, ...keys]) await wake(bakery.services)(key)
    await again()
    await wakeDue()

    expect(bakery.sent).toHaveLength(1)
    expect((await told()).filter(({ event }) => event.endsWith('executed'))).toHaveLength(1)
  })

  it('is not sent again when a crash came between telling of its end and forgetting it', async () => {
    await block('webhook', { url: 'https://example.com/bell' })
    await fire(action)
    const { deliveries } = bakery.services
    const crash = new Error('killed')
    const crashing = { ...deliveries, delete: () => Promise.reject(crash) }
    const [due] = bakery.wakes
    if (!due) throw new Error('nobody is to be woken')
    const woken = wake({ ...bakery.services, deliveries: crashing })(due.key)
    await expect(woken).rejects.toBe(crash)
    bakery.clock.advance(60)

    await wake(bakery.services)(due.key)

    expect(bakery.sent).toHaveLength(1)
    expect(await deliveries.get(HOME, due.key.id)).toBeNull()
  })

  it('is no dead letter when its last attempt was taken and told of, and a crash kept it from being forgotten', async () => {
    await block('webhook', { url: 'https://example.com/bell' })
    answering(...Array.from({ length: DELIVERY_ATTEMPTS_MAX - 1 }, () => answered(500)))
    await fire(action)
    const { deliveries } = bakery.services
    const crash = new Error('killed')
    const crashing = { ...deliveries, delete: () => Promise.reject(crash) }
    const [due] = bakery.wakes
    if (!due) throw new Error('nobody is to be woken')
    const woken = () => wake({ ...bakery.services, deliveries: crashing })(due.key)
    for (let attempts = 1; attempts < DELIVERY_ATTEMPTS_MAX; attempts += 1) {
      await woken()
      bakery.clock.advance(86_400)
    }
    await expect(woken()).rejects.toBe(crash)
    bakery.clock.advance(86_400)

    await wake(bakery.services)(due.key)

    expect(bakery.sent).toHaveLength(DELIVERY_ATTEMPTS_MAX)
    expect((await told()).map(({ event }) => event)).not.toContain(
      'tripline.delivery.dead-lettered',
    )
    expect(await deliveries.get(HOME, due.key.id)).toBeNull()
  })

  it.each([
    ['a receiver that is broken', answered(500)],
    ['a receiver that is busy', answered(429)],
    ['nobody there', { kind: 'failed', reason: 'ECONNREFUSED' } as Answered],
  ])('is tried again for %s, under the same id', async (_, answer) => {
    await block('webhook', { url: 'https://example.com/bell' })
    answering(answer, answered(200))

    await fire(action)
    await wakeDue()
    expect(await told()).toHaveLength(2)
    await wakeDue()
    expect(bakery.sent).toHaveLength(1)
    bakery.clock.advance(DELIVERY_WAITS_SECONDS[0] * 1.2)
    await wakeDue()

    const ids = bakery.sent.map(({ headers }) => headers['webhook-id'])
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
    expect((await told()).map(({ event }) => event)).toEqual(['prefect.automation.action.executed'])
  })

  it.each([
    ['an answer that will not change', answered(404), 404, 'Webhook call failed: it answered 404'],
    [
      'a redirect',
      answered(302),
      302,
      'Webhook call failed: it answered 302, and redirects are not followed',
    ],
    [
      'an address that is refused',
      { kind: 'refused', reason: '10.0.0.1 is not a public address' } as Answered,
      undefined,
      'Webhook call refused: 10.0.0.1 is not a public address',
    ],
  ])('fails at once for %s', async (_, answer, status, reason) => {
    await block('webhook', { url: 'https://example.com/bell' })
    answering(answer)

    await fire(action)
    await wakeDue()

    expect((await told()).at(-1)).toMatchObject({
      event: 'prefect.automation.action.failed',
      payload: { reason, ...(status ? { status_code: status } : {}) },
    })
    bakery.clock.advance(100_000)
    await wakeDue()
    expect(bakery.sent).toHaveLength(1)
  })

  it('becomes a dead letter, told of, when every attempt has failed', async () => {
    await block('webhook', { url: 'https://example.com/bell' })
    bakery.outside.answer = () => answered(503)

    await fire(action)
    await told()
    for (let i = 0; i < DELIVERY_ATTEMPTS_MAX + 3; i += 1) {
      await wakeDue()
      bakery.clock.advance(30_000)
    }

    expect(bakery.sent).toHaveLength(DELIVERY_ATTEMPTS_MAX)
    const reason = `Webhook call failed: it answered 503; given up after ${DELIVERY_ATTEMPTS_MAX} attempts`
    expect(await told()).toMatchObject([
      { event: 'prefect.automation.action.failed', payload: { reason } },
      {
        event: 'tripline.delivery.dead-lettered',
        related: [
          {
            'prefect.resource.id': `prefect.automation.${AUTOMATION}`,
            'prefect.resource.role': 'automation',
          },
          { 'prefect.resource.role': 'block' },
          {},
          {},
          {},
        ],
        payload: { attempts: DELIVERY_ATTEMPTS_MAX, reason },
      },
    ])
    expect(bakery.wakes).toEqual([])
  })

  it('fails when its template does, and says where', async () => {
    await block('webhook', { url: 'https://example.com/bell' })

    await fire({ ...action, payload: '{{ event.payload.loaf | nosuch }}' })
    await wakeDue()

    expect((await told()).at(-1)).toMatchObject({
      event: 'prefect.automation.action.failed',
      payload: {
        reason: expect.stringMatching(
          /^Template rendering failed: TemplateAssertionError\("No filter named 'nosuch'/,
        ),
        template_source: '{{ event.payload.loaf | nosuch }}',
      },
    })
    expect(bakery.sent).toEqual([])
  })

  it('fails when the block was deleted on the way', async () => {
    await block('webhook', { url: 'https://example.com/bell' })
    await fire(action)
    await bakery.services.blocks.delete(HOME, BLOCK)

    await wakeDue()

    expect((await told()).at(-1)?.payload.reason).toBe('The block was deleted')
  })

  it('does not take a notification block', async () => {
    await block('slack-webhook', { url: 'https://example.com/bell' })

    await fire(action)

    expect((await told()).at(-1)?.payload.reason).toBe(
      'The referenced block was not a webhook block',
    )
  })
})

describe('send-notification', () => {
  const action = {
    type: 'send-notification',
    subject: 'Bread: {{ event.payload.loaf }}',
    body: 'from "{{ automation.name }}"',
  }

  it('fills the request of a custom webhook', async () => {
    await block('custom-webhook', {
      name: 'n',
      url: 'https://example.com/{{name}}',
      params: { s: '{{ subject }}' },
      json_data: { text: '{{subject}}\n{{body}}', nested: ['{{token}}', 1] },
      headers: { authorization: 'Bearer {{token}}' },
      cookies: { a: '{{name}}' },
      secrets: { token: 't0k' },
    })

    await fire(action)
    await wakeDue()

    expect(bakery.sent).toMatchObject([
      {
        method: 'POST',
        url: 'https://example.com/n?s=Bread%3A+rye',
        headers: {
          authorization: 'Bearer t0k',
          cookie: 'a=n',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ text: 'Bread: rye\nfrom "ring"', nested: ['t0k', 1] }),
      },
    ])
    expect((await told()).at(-1)).toMatchObject({ event: 'prefect.automation.action.executed' })
  })

  it.each([
    [{ form_data: { a: '{{body}}' } }, 'a=from+%22ring%22', 'application/x-www-form-urlencoded'],
    [{ form_data: '{{body}}!' }, 'from "ring"!', 'text/plain; charset=utf-8'],
    [{ method: 'GET' }, null, undefined],
  ])('as %o', async (data, body, type) => {
    await block('custom-webhook', { name: 'n', url: 'https://example.com/', ...data })

    await fire(action)
    await wakeDue()

    expect(bakery.sent[0]?.body).toBe(body)
    expect(bakery.sent[0]?.headers['content-type']).toBe(type)
  })

  it.each([
    [{ json_data: {}, form_data: {} }, 'both `Form Data` and `JSON Data` provided'],
    [
      { headers: { a: '{{unknown}}' } },
      'The block names {{unknown}}, which is none of its secrets',
    ],
    [{ url: '' }, 'The block has no url'],
    [{ method: 'TRACE' }, 'method: "TRACE" is none of GET, POST, PUT, PATCH, DELETE'],
    [{ headers: { a: 1 } }, 'headers is no object of texts'],
  ])('fails when the block is %o', async (data, reason) => {
    await block('custom-webhook', { name: 'n', url: 'https://example.com/', ...data })

    await fire(action)
    await wakeDue()

    expect((await told()).at(-1)?.payload.reason).toBe(reason)
    expect(bakery.sent).toEqual([])
  })

  it('writes to Slack', async () => {
    await block('slack-webhook', { url: 'https://hooks.slack.com/services/T/B/X' })

    await fire(action)
    await wakeDue()

    expect(bakery.sent[0]).toMatchObject({
      url: 'https://hooks.slack.com/services/T/B/X',
      body: JSON.stringify({ text: '*Bread: rye*\nfrom "ring"' }),
    })
  })

  it('sends an e-mail to those whom the block names, under one name however often it is tried', async () => {
    await block('email-server-credentials', {
      username: 'oven@example.com',
      password: 'rye',
      smtp_server: 'Outlook',
      smtp_type: 'starttls',
      email_to: 'baker@example.com, miller@example.com',
    })
    bakery.outside.take = () => ({ kind: 'failed', reason: '451 later' })

    await fire(action)
    await wakeDue()
    bakery.outside.take = () => ({ kind: 'taken', details: { response: '250 Ok' } })
    bakery.clock.advance(DELIVERY_WAITS_SECONDS[0] * 1.2)
    await wakeDue()

    const [first, second] = bakery.mailed
    expect(first).toEqual({
      server: 'smtp-mail.outlook.com',
      port: 587,
      security: 'STARTTLS',
      verify: true,
      login: { user: 'oven@example.com', password: 'rye' },
      from: 'oven@example.com',
      to: ['baker@example.com', 'miller@example.com'],
      subject: 'Bread: rye',
      text: 'from "ring"',
      messageId: expect.stringMatching(/^<[0-9a-f-]{36}@tripline>$/),
    })
    expect(second).toEqual(first)
    expect((await told()).at(-1)).toMatchObject({
      event: 'prefect.automation.action.executed',
      payload: { response: '250 Ok' },
    })
  })

  it.each([
    [{}, 'The block names 0 recipients in email_to: 1 to 50'],
    [
      { email_to: 'a@b.c', smtp_type: 'UUCP' },
      'smtp_type: "UUCP" is none of SSL, STARTTLS, INSECURE',
    ],
    [{ email_to: 'a@b.c', smtp_port: 'x' }, 'smtp_port is no port'],
    [{ email_to: 'a@b.c', username: null }, 'The block has no username'],
  ])('sends no e-mail when the block is %o', async (data, reason) => {
    await block('email-server-credentials', { username: 'u', ...data })

    await fire(action)
    await wakeDue()

    expect((await told()).at(-1)?.payload.reason).toBe(reason)
    expect(bakery.mailed).toEqual([])
  })
})

describe('put-event', () => {
  const action = {
    type: 'put-event',
    detail_type: 'Baked {{ event.payload.loaf }}',
    detail: {
      loaf: { __prefect_kind: 'jinja', template: '{{ event.payload.loaf }}' },
      by: { __prefect_kind: 'workspace_variable', variable_name: 'baker' },
      price: 3,
    },
  }

  const withVariable = () =>
    bakery.services.variables.create(HOME, {
      id: BLOCK,
      created: BEGINNING,
      updated: BEGINNING,
      name: 'baker',
      value: { name: 'Ada' },
      tags: [],
    })

  it('puts its rendered entry onto the bus, once, and tells of it', async () => {
    await withVariable()
    bakery.outside.take = () => ({ kind: 'taken', details: { event_id: 'e1' } })

    await fire(action)
    await again()
    await wakeDue()
    await wakeDue()

    expect(bakery.put).toEqual([
      {
        bus: null,
        source: 'tripline',
        detailType: 'Baked rye',
        detail: '{"loaf":"rye","by":{"name":"Ada"},"price":3}',
      },
    ])
    expect((await told()).at(-1)).toMatchObject({
      event: 'prefect.automation.action.executed',
      payload: { action_type: 'put-event', event_id: 'e1' },
    })
  })

  it('fails in the feed, at once, when there is no bus', async () => {
    bakery.outside.take = () => ({ kind: 'refused', reason: 'set TRIPLINE_EVENT_BUS' })

    await fire({ ...action, detail: {} })
    await wakeDue()
    bakery.clock.advance(100_000)
    await wakeDue()

    expect(bakery.put).toHaveLength(1)
    expect((await told()).at(-1)).toMatchObject({
      event: 'prefect.automation.action.failed',
      payload: { reason: 'Put event refused: set TRIPLINE_EVENT_BUS' },
    })
  })

  it('is tried as often as any delivery, and then a dead letter', async () => {
    bakery.outside.take = () => ({ kind: 'failed', reason: 'ThrottlingException' })

    await fire({ ...action, detail: {} })
    for (let i = 0; i < DELIVERY_ATTEMPTS_MAX + 3; i += 1) {
      await wakeDue()
      bakery.clock.advance(30_000)
    }

    expect(bakery.put).toHaveLength(DELIVERY_ATTEMPTS_MAX)
    expect((await told()).at(-1)?.event).toBe('tripline.delivery.dead-lettered')
  })

  it.each([
    ['a variable that is not there', action, /variable 'baker'|baker/i],
    [
      'a detail that is no object',
      { ...action, detail: { __prefect_kind: 'json', value: '[1]' } },
      'Unable to put an event: its detail is no object',
    ],
    [
      'a detail type that is too long',
      { ...action, detail: {}, detail_type: 'x'.repeat(129) },
      'Unable to put an event: its detail type has from 1 to 128 characters, not 129',
    ],
    [
      'a detail that is too large',
      { ...action, detail: { x: 'y'.repeat(270_000) } },
      /^Unable to put an event: it has 270\d{3} bytes, at most 262144$/,
    ],
  ])('fails for %s, and nothing is put', async (_, faulty, reason) => {
    await fire(faulty)
    await wakeDue()

    const { event, payload } = (await told()).at(-1) ?? {}
    expect(event).toBe('prefect.automation.action.failed')
    expect(payload?.reason).toMatch(reason)
    expect(bakery.put).toEqual([])
  })

  it.each([
    [{ source: 'aws.s3' }],
    [{ source: '' }],
    [{ detail_type: '' }],
    [{ event_bus: 'arn:aws:sqs:eu-west-1:123456789012:queue' }],
    [{ event_bus: 'a bus' }],
    [{ detail: [] }],
  ])('is not saved with %o', (parts) => {
    expect(actionSchema.safeParse({ ...action, ...parts }).success).toBe(false)
  })

  it.each(['orders', 'default', 'arn:aws:events:eu-west-1:123456789012:event-bus/orders'])(
    'is saved with the bus %s',
    (event_bus) => {
      expect(actionSchema.parse({ ...action, event_bus })).toMatchObject({ event_bus })
    },
  )
})
