// Events meeting triggers over tables in memory: what fires, and that it fires once however the stream delivers.
import { beforeEach, describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import { formatInstant } from '../../lib/core/time.ts'
import { FOR_EACH_LABELS_MAX } from '../../lib/core/trigger-schema.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { evaluate, wake } from '../../lib/entries.ts'
import { accept } from '../../lib/steps/accept.ts'
import { bakeryEvent, doughProofed, eventTrigger, ovenWarm } from '../core/bakery.ts'
import { batchOf, type Fakes, fakes } from '../fakes.ts'
import { bisected, road } from '../road.ts'

const bake = (parts: Partial<Automation> = {}): Automation => ({
  id: '00000000-0000-4000-8000-000000000500',
  created: '2026-01-01T00:00:00.000000Z',
  updated: '2026-01-01T00:00:00.000000Z',
  name: 'bake when proofed',
  description: '',
  enabled: true,
  tags: [],
  trigger: eventTrigger({ expect: ['dough.proofed'] }),
  actions: [{ type: 'do-nothing' }],
  actions_on_trigger: [],
  actions_on_resolve: [],
  ...parts,
})

let bakery: Fakes

beforeEach(() => {
  bakery = fakes()
})

const emit = (...seconds: number[]) =>
  accept(bakery.services)(
    DEFAULT_WORKSPACE,
    seconds.map((at) => doughProofed(at)),
  )

/** Ids of the events whose firings are in the objects table's stream. */
const fired = () =>
  bakery
    .take('objects')
    .filter(
      ({ dynamodb, eventName }) => eventName === 'INSERT' && dynamodb?.NewImage?.k?.S === 'firing',
    )
    .map(({ dynamodb }) => JSON.parse(dynamodb?.NewImage?.d?.S ?? '{}').triggering_event.id)

describe('evaluate', () => {
  it('fires once for each event of a trigger without memory', async () => {
    await bakery.services.automations.create(DEFAULT_WORKSPACE, { automation: bake(), owner: null })
    await emit(0, 1, 2)

    await evaluate(bakery.services)(batchOf(bakery.take('events')))

    expect(fired()).toEqual([0, 1, 2].map((at) => doughProofed(at).id))
  })

  it.each([
    ['without memory', eventTrigger({ expect: ['dough.proofed'] }), 6],
    ['with a threshold', eventTrigger({ expect: ['dough.proofed'], threshold: 3, within: 60 }), 1],
    ['with a threshold and no end', eventTrigger({ expect: ['dough.proofed'], threshold: 3 }), 2],
  ])(
    'a batch delivered three times and bisected fires as often as once: %s',
    async (_, trigger, count) => {
      await bakery.services.automations.create(DEFAULT_WORKSPACE, {
        automation: bake({ trigger }),
        owner: null,
      })
      await emit(0, 1, 2, 3, 4, 5)
      const records = bakery.take('events')
      const handler = evaluate(bakery.services)

      for (const batch of [...bisected(records), records, records]) await handler(batchOf(batch))

      expect(fired()).toHaveLength(count)
    },
  )

  it('an event that is larger than an item fires too, and is acted on', async () => {
    await bakery.services.automations.create(DEFAULT_WORKSPACE, { automation: bake(), owner: null })
    const large = doughProofed(0, { payload: { crumbs: 'x'.repeat(1_000_000) } })
    await accept(bakery.services)(DEFAULT_WORKSPACE, [large])

    await road(bakery)()

    const told = bakery.published.map(({ event }) => event)
    expect(told).toContain('prefect.automation.triggered')
    expect(told).toContain('prefect.automation.action.executed')
  })

  it('counts by a value as long as an event may be, and by fifty of them', async () => {
    const for_each = Array.from({ length: FOR_EACH_LABELS_MAX }, (_, i) => `label-${i}`)
    const counted = eventTrigger({ expect: ['dough.proofed'], threshold: 2, within: 60, for_each })
    const bell = eventTrigger({ expect: ['bell.rung'] })
    await bakery.services.automations.create(DEFAULT_WORKSPACE, {
      automation: bake({
        trigger: { type: 'sequence', id: '', triggers: [counted, bell], within: null },
      }),
      owner: null,
    })
    const labels = Object.fromEntries(for_each.map((label) => [label, '\u0001'.repeat(20_000)]))
    const resource = { 'prefect.resource.id': 'oven.1', ...labels }
    const doughs = [0, 1].map((at) => doughProofed(at, { resource }))
    await accept(bakery.services)(DEFAULT_WORKSPACE, doughs)
    await road(bakery)()
    await accept(bakery.services)(DEFAULT_WORKSPACE, [bakeryEvent('bell.rung', 2)])

    await road(bakery)()

    const told = bakery.published.map(({ event }) => event)
    expect(told).toContain('prefect.automation.action.executed')
  })

  it('two evaluators over one stream fire once between them', async () => {
    const trigger = eventTrigger({ expect: ['dough.proofed'], threshold: 2, within: 60 })
    await bakery.services.automations.create(DEFAULT_WORKSPACE, {
      automation: bake({ trigger }),
      owner: null,
    })
    await emit(0, 1)
    const batch = batchOf(bakery.take('events'))

    await Promise.all([evaluate(bakery.services)(batch), evaluate(bakery.services)(batch)])

    expect(fired()).toHaveLength(1)
  })

  it('an automation does not see what arrived before it was made', async () => {
    const created = formatInstant(bakery.clock.now() + 1)
    await bakery.services.automations.create(DEFAULT_WORKSPACE, {
      automation: bake({ created }),
      owner: null,
    })
    await emit(0)

    await evaluate(bakery.services)(batchOf(bakery.take('events')))

    expect(fired()).toEqual([])
  })

  it('a change of an automation is seen by the next batch of a warm evaluator', async () => {
    const { automations } = bakery.services
    await automations.create(DEFAULT_WORKSPACE, { automation: bake(), owner: null })
    const handler = evaluate(bakery.services)
    await emit(0)
    await handler(batchOf(bakery.take('events')))
    expect(fired()).toHaveLength(1)
    const was = await automations.get(DEFAULT_WORKSPACE, bake().id)
    if (!was) throw new Error('not created')

    await automations.replace(
      DEFAULT_WORKSPACE,
      { automation: bake({ enabled: false }), owner: null },
      was,
    )
    await emit(1)
    await handler(batchOf(bakery.take('events')))

    expect(fired()).toEqual([])
  })

  it('a sequence fires once when its children fired in order, however the stream delivers', async () => {
    const trigger = {
      type: 'sequence' as const,
      id: '00000000-0000-4000-8000-000000000002',
      within: null,
      triggers: [
        eventTrigger({ expect: ['dough.proofed'] }),
        eventTrigger({ expect: ['oven.warm'] }),
      ],
    }
    await bakery.services.automations.create(DEFAULT_WORKSPACE, {
      automation: bake({ trigger }),
      owner: null,
    })
    const handler = evaluate(bakery.services)
    await emit(0)
    const first = bakery.take('events')
    await handler(batchOf(first))
    bakery.clock.advance(1)
    await accept(bakery.services)(DEFAULT_WORKSPACE, [
      doughProofed(5, { event: 'oven.warm', id: '00000000-0000-4000-8000-000000000077' }),
    ])
    const second = bakery.take('events')

    for (const batch of [second, first, second]) await handler(batchOf(batch))

    expect(fired()).toHaveLength(1)
  })

  it('an event that came before the one it follows is counted after it', async () => {
    const trigger = eventTrigger({ after: ['oven.warm'], expect: ['dough.proofed'], within: 60 })
    await bakery.services.automations.create(DEFAULT_WORKSPACE, {
      automation: bake({ trigger }),
      owner: null,
    })
    const handler = evaluate(bakery.services)
    const leader = ovenWarm(0)
    const follower = doughProofed(1, { follows: leader.id })
    const deliver = () => handler(batchOf(bakery.take('events')))

    await accept(bakery.services)(DEFAULT_WORKSPACE, [follower])
    await deliver()
    bakery.clock.advance(1)
    await accept(bakery.services)(DEFAULT_WORKSPACE, [leader])
    await deliver()
    expect(fired()).toEqual([])
    const held = bakery.wakes.map(({ key }) => key)
    expect(held).toEqual([{ kind: 'held', workspace: DEFAULT_WORKSPACE, id: follower.id }])
    bakery.clock.advance(1)
    for (const key of held) await wake(bakery.services)(key)
    await deliver()

    expect(fired()).toEqual([follower.id])
  })

  it('an event is not counted before its leader though both came at one moment', async () => {
    const trigger = eventTrigger({ expect: ['dough.proofed'], threshold: 2, within: 60 })
    await bakery.services.automations.create(DEFAULT_WORKSPACE, {
      automation: bake({ trigger }),
      owner: null,
    })
    const handler = evaluate(bakery.services)
    const leader = doughProofed(0)
    await accept(bakery.services)(DEFAULT_WORKSPACE, [doughProofed(1, { follows: leader.id })])
    const first = bakery.take('events')
    await accept(bakery.services)(DEFAULT_WORKSPACE, [leader])

    await handler(batchOf(first))

    expect(bakery.wakes.map(({ key }) => key.kind)).toEqual(['held'])
  })

  it('an event whose leader is stored already does not wait', async () => {
    const trigger = eventTrigger({ expect: ['dough.proofed'], threshold: 2, within: 60 })
    await bakery.services.automations.create(DEFAULT_WORKSPACE, {
      automation: bake({ trigger }),
      owner: null,
    })
    const handler = evaluate(bakery.services)

    for (const event of [doughProofed(0), doughProofed(1, { follows: doughProofed(0).id })]) {
      await accept(bakery.services)(DEFAULT_WORKSPACE, [event])
      await handler(batchOf(bakery.take('events')))
      bakery.clock.advance(0.001)
    }

    expect(fired()).toEqual([doughProofed(1).id])
    expect(bakery.wakes).toEqual([])
  })

  it.each([
    ['stored in time, is no silence', 8, 0],
    ['stored too late, ends one', 12, 1],
  ])('while evaluate is a minute behind, an event %s', async (_, seconds, silences) => {
    const trigger = eventTrigger({
      after: ['oven.warm'],
      expect: ['dough.proofed'],
      posture: 'Proactive',
      within: 10,
    })
    await bakery.services.automations.create(DEFAULT_WORKSPACE, {
      automation: bake({ trigger }),
      owner: null,
    })
    const handler = evaluate(bakery.services)
    await accept(bakery.services)(DEFAULT_WORKSPACE, [ovenWarm(0)])
    await handler(batchOf(bakery.take('events')))

    bakery.clock.advance(seconds)
    await accept(bakery.services)(DEFAULT_WORKSPACE, [doughProofed(seconds)])
    bakery.clock.advance(60)
    for (const { key } of [...bakery.wakes]) await wake(bakery.services)(key)
    await handler(batchOf(bakery.take('events')))

    expect(fired()).toHaveLength(silences)
  })
})
