// GitHub's own examples of its deliveries, all kinds: each becomes one event by the documented template.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { eventsOfCall } from '../../lib/core/webhook.ts'
import { CATALOGUE } from '../../lib/core/webhook-catalogue.ts'
import { EXTRAS_BY_DEFAULT, type Webhook } from '../../lib/core/webhook-definition.ts'

interface Kind {
  name: string
  examples: Record<string, unknown>[]
}

const require = createRequire(import.meta.url)
const index = require.resolve('@octokit/webhooks-examples/api.github.com/index.json')
const kinds: Kind[] = JSON.parse(readFileSync(index, 'utf8'))

const NOW = '2026-11-21T09:00:00.000000Z'
const preset = CATALOGUE.github
const webhook: Webhook = {
  ...EXTRAS_BY_DEFAULT,
  id: '11111111-1111-4111-8111-111111111111',
  created: NOW,
  updated: NOW,
  account: '',
  workspace: '',
  name: 'github',
  description: '',
  enabled: true,
  service_account_id: null,
  slug: 's',
  template: preset?.template ?? '',
  allowed_events: preset?.events ?? [],
  allowed_resource_prefixes: preset?.resources ?? [],
}

it('there are examples of more than fifty kinds', () => {
  expect(kinds.length).toBeGreaterThan(50)
})

it.each(kinds.map((kind) => [kind.name, kind.examples] as const))('%s', (name, examples) => {
  for (const example of examples) {
    const headers: [string, string][] = [
      ['Content-Type', 'application/json'],
      ['X-GitHub-Event', name],
    ]
    const body = Buffer.from(JSON.stringify(example))
    const call = { method: 'POST', path: '/hooks/s', query: [], headers, body }

    const [event, ...more] = eventsOfCall(webhook, call, { occurred: NOW, newId: () => webhook.id })

    expect(more).toEqual([])
    const action = typeof example.action === 'string' ? `.${example.action}` : ''
    expect(event?.event).toBe(`github.${name}${action}`)
    expect(event?.resource['prefect.resource.id']).toMatch(/^github\..+/)
    expect(event?.payload).toEqual(JSON.parse(body.toString()))
  }
})
