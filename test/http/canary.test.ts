// A secret in every place where there could be one, and every way that a call can take; afterwards none of them is to be found in
// what was stored, published, logged or answered.
import { inflateRawSync } from 'node:zlib'
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda'
import { expect, it } from 'vitest'
import { receive } from '../../lib/entries.ts'
import { CANARY, CANARY_PLACES, canary, canaryHeaders, canaryQuery } from '../canaries.ts'
import { fakes } from '../fakes.ts'
import { road } from '../road.ts'
import { apiClient } from './client.ts'

/** Everything the template language lets an owner write down by accident. */
const CARELESS =
  '{"event": "all.{{ method }}", "resource": {"prefect.resource.id": "r"}, "payload": {"headers": {{ headers|tojson }}, "query": {{ query|tojson }}, "verified": {{ verified|tojson }}}}'
const FAILING = '{"event": "{{ headers|tojson }}{{ query|tojson }}"}'

const textOf = (value: AttributeValue): string =>
  value.S ?? value.N ?? inflateRawSync(Buffer.from(value.B ?? '', 'base64')).toString()

const stored = (records: DynamoDBRecord[]): string =>
  records
    .flatMap(({ dynamodb }) => Object.values(dynamodb?.NewImage ?? {}))
    .map((value) => textOf(value as AttributeValue))
    .join('\n')

it(`is found nowhere, from more than ${CANARY_PLACES} places`, async () => {
  const here = fakes()
  const { say } = apiClient(here)
  const app = receive(here.services)
  const heard: string[] = []
  const kept: string[] = []
  const told = async (...asked: Parameters<typeof say>) => {
    const answer = await say(...asked)
    heard.push(JSON.stringify(answer.body))
    if (answer.status >= 300) throw new Error(`${asked[1]}: ${JSON.stringify(here.logged.at(-1))}`)
    return answer.body
  }
  const call = async (slug: string, headers: Record<string, string> = {}) => {
    const answer = await app.request(`/hooks/${slug}${canaryQuery}`, {
      method: 'POST',
      body: '{"dough": "proofed"}',
      headers: canaryHeaders({ 'Content-Type': 'application/json', ...headers }),
    })
    heard.push(await answer.text())
    return answer.status
  }
  const make = (settings: object) => told('POST', '/webhooks/', { name: 'w', ...settings })
  const hmac = { scheme: 'hmac', header: 'X-Oven', secret: canary('generic') }

  const statuses: number[] = []
  const webhooks = [
    await make({}),
    await make({ template: CARELESS }),
    await make({ template: FAILING }),
    await make({ signature: { preset: 'github', secret: canary('github') } }),
    await make({ signature: hmac, keep_failed: true }),
    await make({
      template: CARELESS,
      signature: { scheme: 'token', header: 'X-Oven', secret: canary('oven') },
    }),
    await make({
      template: CARELESS,
      signature: { scheme: 'token', query: 'site', secret: 'north' },
    }),
    await make({
      signature: { preset: 'basic', secret: `me:${canary('basic')}` },
      keep_failed: true,
    }),
    await make({ signature: { preset: 'bearer', secret: canary('bearer') }, template: CARELESS }),
    await make({
      signature: { preset: 'standard-webhooks', secret: 'whsec_Y2FuYXJ5' },
      keep_failed: true,
    }),
  ]
  // A header whose name betrays nothing is a secret only where a webhook says so.
  for (const [i, { slug }] of webhooks.entries()) {
    statuses.push(await call(slug, i === 4 || i === 5 ? { 'X-Oven': canary('oven') } : {}))
  }
  statuses.push(await call(webhooks[8].slug, { Authorization: `Bearer ${canary('bearer')}` }))
  await told('PATCH', `/webhooks/${webhooks[3].id}`, {
    signature: { preset: 'github', secret: canary('patched') },
  })
  await told('POST', `/webhooks/${webhooks[2].id}/deliveries/release`)
  // What is shown once, to whoever made it, is not among what was heard.
  await say('POST', `/webhooks/${webhooks[3].id}/secrets`, { secret: canary('added') })
  const generated = await say('POST', `/webhooks/${webhooks[3].id}/secrets`)
  await told('POST', '/webhooks/render', {
    template: CARELESS,
    request: { headers: canaryHeaders(), query: { token: canary('query-tried') } },
  })
  for (const { id } of webhooks) {
    await told('POST', `/webhooks/${id}/rotate`)
    for (const delivery of await told('POST', `/webhooks/${id}/deliveries/filter`)) {
      const path = `/webhooks/${id}/deliveries/${delivery.id}`
      await told('GET', path)
      await told('POST', `${path}/render`, { template: CARELESS })
      kept.push(delivery.cause)
    }
  }
  await told('GET', '/webhooks')
  for (const { id } of webhooks) await told('GET', `/webhooks/${id}`)
  const records: DynamoDBRecord[] = []
  const take: typeof here.take = (table) => {
    const taken = here.take(table)
    records.push(...taken)
    return taken
  }
  await road({ ...here, take })()
  await told('POST', '/events/filter', {})

  expect(statuses).toEqual([204, 204, 400, 401, 401, 204, 204, 401, 401, 401, 204])
  expect(kept.sort()).toEqual([
    'INVALID_EVENT',
    'VERIFICATION_FAILED',
    'VERIFICATION_FAILED',
    'VERIFICATION_FAILED',
  ])
  const places = { written: stored(records), heard, published: here.published, logged: here.logged }
  for (const [place, found] of Object.entries(places)) {
    const text = JSON.stringify(found)
    expect(text.length, place).toBeGreaterThan(50)
    expect(CANARY.exec(text)?.[0], place).toBeUndefined()
    expect(text, place).not.toContain(generated.body.secret)
    expect(text, place).not.toContain('Y2FuYXJ5')
  }
})

it('is missed by nobody: what is no secret is kept', async () => {
  const here = fakes()
  const { say } = apiClient(here)
  const { body } = await say('POST', '/webhooks/', { name: 'w', template: CARELESS })
  const headers = { 'X-GitHub-Event': 'push', 'User-Agent': 'oven/1', 'Idempotency-Key': 'k1' }

  const answer = await receive(here.services).request(`/hooks/${body.slug}?site=north&page=2`, {
    method: 'POST',
    headers: { ...headers, Prefer: 'return=representation' },
  })

  const { id } = (await answer.json()) as { id: string }
  const event = await here.services.events.get(body.workspace, id)
  expect(event?.payload).toMatchObject({
    headers: { 'x-github-event': 'push', 'user-agent': 'oven/1', 'idempotency-key': 'k1' },
    query: { site: 'north', page: '2' },
  })
})
