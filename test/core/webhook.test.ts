import { describe, expect, it } from 'vitest'
import { Refusal } from '../../lib/core/errors.ts'
import { documentEvents, eventsOfCall } from '../../lib/core/webhook.ts'
import { type HookCall, webhookContext } from '../../lib/core/webhook-context.ts'
import { EXTRAS_BY_DEFAULT, type Webhook } from '../../lib/core/webhook-definition.ts'

const NOW = '2026-11-21T09:00:00.000000Z'

const webhook = (template: string): Webhook => ({
  ...EXTRAS_BY_DEFAULT,
  ...EXTRAS_BY_DEFAULT,
  id: '11111111-1111-4111-8111-111111111111',
  created: NOW,
  updated: NOW,
  account: '',
  workspace: '',
  name: 'bakery',
  description: '',
  enabled: true,
  template,
  service_account_id: null,
  slug: 's',
})

const call = (body: string, headers: Record<string, string> = {}): HookCall => ({
  method: 'post',
  path: '/hooks/s',
  query: [['site', 'north']],
  headers: Object.entries({ 'Content-Type': 'application/json', ...headers }),
  body: Buffer.from(body),
})

const MINIMAL =
  '{"event": "oven.{{ body.state }}", "resource": {"prefect.resource.id": "oven.{{ body.id }}"}}'

function events(template: string, of: HookCall) {
  let next = 0
  const newId = () => `00000000-0000-4000-8000-00000000000${next++}`
  return eventsOfCall(webhook(template), of, { occurred: NOW, newId })
}

describe('the context of a call', () => {
  const context = (of: HookCall) => webhookContext(webhook(''), of, NOW)

  it.each([
    ['application/json', '{"a": [1]}', { a: [1] }],
    ['application/json; charset=utf-8', '5', 5],
    ['text/plain', 'oven is cold', 'oven is cold'],
    ['text/plain', '{"a": 1}', { a: 1 }],
    [
      'application/x-www-form-urlencoded',
      'a=b+c&d=%22',
      new Map([
        ['a', 'b c'],
        ['d', '"'],
      ]),
    ],
    ['', '', ''],
  ])('a body of type %j with %j is %j', (type, body, expected) => {
    expect(context(call(body, { 'Content-Type': type })).body).toEqual(expected)
  })

  it('a body that is said to be JSON and is not is refused', () => {
    expect(() => context(call('{oops'))).toThrow(Refusal)
  })

  it('finds headers in any case, and hides the authorization', () => {
    const template =
      '{"event": "{{ headers["x-kind"] }}{{ headers.get("X-KIND") }}", "resource": {"prefect.resource.id": "{{ method }}.{{ query.site }}", "auth": "[{{ headers.Authorization }}]"}}'
    const [event] = documentEvents(
      template,
      context(call('{}', { 'X-Kind': 'k', Authorization: 'secret' })),
    )

    expect(event).toEqual({
      event: 'kk',
      resource: { 'prefect.resource.id': 'POST.north', auth: '[]' },
    })
  })
})

describe('the events of a call', () => {
  it('carry the webhook as related, and the request where the template gives no payload', () => {
    const [event] = events(MINIMAL, call('{"state": "cold", "id": 7}', { Authorization: 'secret' }))

    expect(event).toMatchObject({
      event: 'oven.cold',
      resource: { 'prefect.resource.id': 'oven.7' },
      related: [
        {
          'prefect.resource.id': `prefect-cloud.webhook.${webhook('').id}`,
          'prefect.resource.role': 'webhook',
        },
      ],
      payload: { method: 'post', body: { state: 'cold', id: 7 } },
      occurred: NOW,
    })
    expect(JSON.stringify(event?.payload)).not.toContain('secret')
  })

  it('a delivery the sender names has the same id when it comes again', () => {
    const named = call('{"state": "cold", "id": 7}', { 'X-GitHub-Delivery': 'd1' })
    const ids = () => events(MINIMAL, named).map(({ id }) => id)

    expect(ids()).toEqual(ids())
    expect(ids()).not.toEqual(
      events(MINIMAL, call('{"state": "cold", "id": 7}')).map(({ id }) => id),
    )
  })

  it('a list in the template is a batch, each event with its own id', () => {
    const template =
      '[{% for id in body %}{"event": "e", "resource": {"prefect.resource.id": "r.{{ id }}"}}{{ "," if not loop.last }}{% endfor %}]'
    const found = events(template, call('[1, 2]', { 'webhook-id': 'm' }))

    expect(found.map(({ resource }) => resource['prefect.resource.id'])).toEqual(['r.1', 'r.2'])
    expect(new Set(found.map(({ id }) => id)).size).toBe(2)
  })

  it.each([
    ['no object', '"x"'],
    ['no event', '{"resource": {"prefect.resource.id": "r"}}'],
    ['an empty event', '{"event": "", "resource": {"prefect.resource.id": "r"}}'],
    ['no resource id', '{"event": "e", "resource": {}}'],
    ['no JSON', '{"event": e}'],
    ['a template that fails', '{"event": "{{ 1 / 0 }}"}'],
  ])('%s is refused with 400', (_, template) => {
    expect(() => events(template, call('{}'))).toThrow(expect.objectContaining({ status: 400 }))
  })
})

describe('reserved names', () => {
  const sent = '{"event": "{{ body.e }}", "resource": {"prefect.resource.id": "{{ body.r }}"}}'
  const of = (template: string, body: unknown, options = {}) =>
    documentEvents(template, { body }, options)

  it.each([
    ['as a name', sent, { e: 'prefect.flow-run.Completed', r: 'r' }],
    ['as an id', sent, { e: 'e', r: 'prefect.deployment.1' }],
    ['of the cloud', sent, { e: 'prefect-cloud.webhook.failed', r: 'r' }],
    [
      'passed through',
      '{{ body|tojson }}',
      { event: 'prefect.x', resource: { 'prefect.resource.id': 'r' } },
    ],
    [
      'completed from half',
      sent.replace('{{ body.e }}', 'pre{{ body.e }}'),
      { e: 'fect.x', r: 'r' },
    ],
    [
      'in a related resource',
      '{{ body|tojson }}',
      {
        event: 'e',
        resource: { 'prefect.resource.id': 'r' },
        related: [{ 'prefect.resource.id': 'prefect.deployment.1' }],
      },
    ],
  ])('from the request %s are refused', (_, template, body) => {
    expect(() => of(template, body)).toThrow(Refusal)
    expect(of(template, body, { allowReserved: true })).toHaveLength(1)
  })

  it('written in the template are its author’s', () => {
    const template =
      '{"event": "prefect.{{ body.e }}", "resource": {"prefect.resource.id": "prefect.flow.{{ body.r }}"}}'

    expect(of(template, { e: 'x', r: '1' })).toHaveLength(1)
  })
})

describe('CloudEvents', () => {
  const TEMPLATE = '{{ body|from_cloud_event(headers) }}'

  it('in structured mode give the subject as resource, and the rest as payload', () => {
    const body =
      '{"specversion": "1.0", "type": "t", "source": "/s", "subject": "sub", "id": "1", "data": {"a": 1}}'
    const [event] = events(TEMPLATE, call(body))

    expect(event).toMatchObject({
      event: 't',
      resource: { 'prefect.resource.id': 'sub' },
      payload: { data: { a: 1 }, cloudevents: { specversion: '1.0', source: '/s', id: '1' } },
    })
  })

  it('in binary mode are read from the headers', () => {
    const headers = { 'ce-specversion': '1.0', 'ce-type': 't', 'ce-source': '/s', 'ce-id': '1' }
    const [event] = events(TEMPLATE, call('{"a": 1}', headers))

    expect(event).toMatchObject({
      event: 't',
      resource: { 'prefect.resource.id': '/s' },
      payload: { data: { a: 1 } },
    })
  })

  it('that lack a type or a source are refused', () => {
    expect(() => events(TEMPLATE, call('{"specversion": "1.0", "type": "t"}'))).toThrow(Refusal)
  })
})
