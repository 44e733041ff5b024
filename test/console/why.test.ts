// "Why not?" as it is read: of an event by every automation, of an automation by the events that nearly fired it.
import { describe, expect, it } from 'vitest'
import { formatInstant } from '../../lib/core/time.ts'
import { publish } from '../../lib/entries.ts'
import { batchOf, fakes } from '../fakes.ts'
import { browser } from './console.ts'

const EVENT = '00000000-0000-4000-8000-000000000001'

const aTrigger = (oven: string, threshold = 1) => ({
  type: 'event',
  posture: 'Reactive',
  expect: ['bread.baked'],
  match: { 'prefect.resource.id': oven },
  threshold,
  within: 60,
})

/** Three automations that cared more and more, and an event. */
async function bakery() {
  const here = fakes()
  const client = browser(here)
  const actions = [{ type: 'do-nothing' }]
  const ids: string[] = []
  for (const [name, trigger] of [
    ['Other event', { ...aTrigger('oven.1'), expect: ['bread.sold'] }],
    ['Other oven', aTrigger('oven.2')],
    ['Needs two', aTrigger('oven.1', 2)],
  ] as const) {
    ids.push((await client.say('POST', '/automations/', { name, trigger, actions })).id)
  }
  here.clock.advance(1)
  await client.say('POST', '/events', [
    {
      id: EVENT,
      occurred: formatInstant(here.clock.now()),
      event: 'bread.baked',
      resource: { 'prefect.resource.id': 'oven.1' },
    },
  ])
  await publish(here.services)(batchOf(here.take('events')))
  return { ...client, ids }
}

describe('the panel of an event', () => {
  it('tells what each automation made of it, nearest to firing first', async () => {
    const { look } = await bakery()

    const { text } = await look(`/events/${EVENT}/why`, { 'hx-request': 'true' })

    const said = ['Needs two', 'Counted', 'Other oven', 'Other resource', 'Other event']
    const places = said.map((one) => text.indexOf(`>${one}<`))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
    expect(text).toContain('Recomputed.')
    expect(text).not.toContain('<html')
  })

  it('comes after the page, and is a page of its own for whoever has no scripts', async () => {
    const { look } = await bakery()

    const { text } = await look(`/events/${EVENT}`)

    expect(text).toContain(`hx-get="/events/${EVENT}/why" hx-trigger="load"`)
    expect(text).not.toContain('Recomputed.')
    expect((await look(`/events/${EVENT}/why`)).text).toContain('<h1>Why not?</h1>')
    expect((await look('/events/none/why')).status).toBe(404)
  })
})

describe('the panel of an automation', () => {
  it('tells the event that nearly fired it, and leaves out those of other names', async () => {
    const { look, say, ids } = await bakery()

    const [none, oven, two] = await Promise.all(
      ids.map(async (id) => (await look(`/automations/${id}/why`)).text),
    )

    expect(none).toContain('No event that is stored came near')
    expect(oven).toContain(`href="/events/${EVENT}"`)
    expect(oven).toMatch(/oven\.2/)
    expect(two).toContain('Counted')
    expect(await say('GET', `/automations/${ids[1]}/near-misses`)).toMatchObject([
      { event: { id: EVENT }, explanation: { verdict: 'label' } },
    ])
  })
})
