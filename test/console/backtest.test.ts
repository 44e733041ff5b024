// The panels of an automation's form: what it would have done, what is probably not meant, and that writing loses nothing.
import { describe, expect, it } from 'vitest'
import { formatInstant } from '../../lib/core/time.ts'
import { publish } from '../../lib/entries.ts'
import { batchOf, fakes } from '../fakes.ts'
import { browser } from './console.ts'

const draft = (expect: string[], more: object = {}) => ({
  name: 'Bake',
  trigger: { type: 'event', posture: 'Reactive', expect, ...more },
  actions: [{ type: 'do-nothing' }],
})

/** Three loaves were baked, and a deployment stands ready. */
async function bakery() {
  const here = fakes()
  const client = browser(here)
  const flow = await client.say('POST', '/flows/', { name: 'bake' })
  const deployment = await client.say('POST', '/deployments/', { name: 'bread', flow_id: flow.id })
  const events = [1, 2, 3].map((n) => ({
    id: `00000000-0000-4000-8000-00000000000${n}`,
    occurred: formatInstant(here.clock.now()),
    event: 'bread.baked',
    resource: { 'prefect.resource.id': `oven.${n}` },
  }))
  await client.say('POST', '/events', events)
  await publish(here.services)(batchOf(here.take('events')))
  here.clock.advance(60)
  const post = (path: string, automation: unknown, fields = {}) =>
    client.send(path, { json: JSON.stringify(automation), ...fields })
  return { ...client, deployment, post }
}

describe('the backtest of a form', () => {
  it('counts the firings of a draft, and shows what its actions would have been given', async () => {
    const { post, deployment } = await bakery()
    const parameters = { oven: '{{ event.resource.id }}' }
    const action = { type: 'run-deployment', deployment_id: deployment.id, parameters }

    const { text } = await post(
      '/automations/backtest',
      { ...draft(['bread.baked']), actions: [action] },
      { span: '1h' },
    )

    expect(text).toContain('<dt>Would have fired</dt><dd><strong>3</strong>')
    expect(text).not.toContain('As it is saved')
    expect(text).toContain('3 firings over this time')
    expect(text).toContain('oven.3')
    expect(text).not.toContain('data-brush')
  })

  it('is beside what is saved now', async () => {
    const { post, say } = await bakery()
    const { id } = await say('POST', '/automations/', draft(['bread.baked']))

    const { text } = await post(
      `/automations/${id}/backtest`,
      draft(['bread.baked'], { match: { 'prefect.resource.id': 'oven.1' } }),
    )

    expect(text).toContain('<dt>Would have fired</dt><dd><strong>1</strong>')
    expect(text).toContain('<dt>As it is saved</dt><dd><strong>3</strong>')
    expect(text).toContain('<dt>Firings that would be gone</dt><dd><strong>2</strong>')
  })

  it.each([
    ['no JSON', '{', 'This is no JSON'],
    ['no automation', '{"name": "Bake"}', 'trigger'],
  ])('of %s says why there is none', async (_, json, said) => {
    const { send } = await bakery()

    const { status, text } = await send('/automations/backtest', { json })

    expect(status).toBe(200)
    expect(text).toContain('It cannot be saved yet')
    expect(text).toContain(said)
  })
})

describe('the check of a form', () => {
  it('warns of a trigger that never fires', async () => {
    const { post } = await bakery()

    const { text } = await post(
      '/automations/check',
      draft(['a'], { threshold: 2, match: { a: [] } }),
    )

    expect(text).toContain('trigger.match')
  })

  it('has nothing against a good one', async () => {
    const { post } = await bakery()

    const { text } = await post('/automations/check', draft(['bread.baked']))

    expect(text).toContain('Nothing speaks against it')
  })
})

describe('saving a form', () => {
  it('keeps what the form has no field for: the review of a run, all other actions', async () => {
    const { look, say, send, deployment } = await bakery()
    const review = { subject: 'May we?', block_document_id: deployment.id }
    const action = { type: 'run-deployment', deployment_id: deployment.id, schedule_after: 60 }
    const actions = [{ ...action, review }, { type: 'do-nothing' }]
    const made = await say('POST', '/automations/', {
      ...draft(['a'], { for_each: ['b'] }),
      actions,
    })
    const was = await say('GET', `/automations/${made.id}`)
    const page = (await look(`/automations/${made.id}/edit`)).text
    const [, shown = ''] = /<textarea id="json"[^>]*>([^<]*)</.exec(page) ?? []
    const json = shown.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')

    expect((await send(`/automations/${made.id}/edit`, { json })).status).toBe(303)

    const { updated: _, ...is } = await say('GET', `/automations/${made.id}`)
    expect(was).toMatchObject({ ...is, trigger: { ...is.trigger, id: was.trigger.id } })
    expect(is.actions[0].review.subject).toBe('May we?')
  })
})
