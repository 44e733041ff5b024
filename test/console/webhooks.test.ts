// Webhooks' pages: what their form sends, samples, a template fixed and its call released, secrets rotated, calls captured.
import { describe, expect, it } from 'vitest'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { api, receive } from '../../lib/entries.ts'
import { fakes, newEvents } from '../fakes.ts'
import { browser } from './console.ts'

const BAKED = `{"event": "bread.baked", "resource": {"prefect.resource.id": "bread.{{ body.name }}"}}`
const BROKEN = `{"event": "bread.baked", "resource": {"prefect.resource.id": "{{ body.name | nope }}"}}`

async function bakery(fields: Record<string, string> = {}) {
  const here = fakes()
  const stack = browser(here, api(here.services))
  const { headers } = await stack.send('/webhooks', { name: 'Oven', template: BAKED, ...fields })
  const id = /webhooks\/([0-9a-f-]{36})/.exec(headers.get('location') ?? '')?.[1] ?? ''
  const webhook = () => stack.say('GET', `/webhooks/${id}`)
  const call = async (body: object) =>
    receive(here.services).request(`/hooks/${(await webhook()).slug}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const deliveries = () => stack.say('POST', `/webhooks/${id}/deliveries/filter`, {})
  return { ...stack, id, webhook, call, deliveries }
}

describe('a webhook’s form', () => {
  it('is filled in for a sender of the catalogue', async () => {
    const { look } = browser()
    const { text } = await look('/webhooks/new?preset=github')
    expect(text).toContain('github.{{ headers[')
    expect(text).toMatch(/<option value="github" selected/)
    expect(text).toContain('value="github.*"')
    expect((await look('/webhooks/new?preset=constructor')).status).toBe(200)
  })

  it('sets rules, and shows them again', async () => {
    const { webhook, look, id } = await bakery({
      allowed_events: 'bread.*, oven.hot',
      rate_per_second: '2.5',
      rate_burst: '9',
      dedup_key: '{{ body.id }}',
      tell_received: 'true',
    })
    expect(await webhook()).toMatchObject({
      allowed_events: ['bread.*', 'oven.hot'],
      rate_limit: { per_second: 2.5, burst: 9 },
      dedup: { key: '{{ body.id }}', window_days: null },
      tell_received: true,
      keep_failed: false,
    })
    const { text } = await look(`/webhooks/${id}/edit`)
    expect(text).toContain('value="bread.*, oven.hot"')
    expect(text).toContain('value="2.5"')
  })

  it('takes rules away that are emptied', async () => {
    const { webhook, send, id } = await bakery({ rate_per_second: '2', allowed_events: 'a.*' })
    await send(`/webhooks/${id}/edit`, { name: 'Oven', template: BAKED })
    expect(await webhook()).toMatchObject({ rate_limit: null, allowed_events: [] })
  })

  it('tries a template with the method, headers and query that were typed', async () => {
    const { send } = browser()
    const template = `{"event": "{{ method }}.{{ headers['x-oven'] }}", "resource": {"prefect.resource.id": "a"}}`
    const request = { request_method: 'PUT', request_headers: 'X-Oven: hot', request_body: '{}' }
    const { text } = await send('/webhooks/render', { template, ...request })
    expect(text.replaceAll(/<[^>]+>/g, '')).toContain('PUT.hot')
  })
})

describe('real calls', () => {
  it('are offered when their event tells of them', async () => {
    const { look, here, call, id } = await bakery({ tell_received: 'true' })
    await call({ name: 'rye' })
    await here.services.feed.append(DEFAULT_WORKSPACE, await newEvents(here))
    expect((await look(`/webhooks/${id}/edit`)).text).toContain('Webhook received')
  })

  it('are captured for a quarter of an hour', async () => {
    const { send, webhook, call, deliveries, here, id } = await bakery()
    const { headers } = await send(`/webhooks/${id}/capture`, { on: 'true' })
    expect(headers.get('location')).toContain('notice=capturing')
    await call({ name: 'rye' })
    expect(await deliveries()).toMatchObject([{ cause: 'CAPTURED' }])
    here.clock.advance(15 * 60 + 1)
    await call({ name: 'wheat' })
    expect(await deliveries()).toHaveLength(1)
    await send(`/webhooks/${id}/capture`, { on: '' })
    expect((await webhook()).capture_until).toBeNull()
  })

  it('that failed are fixed and released in one go', async () => {
    const { send, look, call, deliveries, id } = await bakery({ template: BROKEN })
    await call({ name: 'rye' })
    const [failed] = await deliveries()
    const { text } = await look(`/webhooks/${id}/edit?delivery=${failed.id}`)
    expect(text).toContain('Save and release')
    expect(text).toContain('{&quot;name&quot;:&quot;rye&quot;}')

    const fixed = { name: 'Oven', template: BAKED, delivery: failed.id }
    const { headers } = await send(`/webhooks/${id}/edit`, fixed)
    expect(headers.get('location')).toContain('notice=fixed')
    expect((await deliveries())[0].released.events).toHaveLength(1)
  })

  it('show what a changed template changes', async () => {
    const { send, id } = await bakery()
    const { text } = await send('/webhooks/render', {
      template: BAKED.replace('baked', 'burnt'),
      request_body: '{"name": "rye"}',
      request_headers: 'Content-Type: application/json',
      webhook_id: id,
    })
    expect(text).toContain('<del>&quot;bread.baked&quot;</del>')
    expect(text).toContain('<ins>&quot;bread.burnt&quot;</ins>')
  })
})

describe('secrets', () => {
  it('are rotated: the new one shown once, the old one good for a while', async () => {
    const { send, look, webhook, id } = await bakery({ signature: 'github', secret: 'flour' })
    const { text } = await send(`/webhooks/${id}/secrets`, { overlap: '3600' })
    expect(text).toContain('whsec_')
    expect((await look(`/webhooks/${id}`)).text).not.toContain('whsec_')
    const [old, made] = (await webhook()).signature.secrets
    expect(old.expires).toBe('2026-11-21T10:00:00.000000Z')

    await send(`/webhooks/${id}/secrets/${old.id}/delete`, {})
    expect((await webhook()).signature.secrets.map((one: { id: string }) => one.id)).toEqual([
      made.id,
    ])
  })

  it('are not asked of a webhook that checks no signature', async () => {
    const { send, id } = await bakery()
    expect((await send(`/webhooks/${id}/secrets`, { overlap: '0' })).status).toBe(422)
  })
})
