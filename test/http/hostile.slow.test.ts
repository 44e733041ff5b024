// Ten thousand hostile bodies through the door itself, to the presets' templates: 204 or 400, and what is stored has names, resources
// and labels that the preset allows.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CATALOGUE, presetSettings } from '../../lib/core/webhook-catalogue.ts'
import { receive } from '../../lib/entries.ts'
import { hostileValue } from '../core/template/hostile.ts'
import { fakes, newEvents } from '../fakes.ts'
import { apiClient } from './client.ts'

const BODIES = 10_000

/** Keys that the presets' templates look at, with whatever stands there. */
const field = fc.constantFrom(
  ...[
    'action',
    'type',
    'id',
    'event',
    'data',
    'object',
    'repository',
    'full_name',
    'sender',
    'login',
  ],
  ...['object_kind', 'project', 'team_id', 'command', 'resource', 'prefect.resource.id', 'alerts'],
  ...['eventType', 'subject', 'TopicArn', 'payload', 'related', 'status', 'labels', '__proto__'],
)
const nested = fc.dictionary(field, fc.oneof(hostileValue, fc.dictionary(field, hostileValue)))
const hostileBody = fc.oneof(nested, fc.array(nested, { maxLength: 3 }), hostileValue)

it(`${BODIES} hostile bodies: no 5xx, and nothing stored that its preset does not allow`, async () => {
  const here = fakes()
  const { say } = apiClient(here)
  const app = receive(here.services)
  const made = await Promise.all(
    Object.entries(CATALOGUE)
      .filter(([, { events }]) => events.length > 0)
      .map(async ([name, preset]) => {
        const settings = { ...presetSettings(preset), signature: null, handshake: null }
        const { body } = await say('POST', '/webhooks/', { name, ...settings })
        return { slug: String(body.slug), name }
      }),
  )
  const headers = {
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'push',
    'X-Shopify-Topic': 'orders/create',
    'X-Shopify-Shop-Domain': 'shop',
  }
  const statuses = new Map<number, number>()

  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...made), hostileBody, async ({ slug, name }, body) => {
      const answer = await app.request(`/hooks/${slug}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body) ?? '',
      })
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      expect([204, 400]).toContain(answer.status)
      const preset = CATALOGUE[name]
      for (const event of await newEvents(here)) {
        if (event.event.startsWith('prefect-cloud.webhook.')) continue
        expect(event.event.startsWith(String(preset?.events[0]).slice(0, -1))).toBe(true)
        const resources = [event.resource, ...event.related.slice(0, -1)]
        for (const resource of resources) {
          expect(resource['prefect.resource.id']?.startsWith(String(preset?.resources[0]))).toBe(
            true,
          )
          expect(Object.keys(resource).some((label) => label.startsWith('tripline.'))).toBe(false)
        }
      }
    }),
    { numRuns: BODIES },
  )

  expect((statuses.get(204) ?? 0) + (statuses.get(400) ?? 0)).toBe(BODIES)
  expect(statuses.get(204)).toBeGreaterThan(BODIES / 10)
})
