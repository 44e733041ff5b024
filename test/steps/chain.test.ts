// The chain of an event: from any of its members the same story is told.
import { describe, expect, it } from 'vitest'
import { act, announce, evaluate, publish } from '../../lib/entries.ts'
import { batchOf, type Fakes, fakes } from '../fakes.ts'
import { apiClient, NOTHING } from '../http/client.ts'

/** Lets everything that is on its way arrive. */
async function settle({ services, take }: Fakes): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    const events = batchOf(take('events'))
    await publish(services)(events)
    await evaluate(services)(events)
    const objects = batchOf(take('objects'))
    const firings = objects.Records.filter(({ dynamodb }) => dynamodb?.NewImage?.k?.S === 'firing')
    await act(services)(batchOf(firings))
    const others = objects.Records.filter((record) => !firings.includes(record))
    await announce(services)(batchOf(others))
  }
}

async function anOrder() {
  const client = apiClient()
  const deployment = await client.deploy('bread')
  await client.say('POST', '/automations/', {
    name: 'Bake',
    trigger: { type: 'event', posture: 'Reactive', expect: ['order.created'] },
    actions: [{ type: 'run-deployment', deployment_id: deployment.id }],
  })
  await settle(client.here)
  const id = '00000000-0000-4000-8000-00000000000a'
  const resource = { 'prefect.resource.id': 'order.1' }
  const occurred = '2026-11-21T09:00:00Z'
  await client.say('POST', '/events', [{ id, occurred, event: 'order.created', resource }])
  await settle(client.here)
  return { ...client, id }
}

describe('a chain', () => {
  it('goes from an event over its firing and action to the run', async () => {
    const { say, id } = await anOrder()

    const { body } = await say('GET', `/events/${id}/chain`)

    const links = body.events.map(({ event, link }: { event: string; link: string }) => [
      event,
      link,
    ])
    expect(Object.fromEntries(links)).toMatchObject({
      'order.created': null,
      'prefect.automation.triggered': 'fired',
      'prefect.automation.action.triggered': 'acted',
      'prefect.automation.action.executed': 'follows',
      'prefect.flow-run.Scheduled': 'ran',
    })
    expect(body.is_whole).toBe(true)
  })

  it('is the same from each of its events', async () => {
    const { say, id } = await anOrder()
    const { body: whole } = await say('GET', `/events/${id}/chain`)

    for (const member of whole.events) {
      expect((await say('GET', `/events/${member.id}/chain`)).body).toEqual(whole)
    }
  })

  it('is not there for an event that is not', async () => {
    const { say } = apiClient(fakes())
    expect((await say('GET', `/events/${NOTHING}/chain`)).status).toBe(404)
  })
})
