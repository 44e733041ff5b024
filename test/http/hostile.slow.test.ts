// Ten thousand hostile bodies through the door itself, to the presets' templates and to two that let the caller say everything: 204
// or 400, and what is stored has names, resources and labels that the webhook allows.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CATALOGUE } from '../../lib/core/webhook-catalogue.ts'
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

/** Whole events and CloudEvents, some of them forged: for templates that pass on what the caller says. */
const name = fc.oneof(
  fc.constantFrom('free.a', 'free.b'),
  fc.constantFrom('prefect.flow-run.Completed', 'prefect-cloud.x', 'other', ''),
)
const label = fc.constantFrom('oven', 'rack', 'tripline.actions', 'tripline.webhook.verified')
const resource = fc
  .tuple(name, fc.dictionary(label, fc.constant('off'), { maxKeys: 1 }))
  .map(([id, labels]) => ({ 'prefect.resource.id': id, 'prefect.resource.role': 'r', ...labels }))
const related = fc.array(resource, { maxLength: 2 })
const whole = fc.record({ event: name, resource, related })
const cloudEvent = fc.record({
  specversion: fc.constant('1.0'),
  id: fc.uuid(),
  type: name,
  source: name,
  subject: name,
})
const hostileBody = fc.oneof(
  nested,
  fc.array(nested, { maxLength: 3 }),
  hostileValue,
  whole,
  fc.array(whole, { maxLength: 3 }),
  fc.array(cloudEvent, { maxLength: 3 }),
)

interface Said {
  template: string
  /** The beginning of names and of resources; null: any that is not reserved. */
  event: string | null
  resource: string | null
}

const beginning = (pattern: string | undefined) => pattern?.replace(/\*$/, '') ?? null
const WEBHOOKS: Record<string, Said> = {
  ...Object.fromEntries(
    Object.entries(CATALOGUE).map(([preset, { template, events, resources }]) => [
      preset,
      { template, event: beginning(events[0]), resource: resources[0] ?? null },
    ]),
  ),
  free: { template: '{{ body|tojson }}', event: 'free.', resource: 'free.' },
}
const isAllowed = (text: string | undefined, start: string | null): boolean =>
  start === null ? !/^prefect(-cloud)?\./.test(text ?? '') : text?.startsWith(start) === true

it(`${BODIES} hostile bodies: no 5xx, and nothing stored that its preset does not allow`, async () => {
  const here = fakes()
  const { say } = apiClient(here)
  const app = receive(here.services)
  const made = await Promise.all(
    Object.entries(WEBHOOKS).map(async ([name, { template, event, resource }]) => {
      const { body } = await say('POST', '/webhooks/', {
        name,
        template,
        ...(event !== null && { allowed_events: [`${event}*`] }),
        ...(resource !== null && { allowed_resource_prefixes: [resource] }),
      })
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
  const stored = new Set<string>()

  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...made), hostileBody, async ({ slug, name }, body) => {
      const answer = await app.request(`/hooks/${slug}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body) ?? '',
      })
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      expect([204, 400]).toContain(answer.status)
      const said = WEBHOOKS[name]
      for (const event of await newEvents(here)) {
        if (event.event === 'prefect-cloud.webhook.failed') continue
        stored.add(name)
        expect(isAllowed(event.event, said?.event ?? null)).toBe(true)
        for (const resource of [event.resource, ...event.related.slice(0, -1)]) {
          expect(isAllowed(resource['prefect.resource.id'], said?.resource ?? null)).toBe(true)
          expect(Object.keys(resource).some((label) => label.startsWith('tripline.'))).toBe(false)
        }
      }
    }),
    { numRuns: BODIES },
  )

  expect((statuses.get(204) ?? 0) + (statuses.get(400) ?? 0)).toBe(BODIES)
  expect(statuses.get(204)).toBeGreaterThan(BODIES / 10)
  expect([...stored]).toEqual(expect.arrayContaining(['free', 'cloudevents']))
})
