// Numbers that a double cannot hold keep their digits from the request to the answer, through every store.
import type { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { api, publish } from '../../lib/entries.ts'
import { batchOf, fakes } from '../fakes.ts'

const ID = '00000000-0000-4000-8000-000000000001'
const event = (payload: string) =>
  `[{"id":"${ID}","occurred":"2026-11-21T09:00:00Z","event":"a","resource":{"prefect.resource.id":"r"},"payload":${payload}}]`

const post = (app: Hono, path: string, body: string) =>
  app.request(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })

describe('a number of a payload', () => {
  it.each(['{"id":12345678901234567890}', '{"ids":[9007199254740993,-9007199254740995]}'])(
    'comes back as it was sent: %s',
    async (payload) => {
      const bakery = fakes()
      const app = api(bakery.services)

      await post(app, '/api/events', event(payload))
      await publish(bakery.services)(batchOf(bakery.take('events')))

      const one = await (await app.request(`/api/events/${ID}`)).text()
      const feed = await (await post(app, '/api/events/filter', '{}')).text()
      expect(one).toContain(payload)
      expect(feed).toContain(payload)
    },
  )
})
