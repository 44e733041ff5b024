// The public door over services in memory: what callers are answered, what is stored, and what it costs.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../lib/core/event.ts'
import type { Answered } from '../../lib/core/outgoing.ts'
import { receive } from '../../lib/entries.ts'
import type { Table } from '../../lib/store/client.ts'
import { type Fakes, fakes, newEvents } from '../fakes.ts'
import { apiClient } from './client.ts'

const TEMPLATE =
  '{"event": "dough.{{ body.state }}", "resource": {"prefect.resource.id": "dough.{{ body.id }}"}, "payload": {}}'
const DOUGH = '{"state": "proofed", "id": 7}'
const SECRET = "It's a Secret to Everybody"

const githubSignature = (body: string, secret = SECRET) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

async function bakery(settings: object = {}, here: Fakes = fakes()) {
  const { say } = apiClient(here)
  const made = await say('POST', '/webhooks/', { name: 'bakery', template: TEMPLATE, ...settings })
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  const app = receive(here.services)

  async function call(
    body: string | Uint8Array | null = DOUGH,
    init: RequestInit = {},
    query = '',
  ) {
    const answer = await app.request(`/hooks/${made.body.slug}${query}`, {
      method: 'POST',
      body,
      ...init,
      headers: { 'Content-Type': 'application/json', ...init.headers },
    })
    return { status: answer.status, text: await answer.text(), headers: answer.headers }
  }

  /** Events stored since the last look. */
  const stored = () => newEvents(here)

  return {
    here,
    say,
    call,
    stored,
    app,
    id: made.body.id as string,
    slug: made.body.slug as string,
  }
}

const named = (events: { event: string }[]) => events.map(({ event }) => event)
const verifiedBy = (event: Event | undefined) =>
  event?.related.find((one) => one['prefect.resource.role'] === 'webhook')?.[
    'tripline.webhook.verified'
  ]

describe('a call', () => {
  it('costs one read and one conditional write, signed or not', async () => {
    const counted: string[] = []
    const counting = (table: Table): Table =>
      new Proxy(table, {
        get: (target, name) => {
          const method = Reflect.get(target, name)
          if (typeof method !== 'function') return method
          return (...args: unknown[]) => {
            counted.push(`${String(name)} ${name === 'put' ? args[1] : ''}`.trim())
            return Reflect.apply(method, target, args)
          }
        },
      })
    const { call } = await bakery(
      { signature: { preset: 'github', secret: SECRET }, dedup: { window_days: 3 } },
      fakes(counting),
    )
    counted.length = 0

    const headers = { 'X-Hub-Signature-256': githubSignature(DOUGH), 'X-GitHub-Delivery': 'd' }
    expect((await call(DOUGH, { headers })).status).toBe(204)

    expect(counted).toEqual(['get', 'put new'])
  })

  it.each([
    [
      'an unknown slug',
      async () => (await bakery()).app.request('/hooks/nobody', { method: 'POST' }),
    ],
    [
      'a disabled webhook',
      async () => {
        const { app, slug } = await bakery({ enabled: false })
        return app.request(`/hooks/${slug}`, { method: 'POST' })
      },
    ],
    [
      'OPTIONS',
      async () => {
        const { app, slug } = await bakery()
        const headers = { 'WebHook-Request-Origin': 'x' }
        return app.request(`/hooks/${slug}`, { method: 'OPTIONS', headers })
      },
    ],
    [
      'a method nobody uses',
      async () => {
        const { app, slug } = await bakery()
        return app.request(`/hooks/${slug}`, { method: 'PROPFIND' })
      },
    ],
  ])('of %s is answered 404, with nothing else', async (_, ask) => {
    const answer = await ask()

    expect([answer.status, await answer.text(), [...answer.headers]]).toEqual([404, '', []])
  })

  it('over the webhook’s own limit is answered 413, one byte below it is taken', async () => {
    const { call, stored } = await bakery({ body_bytes_max: DOUGH.length })

    expect((await call(`${DOUGH} `)).status).toBe(413)
    expect((await call(DOUGH)).status).toBe(204)
    expect(named(await stored())).toContain('dough.proofed')
  })

  it('over the webhook’s rate is answered 429 and told when to come again', async () => {
    const { call, here } = await bakery({ rate_limit: { per_second: 0.5, burst: 2 } })

    expect([(await call()).status, (await call()).status]).toEqual([204, 204])
    const third = await call()
    expect([third.status, third.headers.get('retry-after'), third.text]).toEqual([429, '2', ''])
    here.clock.advance(2)
    expect((await call()).status).toBe(204)
  })

  it('that breaks something of ours is answered 500, and the log does not know its address', async () => {
    const { call, here, slug } = await bakery()
    here.services.events.put = async () => {
      throw new Error('the oven is on fire')
    }

    const answer = await call()

    expect([answer.status, answer.text]).toEqual([500, ''])
    expect(JSON.stringify(here.logged)).toContain('the oven is on fire')
    expect(JSON.stringify(here.logged)).not.toContain(slug)
  })
})

describe('a signed webhook', () => {
  const signed = { signature: { preset: 'github', secret: SECRET } }
  const by = (secret: string, body = DOUGH) => ({
    headers: { 'X-Hub-Signature-256': githubSignature(body, secret) },
  })

  it('takes what is signed, and says so in the event', async () => {
    const { call, stored } = await bakery(signed)

    expect((await call(DOUGH, by(SECRET))).status).toBe(204)

    const [event] = await stored()
    expect(verifiedBy(event)).toBe('github')
  })

  it('tells its template by what the call was verified', async () => {
    const template = TEMPLATE.replace(
      '{}',
      '{"by": "{{ verified.scheme }}", "ok": {{ verified.ok|tojson }}}',
    )
    const { call, stored } = await bakery({ ...signed, template })

    await call(DOUGH, by(SECRET))

    expect((await stored())[0]?.payload).toEqual({ by: 'github', ok: true })
  })

  it.each([
    ['nothing', {}],
    ['a wrong signature', by('guess')],
    ['the signature of another body', by(SECRET, 'x')],
  ])('answers 401 to %s, and keeps nothing', async (_, init) => {
    const { call, stored, say, id } = await bakery(signed)

    const answer = await call(DOUGH, init)

    expect([answer.status, answer.text]).toEqual([401, ''])
    expect(await stored()).toEqual([])
    expect((await say('POST', `/webhooks/${id}/deliveries/filter`, {})).body).toEqual([])
  })

  it('has no secret yet: nobody may call', async () => {
    const { call } = await bakery({ signature: { preset: 'github' } })

    expect((await call(DOUGH, by(''))).status).toBe(401)
  })

  it('takes old and new secret while they overlap, and then the new one alone', async () => {
    const { call, say, id, here } = await bakery(signed)
    const made = await say('POST', `/webhooks/${id}/secrets`, { expire_others_after: 3600 })
    const next = made.body.secret as string
    const answers = async () => [
      (await call(DOUGH, by(SECRET))).status,
      (await call(DOUGH, by(next))).status,
    ]

    expect(await answers()).toEqual([204, 204])
    here.clock.advance(3600)
    expect(await answers()).toEqual([401, 204])
  })

  it('gives an address that the sender can sign for, in each scheme', async () => {
    const { call, say, id } = await bakery({ signature: 'basic' })
    const { body } = await say('POST', `/webhooks/${id}/secrets`, {})
    const headers = { Authorization: `Basic ${Buffer.from(body.secret).toString('base64')}` }

    expect((await call(DOUGH, { headers })).status).toBe(204)
  })

  it('may be signed with a key pair, by a scheme that is spelt out', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const secret = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')
    const { call, here, stored } = await bakery({
      signature: {
        scheme: 'ed25519',
        header: 'X-Oven',
        prefix: 'v1=',
        separator: ',',
        timestamp_header: 'X-Baked-At',
        signs: '{timestamp}.{body}',
        secret_encoding: 'hex',
        secret,
      },
    })
    const seconds = String(here.clock.now() / 1_000_000)
    const signature = sign(null, Buffer.from(`${seconds}.${DOUGH}`), privateKey).toString('hex')
    const headers = { 'X-Oven': `v1=${'00'.repeat(64)},v1=${signature}`, 'X-Baked-At': seconds }

    expect((await call(DOUGH, { headers })).status).toBe(204)
    expect((await call(`${DOUGH} `, { headers })).status).toBe(401)
    expect(verifiedBy((await stored())[0])).toBe('ed25519')
  })

  it('that keeps failures keeps what was not signed, to be released when it was our secret', async () => {
    const { call, stored, say, id } = await bakery({ ...signed, keep_failed: true })

    expect((await call(DOUGH, by('rotated by the sender'))).status).toBe(401)

    const [failed] = await stored()
    expect(failed).toMatchObject({
      event: 'prefect-cloud.webhook.failed',
      payload: { cause: 'VERIFICATION_FAILED', message: 'the signature is wrong' },
    })
    const delivery = failed?.payload.delivery_id
    const kept = await say('GET', `/webhooks/${id}/deliveries/${delivery}`)
    expect(kept.body.verified).toEqual({ scheme: 'github', ok: false })
    expect((await say('POST', `/webhooks/${id}/deliveries/${delivery}/release`)).status).toBe(200)
    const [event] = await stored()
    expect(event?.event).toBe('dough.proofed')
    expect(verifiedBy(event)).toBeUndefined()
  })
})

describe('a delivery', () => {
  const template = TEMPLATE
  const twice = async (
    settings: object,
    first: RequestInit,
    second = first,
    bodies = [DOUGH, DOUGH],
  ) => {
    const { call, stored } = await bakery({ template, ...settings })
    expect((await call(bodies[0], first)).status).toBe(204)
    expect((await call(bodies[1], second)).status).toBe(204)
    return (await stored()).length
  }
  const headers = (of: Record<string, string>) => ({ headers: of })

  it.each([
    ['webhook-id', headers({ 'webhook-id': 'm' }), headers({ 'webhook-id': 'n' })],
    [
      'X-GitHub-Delivery',
      headers({ 'X-GitHub-Delivery': 'm' }),
      headers({ 'X-GitHub-Delivery': 'n' }),
    ],
    ['Idempotency-Key', headers({ 'Idempotency-Key': 'm' }), headers({ 'Idempotency-Key': 'n' })],
    [
      'CloudEvents id and source',
      headers({ 'ce-specversion': '1.0', 'ce-id': 'm', 'ce-source': 's' }),
      headers({ 'ce-specversion': '1.0', 'ce-id': 'm', 'ce-source': 't' }),
    ],
  ])('named by %s is one event however often it comes', async (_, first, other) => {
    expect(await twice({}, first)).toBe(1)
    expect(await twice({}, first, other)).toBe(2)
  })

  it('that is a CloudEvent in its body is known by source and id', async () => {
    const event = { specversion: '1.0', type: 't', source: 's', id: 'm' }
    const bodies = (second: object) => [JSON.stringify(event), JSON.stringify(second)]

    expect(await twice({}, {}, {}, bodies({ ...event, data: 'again' }))).toBe(1)
    expect(await twice({}, {}, {}, bodies({ ...event, source: 't' }))).toBe(2)
  })

  it('without a name is a new event each time', async () => {
    expect(await twice({}, {})).toBe(2)
  })

  it('may be named by the template', async () => {
    const own = { template: TEMPLATE.replace('{', '{"id": "{{ body.id }}", ') }

    expect(await twice(own, {})).toBe(1)
    expect(await twice(own, {}, {}, [DOUGH, DOUGH.replace('7', '8')])).toBe(2)
  })

  it('may be named by the owner’s key, whatever its sender says', async () => {
    const own = { dedup: { key: '{{ body.id }}' } }

    expect(await twice(own, headers({ 'webhook-id': 'm' }), headers({ 'webhook-id': 'n' }))).toBe(1)
    expect(await twice(own, headers({ 'webhook-id': 'm' }), {}, [DOUGH, '{"id": 8}'])).toBe(2)
  })

  it('is another event again after the window, once', async () => {
    const { call, stored, here } = await bakery({ dedup: { window_days: 2 } })
    const day = 86_400
    const counts: number[] = []
    for (const pause of [0, day, day, 0, day, day + 1, 0]) {
      here.clock.advance(pause)
      await call(DOUGH, headers({ 'webhook-id': 'm' }))
      counts.push((await stored()).length)
    }

    expect(counts).toEqual([1, 0, 1, 0, 0, 1, 0])
  })

  it('answers the same id when it comes again, if asked', async () => {
    const { call } = await bakery()
    const init = headers({ 'webhook-id': 'm', Prefer: 'return=representation' })

    expect((await call(DOUGH, init)).text).toBe((await call(DOUGH, init)).text)
  })

  it('of a sender with a preset is named where that sender names it', async () => {
    const secret = 's'
    const signed = (event: string, at: number): [string, RequestInit] => {
      const body = `{"id": "${event}", "at": ${at}}`
      const seconds = 1_795_251_600 + at
      const v1 = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
      return [body, headers({ 'Stripe-Signature': `t=${seconds},v1=${v1}` })]
    }
    const { call, stored } = await bakery({ signature: { preset: 'stripe', secret } })

    await call(...signed('evt_1', 0))
    await call(...signed('evt_1', 1))
    await call(...signed('evt_2', 2))

    expect(await stored()).toHaveLength(2)
  })
})

describe('several events of one call', () => {
  const LIST =
    '[{% for n in body %}{"event": "bun.{{ n }}", "resource": {"prefect.resource.id": "bun.{{ n }}"}}{{ "," if not loop.last }}{% endfor %}]'
  const buns = (count: number) => JSON.stringify([...Array(count).keys()])

  it('are stored together, and known one by one when they come again', async () => {
    const { call, stored } = await bakery({ template: LIST })
    const init = { headers: { 'webhook-id': 'tray' } }

    expect((await call(buns(3), init)).status).toBe(204)
    expect(named(await stored())).toEqual(['bun.0', 'bun.1', 'bun.2'])
    expect((await call(buns(4), init)).status).toBe(204)
    expect(named(await stored())).toEqual(['bun.3'])
  })

  it('are a hundred at most', async () => {
    const { call, stored } = await bakery({ template: LIST })

    expect((await call(buns(100))).status).toBe(204)
    expect(await stored()).toHaveLength(100)
    expect((await call(buns(101))).status).toBe(400)
    expect(named(await stored())).toEqual(['prefect-cloud.webhook.failed'])
  })

  it('may be none', async () => {
    const { call, stored } = await bakery({ template: LIST })

    expect((await call('[]')).status).toBe(204)
    expect(await stored()).toEqual([])
  })

  it('of which one is wrong are none', async () => {
    const { call, stored } = await bakery({
      template: LIST.replace('"bun.{{ n }}"}}', '"{{ n or "" }}"}}'),
    })

    expect((await call(buns(3))).status).toBe(400)
    expect(named(await stored())).toEqual(['prefect-cloud.webhook.failed'])
  })

  it('come out of a batch of CloudEvents, each known by its own id', async () => {
    const { call, stored } = await bakery({ template: '{{ body|from_cloud_event(headers) }}' })
    const batch = (...ids: string[]) =>
      JSON.stringify(
        ids.map((id) => ({ specversion: '1.0', type: 'bun.baked', source: '/oven', id })),
      )
    const headers = { 'Content-Type': 'application/cloudevents-batch+json' }

    expect((await call(batch('a', 'b'), { headers })).status).toBe(204)
    expect(await stored()).toHaveLength(2)
    expect((await call(batch('c', 'b', 'a'), { headers })).status).toBe(204)
    expect(await stored()).toHaveLength(1)
  })

  it('are refused when one of the batch is no CloudEvent', async () => {
    const { call } = await bakery({ template: '{{ body|from_cloud_event(headers) }}' })

    expect((await call('[{"specversion": "1.0", "type": "t", "source": "s"}, {}]')).status).toBe(
      400,
    )
  })
})

describe('what a webhook does not allow', () => {
  const sent =
    '{"event": "{{ body.e }}", "resource": {"prefect.resource.id": "{{ body.r }}"}, "related": [{"prefect.resource.id": "{{ body.o or "oven.1" }}", "prefect.resource.role": "oven"}]}'

  it.each([
    [{}, { e: 'x', r: 'y' }, 204, null],
    [{}, { e: 'prefect.flow-run.Completed', r: 'y' }, 400, 'RESERVED_NAME'],
    [{}, { e: 'x', r: 'prefect-cloud.webhook.1' }, 400, 'RESERVED_NAME'],
    [{ allow_reserved: true }, { e: 'prefect.flow-run.Completed', r: 'prefect.y' }, 204, null],
    [{ allowed_events: ['dough.*'] }, { e: 'dough.proofed', r: 'y' }, 204, null],
    [{ allowed_events: ['dough.*', 'x'] }, { e: 'x', r: 'y' }, 204, null],
    [{ allowed_events: ['dough.*'] }, { e: 'Dough.proofed', r: 'y' }, 400, 'NAME_NOT_ALLOWED'],
    [{ allowed_resource_prefixes: ['oven.'] }, { e: 'x', r: 'oven.2' }, 204, null],
    [{ allowed_resource_prefixes: ['oven.'] }, { e: 'x', r: 'ovens' }, 400, 'NAME_NOT_ALLOWED'],
    [
      { allowed_resource_prefixes: ['oven.'] },
      { e: 'x', r: 'oven.2', o: 'till.1' },
      400,
      'NAME_NOT_ALLOWED',
    ],
  ])('%j of %j is answered %i', async (settings, body, status, cause) => {
    const { call, stored } = await bakery({ template: sent, ...settings })

    expect((await call(JSON.stringify(body))).status).toBe(status)

    const [event] = await stored()
    if (cause) expect(event?.payload.cause).toBe(cause)
    else expect(event?.event).toBe(body.e)
  })
})

describe('labels of ours', () => {
  const forged = { 'tripline.webhook.verified': 'github', 'prefect.resource.role': 'webhook' }
  const oven = { 'prefect.resource.id': 'oven.1' }

  it.each([
    { event: 'x', resource: oven, related: [{ ...oven, ...forged }] },
    { event: 'x', resource: { ...oven, 'tripline.actions': 'off' } },
  ])('sent in %j are refused, even where reserved names are allowed', async (body) => {
    const { call, stored } = await bakery({ template: '{{ body|tojson }}', allow_reserved: true })

    expect((await call(JSON.stringify(body))).status).toBe(400)
    expect((await stored())[0]?.payload.cause).toBe('RESERVED_NAME')
  })
})

describe('a handshake', () => {
  const hello = JSON.stringify({ type: 'url_verification', challenge: 'knead' })

  it('is answered, and is no event', async () => {
    const { call, stored } = await bakery({ handshake: 'slack' })

    const answer = await call(hello)

    expect([answer.status, answer.text]).toEqual([200, 'knead'])
    expect(await stored()).toEqual([])
  })

  it('of a sender that signs must be signed', async () => {
    const { call, here } = await bakery({ signature: { preset: 'slack', secret: 's' } })
    const seconds = String(here.clock.now() / 1_000_000)
    const v0 = createHmac('sha256', 's').update(`v0:${seconds}:${hello}`).digest('hex')
    const headers = { 'X-Slack-Request-Timestamp': seconds, 'X-Slack-Signature': `v0=${v0}` }

    expect((await call(hello)).status).toBe(401)
    expect((await call(hello, { headers })).text).toBe('knead')
  })

  it('is an ordinary call where its sender is not expected', async () => {
    const { call, stored } = await bakery()

    expect((await call(hello)).text).toBe('')
    expect(await stored()).toHaveLength(1)
  })

  it('of SNS visits the address it was given, and of no other', async () => {
    const url = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=a&Token=t'
    const { call, here } = await bakery({ handshake: 'sns' })
    here.outside.answer = () => ({ kind: 'answered', status: 200, headers: {}, body: '' })
    const headers = { 'Content-Type': 'text/plain; charset=UTF-8' }
    const confirm = (SubscribeURL: string) =>
      call(JSON.stringify({ Type: 'SubscriptionConfirmation', SubscribeURL }), { headers })

    expect((await confirm(url)).status).toBe(204)
    await confirm(url.replace('amazonaws.com', 'example.com'))

    expect(here.sent.map(({ method, url }) => [method, url])).toEqual([['GET', url]])
    expect(JSON.stringify(here.logged)).not.toContain('Token=t')
  })

  it.each<[string, Answered, number]>([
    ['could not be confirmed is to be tried again', { kind: 'failed', reason: 'nobody' }, 503],
    [
      'is not so, says SNS, is refused',
      { kind: 'answered', status: 400, headers: {}, body: '' },
      400,
    ],
  ])('of SNS that %s', async (_, answered, status) => {
    const { call, here } = await bakery({ handshake: 'sns' })
    here.outside.answer = () => answered
    const SubscribeURL = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t'
    const body = JSON.stringify({ Type: 'SubscriptionConfirmation', SubscribeURL })

    expect((await call(body)).status).toBe(status)
  })
})
