// What a workspace may have.
import { expect, it } from 'vitest'
import { fakes } from '../fakes.ts'
import { apiClient } from './client.ts'

const automation = (name: string) => ({
  name,
  trigger: {
    type: 'event',
    posture: 'Reactive',
    expect: ['dough.proofed'],
    threshold: 1,
    within: 0,
  },
  actions: [{ type: 'do-nothing' }],
})

function bakery() {
  const here = fakes()
  here.services.quotas = { automations: 2, webhooks: 1 }
  return apiClient(here)
}

it('is shown with what it has', async () => {
  const { say } = bakery()
  await say('POST', '/automations/', automation('bake'))
  const { body } = await say('POST', '/automations/', automation('cool'))
  await say('PATCH', `/automations/${body.id}`, { enabled: false })
  await say('DELETE', `/automations/${body.id}`)
  await say('POST', '/webhooks/', { name: 'orders' })

  expect((await say('GET', '/limits')).body).toEqual({
    automations: { count: 1, limit: 2 },
    webhooks: { count: 1, limit: 1 },
  })
})

it('is refused beyond it, with the limit and the count', async () => {
  const { say } = bakery()
  for (const name of ['bake', 'cool']) await say('POST', '/automations/', automation(name))
  await say('POST', '/webhooks/', { name: 'orders' })

  const third = await say('POST', '/automations/', automation('sell'))
  const second = await say('POST', '/webhooks/', { name: 'returns' })

  expect(third).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('2 automations and may have 2') },
  })
  expect(second).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('1 webhooks and may have 1') },
  })
})

it('is room again for what was deleted', async () => {
  const { say } = bakery()
  const made = await say('POST', '/webhooks/', { name: 'orders' })
  await say('DELETE', `/webhooks/${made.body.id}`)

  expect((await say('POST', '/webhooks/', { name: 'returns' })).status).toBe(201)
})
