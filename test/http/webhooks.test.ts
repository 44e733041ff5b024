// Webhooks by REST: what is stored and shown, which secrets come in and never go out, and what their owner can do with calls that
// made no event.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { receive } from '../../lib/entries.ts'
import { fakes, newEvents } from '../fakes.ts'
import { road } from '../road.ts'
import { apiClient, NOTHING } from './client.ts'

const TEMPLATE =
  '{"event": "dough.{{ body.state }}", "resource": {"prefect.resource.id": "dough.{{ body.id }}"}}'

async function bakery(settings: object = {}) {
  const here = fakes()
  const { say } = apiClient(here)
  const made = await say('POST', '/webhooks/', { name: 'bakery', template: TEMPLATE, ...settings })
  const app = receive(here.services)
  const path = `/webhooks/${made.body.id}`

  /** A call; the ids of its events, or its status. */
  async function call(body: unknown, headers: Record<string, string> = {}) {
    const { body: webhook } = await say('GET', path)
    const answer = await app.request(`/hooks/${webhook.slug}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { Prefer: 'return=representation', ...headers },
    })
    return answer.status === 200 ? ((await answer.json()) as { id: string }).id : answer.status
  }

  return { here, say, call, made, path, stored: () => newEvents(here) }
}

describe('a webhook', () => {
  it('shows what Prefect’s has, and ours with its defaults', async () => {
    const { made } = await bakery()

    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      name: 'bakery',
      description: '',
      enabled: true,
      service_account_id: null,
      slug: expect.any(String),
      allow_reserved: false,
      allowed_events: [],
      allowed_resource_prefixes: [],
      signature: null,
      handshake: null,
      keep_failed: false,
      rate_limit: null,
      body_bytes_max: null,
      dedup: null,
    })
  })

  it('keeps what it is given', async () => {
    const settings = {
      allow_reserved: true,
      allowed_events: ['dough.*'],
      allowed_resource_prefixes: ['dough.'],
      handshake: 'meta',
      keep_failed: true,
      rate_limit: { per_second: 0.5, burst: 10 },
      body_bytes_max: 1000,
      dedup: { key: '{{ body.id }}', window_days: 30 },
    }
    const { say, path } = await bakery(settings)

    expect((await say('GET', path)).body).toMatchObject(settings)
  })

  it('that is put by a client of Prefect keeps what that client does not know', async () => {
    const { say, path } = await bakery({ signature: { preset: 'github', secret: 's' } })
    const before = (await say('GET', path)).body.signature

    await say('PUT', path, { name: 'bakery', template: TEMPLATE, enabled: true, description: '' })

    expect((await say('GET', path)).body.signature).toEqual(before)
  })

  it.each([
    [{ signature: 'nobody' }, 'signature', 'preset'],
    [{ signature: { scheme: 'rot13' } }, 'signature'],
    [{ signature: { scheme: 'hmac' } }, 'signature', 'header'],
    [{ signature: { scheme: 'hmac', header: 'a b' } }, 'signature', 'header'],
    [{ signature: { scheme: 'hmac', header: 'x', signs: '{id}' } }, 'signature', 'signs'],
    [
      { signature: { scheme: 'hmac', header: 'x', signs: '{timestamp}{body}' } },
      'signature',
      'signs',
    ],
    [{ signature: { scheme: 'ed25519', header: 'x', secret: 'c2hvcnQ=' } }, 'secret'],
    [{ signature: { scheme: 'ed25519', header: 'x', signs: '{id}' } }, 'signature', 'signs'],
    [{ signature: { scheme: 'token' } }, 'signature'],
    [{ signature: { preset: 'sns', secret: 'MyTopic' } }, 'secret'],
    [{ signature: { preset: 'github', secret: '' } }, 'signature', 'secret'],
    [{ signature: { preset: 'basic', secret: 'no colon' } }, 'secret'],
    [{ signature: { preset: 'standard-webhooks', secret: '?' } }, 'secret'],
    [{ handshake: 'fist bump' }, 'handshake'],
    [{ allowed_events: [''] }, 'allowed_events', 0],
    [{ rate_limit: { per_second: 0, burst: 1 } }, 'rate_limit', 'per_second'],
    [{ rate_limit: { per_second: 1 } }, 'rate_limit', 'burst'],
    [{ body_bytes_max: 6_000_000 }, 'body_bytes_max'],
    [{ dedup: { window_days: 31 } }, 'dedup', 'window_days'],
    [{ dedup: { key: '{{' } }, 'dedup', 'key'],
    [{ template: '{{' }, 'template'],
  ])('%j is refused, and says where', async (settings, ...loc) => {
    const { made } = await bakery(settings)

    expect(made.status).toBe(422)
    const [fault] = made.body.exception_detail
    expect(fault.loc.filter((part: unknown) => part !== 'body').slice(0, loc.length)).toEqual(loc)
  })
})

describe('docs/WEBHOOKS.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/WEBHOOKS.md'), 'utf8')
  const [whole = '', schemes = ''] = [...text.matchAll(/```json\n([^`]*)```/g)].map(
    ([, json]) => json,
  )
  const signatures = JSON.parse(`[${schemes.replaceAll('}\n{', '},{')}]`) as object[]

  it.each([JSON.parse(whole), ...signatures.map((signature) => ({ signature }))])(
    'may show %j',
    async (settings) => {
      const { made } = await bakery(settings)

      expect(made.status, JSON.stringify(made.body)).toBe(201)
      const { signature, ...others } = settings
      expect(made.body).toMatchObject({ ...others, dedup: others.dedup ?? null })
    },
  )
})

describe('secrets', () => {
  it('go in and are not shown again, sealed or not', async () => {
    const { made, say, path, here } = await bakery({
      signature: { preset: 'github', secret: 'hush-hush' },
    })
    const shown = JSON.stringify([
      made.body,
      (await say('GET', path)).body,
      (await say('GET', '/webhooks')).body,
    ])
    const webhook = await here.services.webhooks.get(made.body.workspace, made.body.id)
    const [kept] = webhook?.value.signature?.secrets ?? []

    expect(made.body.signature).toEqual({
      scheme: 'preset',
      preset: 'github',
      secrets: [{ id: kept?.id, created: kept?.created, expires: null }],
    })
    expect(JSON.stringify(webhook)).not.toContain('hush-hush')
    expect(shown).not.toContain(kept?.sealed)
  })

  it('of ours are shown once, when they are made, and leave the others a day', async () => {
    const { say, path } = await bakery({ signature: { preset: 'github', secret: 'old' } })

    const made = await say('POST', `${path}/secrets`)

    expect(made.status).toBe(201)
    expect(made.body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const { secrets } = (await say('GET', path)).body.signature
    expect(secrets.map(({ expires }: { expires: string }) => expires)).toEqual([
      '2026-11-22T09:00:00.000000Z',
      null,
    ])
    expect(JSON.stringify(secrets)).not.toContain(made.body.secret)
  })

  it('are five at most, those that ran out forgotten', async () => {
    const { say, path } = await bakery({ signature: 'github' })
    for (let i = 0; i < 7; i += 1) await say('POST', `${path}/secrets`, { secret: `s${i}` })
    expect((await say('GET', path)).body.signature.secrets).toHaveLength(5)

    await say('POST', `${path}/secrets`, { expire_others_after: 0 })

    expect((await say('GET', path)).body.signature.secrets).toHaveLength(1)
  })

  it('can be taken away', async () => {
    const { say, path, made } = await bakery({ signature: { preset: 'github', secret: 's' } })
    const [{ id }] = made.body.signature.secrets

    expect((await say('DELETE', `${path}/secrets/${id}`)).status).toBe(204)
    expect((await say('DELETE', `${path}/secrets/${id}`)).status).toBe(404)
    expect((await say('GET', path)).body.signature.secrets).toEqual([])
  })

  it('are of no use to a webhook that checks none', async () => {
    const { say, path } = await bakery()

    expect((await say('POST', `${path}/secrets`)).status).toBe(409)
  })
})

describe('a call that made no event', () => {
  const FIXED = TEMPLATE.replace('body.state', 'body.state|default("cold")')
  const BROKEN =
    '{"event": "dough.{{ body.state.upper() }}",\n "resource": {"prefect.resource.id": "d"}}'

  it.each([
    ['{"event": oops}', '{}', 'TEMPLATE_FAILED'],
    [BROKEN, '{"state": 5}', 'TEMPLATE_FAILED'],
    ['{"event": ""}', '{}', 'INVALID_EVENT'],
    [TEMPLATE.replace('}}"}}', '}}", "n": 5}}'), '{}', 'INVALID_EVENT'],
    [TEMPLATE, '{', 'UNPARSABLE_JSON'],
  ])('%j of %j is kept as %3$s', async (template, body, cause) => {
    const { call, stored, say, path } = await bakery({ template })

    expect(await call(body, { 'Content-Type': 'application/json' })).toBe(400)

    const [event] = await stored()
    expect(event).toMatchObject({ event: 'prefect-cloud.webhook.failed', payload: { cause, body } })
    const { body: found } = await say('POST', `${path}/deliveries/filter`)
    expect(found).toMatchObject([{ id: event?.payload.delivery_id, cause, released: null }])
    expect(found[0].request).not.toHaveProperty('body')
  })

  it('says where in the template it was', async () => {
    const { call, say, path } = await bakery({ template: BROKEN })
    await call('{"state": 5}')

    const { body: found } = await say('POST', `${path}/deliveries/filter`)

    expect(found[0]).toMatchObject({ line: 1, column: expect.any(Number) })
  })

  it('is found by cause, by time and page by page, newest first', async () => {
    const { call, say, path, here } = await bakery({ allowed_events: ['dough.hot'] })
    for (const state of ['a', 'b', 'c']) {
      await call({ state })
      here.clock.advance(60)
    }
    await call('{', { 'Content-Type': 'application/json' })
    const find = async (asked: object) =>
      (await say('POST', `${path}/deliveries/filter`, asked)).body
    const all = await find({})
    const ids = all.map(({ id }: { id: string }) => id)

    expect(all.map(({ cause }: { cause: string }) => cause)).toEqual([
      'UNPARSABLE_JSON',
      'NAME_NOT_ALLOWED',
      'NAME_NOT_ALLOWED',
      'NAME_NOT_ALLOWED',
    ])
    const idsOf = async (asked: object) => (await find(asked)).map(({ id }: { id: string }) => id)
    expect(await idsOf({ limit: 2 })).toEqual(ids.slice(0, 2))
    expect(await idsOf({ limit: 2, before: ids[1] })).toEqual(ids.slice(2))
    expect(await idsOf({ deliveries: { cause: { any_: ['UNPARSABLE_JSON'] } } })).toEqual([ids[0]])
    expect(await idsOf({ deliveries: { received: { before_: '2026-11-21T09:00:30Z' } } })).toEqual([
      ids[3],
    ])
    expect((await say('POST', `${path}/deliveries/filter`, { limit: 201 })).status).toBe(422)
  })

  it('is rendered with another template, which shows what that changes, and changes nothing', async () => {
    const { call, say, path, stored } = await bakery({ template: BROKEN })
    await call('{"state": 5, "id": 7}')
    const [failed] = await stored()

    const rendered = await say('POST', `${path}/deliveries/${failed?.payload.delivery_id}/render`, {
      template: FIXED,
    })

    expect(rendered.body).toMatchObject({ events: [{ event: 'dough.5' }], errors: [] })
    expect(rendered.body.diff).toContainEqual({
      path: '/events/0',
      after: expect.objectContaining({ event: 'dough.5' }),
    })
    expect(rendered.body.diff).toContainEqual({
      path: '/errors/0',
      before: expect.objectContaining({ cause: 'TEMPLATE_FAILED', line: 1 }),
    })
    expect(await stored()).toEqual([])
  })

  it('is released once the template is right, as the event it should have been', async () => {
    const { call, say, path, stored, here } = await bakery({ template: BROKEN })
    await call('{"state": 5, "id": 7}')
    const [failed] = await stored()
    const release = () => say('POST', `${path}/deliveries/${failed?.payload.delivery_id}/release`)
    expect((await release()).status).toBe(409)
    await say('PATCH', path, { template: FIXED })
    here.clock.advance(3600)

    const first = await release()
    const second = await release()

    expect(first.body.events).toHaveLength(1)
    expect(second.body).toEqual(first.body)
    const events = (await stored()).filter(({ event }) => event.startsWith('dough.'))
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      id: first.body.events[0],
      occurred: '2026-11-21T09:00:00.000000Z',
      received: '2026-11-21T10:00:00.000000Z',
    })
    const { body: kept } = await say('POST', `${path}/deliveries/filter`, {
      deliveries: { released: true },
    })
    expect(kept[0].released.events).toEqual(first.body.events)
  })

  it('is released with all others that a filter means; those still wrong say why', async () => {
    const { call, say, path, stored } = await bakery({ allowed_events: ['dough.hot'] })
    for (const state of ['cold', 'warm', 'burnt']) await call({ state })
    await say('PATCH', path, { allowed_events: ['dough.cold', 'dough.warm'] })
    await stored()

    const { body } = await say('POST', `${path}/deliveries/release`, {
      deliveries: { cause: { any_: ['NAME_NOT_ALLOWED'] } },
    })

    expect(body.released).toHaveLength(2)
    expect(body.failed).toMatchObject([{ errors: [{ cause: 'NAME_NOT_ALLOWED' }] }])
    expect((await stored()).map(({ event }) => event)).toEqual(['dough.cold', 'dough.warm'])
  })

  it('that its sender sends again after it was released is that same event', async () => {
    const { call, say, path, stored } = await bakery({ allowed_events: ['dough.hot'] })
    const named = { 'webhook-id': 'm' }
    await call({ state: 'cold' }, named)
    await say('PATCH', path, { allowed_events: [] })
    const { body } = await say('POST', `${path}/deliveries/release`)
    await stored()

    expect(await call({ state: 'cold' }, named)).toBe(body.released[0].events[0])
    expect(await stored()).toEqual([])
  })

  it('keeps a body that is no text, and one of a mebibyte, but none beyond', async () => {
    const { say, path, here, made } = await bakery({ allowed_events: ['none'] })
    const app = receive(here.services)
    for (const body of [
      Buffer.from([0xff, 0xfe]),
      Buffer.alloc(2 ** 20, 'a'),
      Buffer.alloc(2 ** 20 + 1),
    ]) {
      await app.request(`/hooks/${made.body.slug}`, { method: 'POST', body })
    }

    const { body: found } = await say('POST', `${path}/deliveries/filter`)
    const bodies = []
    for (const { id } of found.toReversed()) {
      const { request } = (await say('GET', `${path}/deliveries/${id}`)).body
      bodies.push([request.body_encoding, request.body?.length ?? null, request.body_bytes])
    }

    expect(bodies).toEqual([
      ['base64', 4, 2],
      ['utf-8', 2 ** 20, 2 ** 20],
      ['utf-8', null, 2 ** 20 + 1],
    ])
    const { body } = await say('POST', `${path}/deliveries/release`)
    expect(body.failed).toHaveLength(3)
  })

  it('is nobody else’s', async () => {
    const { call, say, path, stored } = await bakery({ allowed_events: ['none'] })
    const other = await say('POST', '/webhooks/', { name: 'mill', template: TEMPLATE })
    await call({})
    const [failed] = await stored()
    const delivery = failed?.payload.delivery_id

    expect((await say('GET', `${path}/deliveries/${delivery}`)).status).toBe(200)
    for (const webhook of [other.body.id, NOTHING]) {
      expect((await say('GET', `/webhooks/${webhook}/deliveries/${delivery}`)).status).toBe(404)
    }
    expect((await say('POST', `/webhooks/${NOTHING}/deliveries/filter`)).status).toBe(404)
  })
})

const automation = (name: string, trigger: object) => ({
  name,
  enabled: true,
  trigger: { type: 'event', posture: 'Reactive', threshold: 1, within: 0, ...trigger },
  actions: [{ type: 'do-nothing' }],
})

describe('a good event', () => {
  async function replaying() {
    const here = await bakery()
    await here.say('POST', '/automations/', automation('bake', { expect: ['dough.proofed'] }))
    const drive = road(here.here)
    here.here.clock.advance(1)
    const id = await here.call({ state: 'proofed', id: 7 })
    const fired = async () => {
      await drive()
      const { body } = await here.say('POST', '/events/filter', {
        filter: { event: { prefix: ['prefect.automation.triggered', 'prefect-cloud.automation'] } },
      })
      return body.total as number
    }
    return { ...here, id, fired }
  }

  it('sent again is a new event that sets nothing off, unless that is asked for', async () => {
    const { say, path, id, fired } = await replaying()
    const before = await fired()
    expect(before).toBeGreaterThan(0)

    const quiet = await say('POST', `${path}/replay`, { event_id: id })
    expect([quiet.status, quiet.body.actions, quiet.body.id === id]).toEqual([201, false, false])
    expect(await fired()).toBe(before)

    await say('POST', `${path}/replay`, { event_id: id, actions: true })
    expect(await fired()).toBe(2 * before)
  })

  it('says of which event it is the copy', async () => {
    const { say, path, id, here } = await replaying()
    const { body } = await say('POST', `${path}/replay`, { event_id: id })

    const copy = await here.services.events.get('00000000-0000-0000-0000-000000000000', body.id)

    expect(copy?.event).toBe('dough.proofed')
    expect(copy?.related).toContainEqual(
      expect.objectContaining({ 'tripline.webhook.replay-of': id, 'tripline.actions': 'off' }),
    )
  })

  it('of another webhook is not to be found', async () => {
    const { say, id } = await replaying()
    const other = await say('POST', '/webhooks/', { name: 'mill', template: TEMPLATE })

    expect((await say('POST', `/webhooks/${other.body.id}/replay`, { event_id: id })).status).toBe(
      404,
    )
  })
})

describe('a template that is tried', () => {
  const tried = async (asked: object, automations: object[] = []) => {
    const { say, stored } = await bakery()
    for (const one of automations) await say('POST', '/automations/', one)
    const { status, body } = await say('POST', '/webhooks/render', asked)
    expect(await stored()).toEqual([])
    return { status, body }
  }

  it('shows its events, and whom they would concern and how', async () => {
    const { body } = await tried(
      { template: TEMPLATE, request: { body: { state: 'proofed', id: 7 } } },
      [
        automation('bake', { expect: ['dough.*'] }),
        automation('thrice', { expect: ['dough.proofed'], threshold: 3, within: 60 }),
        automation('then', { after: ['dough.proofed'], expect: ['bread.baked'], within: 60 }),
        automation('elsewhere', { expect: ['oven.cold'] }),
        { ...automation('asleep', { expect: ['dough.*'] }), enabled: false },
      ],
    )

    expect(body.events).toMatchObject([{ event: 'dough.proofed' }])
    expect(body.errors).toEqual([])
    const effects = body.automations.map((one: { name: string; effect: string }) => [
      one.name,
      one.effect,
    ])
    expect(effects.sort()).toEqual([
      ['bake', 'fires'],
      ['then', 'begins'],
      ['thrice', 'counts'],
    ])
  })

  it.each([
    ['{{ body. }}', 'TEMPLATE_FAILED'],
    ['{"event": "{{ 1 / 0 }}"}', 'TEMPLATE_FAILED'],
    ['{"event": "x"}', 'INVALID_EVENT'],
  ])('%j says what is wrong with it', async (template, cause) => {
    const { status, body } = await tried({ template })

    expect(status).toBe(200)
    expect(body).toMatchObject({ events: [], errors: [{ cause }], automations: [] })
    const { line, column } = body.errors[0]
    expect([line, column].every((place) => place === null) || (line === 1 && column > 0)).toBe(true)
  })

  it('is tried with a webhook’s settings if it names one', async () => {
    const { say, made } = await bakery({ allowed_events: ['oven.*'] })
    const asked = {
      template: TEMPLATE,
      request: { body: { state: 'x' } },
      webhook_id: made.body.id,
    }

    expect((await say('POST', '/webhooks/render', asked)).body.errors).toMatchObject([
      { cause: 'NAME_NOT_ALLOWED' },
    ])
    expect((await say('POST', '/webhooks/render', { ...asked, webhook_id: NOTHING })).status).toBe(
      404,
    )
  })
})

describe('what a webhook may keep beside its events', () => {
  const BATCH = [{ state: 'proofed', id: 1 }, {}] as const

  it('good calls while it captures, with their events and without their secrets', async () => {
    const { say, call, path } = await bakery()
    await say('PATCH', path, { capture_until: '2100-01-01T00:00:00Z' })
    const id = await call(BATCH[0], { Authorization: 'Bearer hidden' })
    await say('PATCH', path, { capture_until: '2000-01-01T00:00:00Z' })
    await call(BATCH[0])

    const { body: kept } = await say('POST', `${path}/deliveries/filter`, {})
    const { body: delivery } = await say('GET', `${path}/deliveries/${kept[0]?.id}`)
    const { body: released } = await say('POST', `${path}/deliveries/${kept[0]?.id}/release`)

    expect(kept).toHaveLength(1)
    expect(delivery).toMatchObject({ cause: 'CAPTURED', released: { events: [id] } })
    expect(JSON.stringify(delivery)).not.toContain('hidden')
    expect(released).toMatchObject({ events: [id] })
  })

  it('tells of good calls only where it is asked to', async () => {
    const { say, call, path, stored } = await bakery()
    const names = async () => (await stored()).map(({ event }) => event)
    await call(BATCH[0])
    const before = await names()
    await say('PATCH', path, { tell_received: true })
    const id = await call(BATCH[0])
    const after = await stored()

    expect(before).toEqual(['dough.proofed'])
    expect(after.map(({ event }) => event)).toEqual([
      'dough.proofed',
      'prefect-cloud.webhook.received',
    ])
    expect(after[1]?.payload).toMatchObject({ events: [id], method: 'POST' })
  })

  it.each([
    ['no JSON', '{"event": {{ body.n }} oops'],
    ['no event', '{"event": "", "resource": {"n": {{ body.n }}}}'],
    ['a name of Prefect’s', '{"event": "{{ body.e }}", "resource": {"prefect.resource.id": "r"}}'],
  ])(
    'what a template made that was %s, in the delivery and in what is told',
    async (_, template) => {
      const { say, call, path, stored } = await bakery({ template })
      await call({ n: 7, e: 'prefect.x' })

      const { body: kept } = await say('POST', `${path}/deliveries/filter`, {})
      const [told] = await stored()

      expect(kept[0]?.rendered).toMatch(/7|prefect\.x/)
      expect(told).toMatchObject({
        event: 'prefect-cloud.webhook.failed',
        payload: { rendered: kept[0]?.rendered },
      })
    },
  )
})
