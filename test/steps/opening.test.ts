// Windows opened by `after`, when what they expect came first: the order of arrival makes no difference.
import { beforeEach, describe, expect, it } from 'vitest'
import type { Event } from '../../lib/core/event.ts'
import type { EventTrigger } from '../../lib/core/trigger.ts'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { evaluate, publish } from '../../lib/entries.ts'
import { accept } from '../../lib/steps/accept.ts'
import { wake } from '../../lib/steps/wake.ts'
import { doughProofed, eventTrigger, ovenWarm } from '../core/bakery.ts'
import { batchOf, type Fakes, fakes } from '../fakes.ts'

let bakery: Fakes

beforeEach(() => {
  bakery = fakes()
})

const AFTER = { after: ['oven.warm'], expect: ['dough.proofed'], within: 10 }

const watch = (parts: Partial<EventTrigger> = {}) =>
  bakery.services.automations.create(HOME, {
    automation: {
      id: '00000000-0000-4000-8000-000000000500',
      created: '2026-01-01T00:00:00.000000Z',
      updated: '2026-01-01T00:00:00.000000Z',
      name: 'bake when warm',
      description: '',
      enabled: true,
      tags: [],
      trigger: eventTrigger({ ...AFTER, ...parts }),
      actions: [{ type: 'do-nothing' }],
      actions_on_trigger: [],
      actions_on_resolve: [],
    },
    owner: null,
  })

type Handler = ReturnType<typeof evaluate>

/** Each list is stored and delivered as a batch of its own, `publish` far behind or not at all. */
async function arrive(
  batches: Event[][],
  { evaluator = evaluate(bakery.services), published = true } = {},
) {
  const feed: Handler = publish(bakery.services)
  for (const events of batches) {
    await accept(bakery.services)(HOME, events)
    const batch = batchOf(bakery.take('events'))
    await evaluator(batch)
    await evaluator(batch)
    if (published) await feed(batch)
  }
}

/** Ids of the events that fired. */
const fired = () =>
  bakery
    .take('objects')
    .filter(({ dynamodb }) => dynamodb?.NewImage?.k?.S === 'firing')
    .map(({ dynamodb }) => JSON.parse(dynamodb?.NewImage?.d?.S ?? '{}').triggering_event?.id)

async function passWindow(): Promise<void> {
  bakery.clock.advance(60)
  for (const { key } of [...bakery.wakes]) await wake(bakery.services)(key)
  await evaluate(bakery.services)(batchOf(bakery.take('events')))
}

const [start, beat, later] = [ovenWarm(0), doughProofed(0), doughProofed(2)]

describe('a reactive window', () => {
  it.each([
    ['in one batch, in order', [[start, beat]]],
    ['in one batch, the other way', [[beat, start]]],
    ['one after the other', [[start], [beat]]],
    ['the other way', [[beat], [start]]],
  ])('fires for an event of the same moment: %s', async (_, batches) => {
    await watch()

    await arrive(batches)

    expect(fired()).toEqual([beat.id])
  })

  it('finds what a process before it has seen in the feed', async () => {
    await watch()

    await arrive([[later]])
    await arrive([[start]], { evaluator: evaluate(bakery.services) })

    expect(fired()).toEqual([later.id])
  })

  it('finds what this process has seen and the feed does not have yet', async () => {
    await watch()

    await arrive([[later], [start]], { published: false })

    expect(fired()).toEqual([later.id])
  })

  it.each([
    ['occurred before the window', doughProofed(-1)],
    ['occurred at its end', doughProofed(10)],
    ['is of another oven', doughProofed(1, { resource: { 'prefect.resource.id': 'oven.2' } })],
    ['is not expected', ovenWarm(5)],
  ])('does not count what %s', async (_, event) => {
    await watch({ for_each: ['prefect.resource.id'] })

    await arrive([[event], [start]])

    expect(fired()).toEqual([])
  })

  it('counts what came before among what comes with it, by when they occurred', async () => {
    await watch({ threshold: 2 })

    await arrive([[doughProofed(3)], [start, doughProofed(1), doughProofed(4)]])

    expect(fired()).toEqual([doughProofed(3).id])
  })

  it('does not count again what an earlier window took', async () => {
    await watch()

    await arrive([[ovenWarm(0)], [doughProofed(5)], [ovenWarm(4)]])

    expect(fired()).toEqual([doughProofed(5).id])
  })
})

describe('a proactive window', () => {
  const silent = { posture: 'Proactive' as const }

  it.each([
    ['in one batch, the other way', [[beat, start]]],
    ['the other way', [[beat], [start]]],
    ['one after the other', [[start], [beat]]],
  ])('is not silent when an event of the same moment came: %s', async (_, batches) => {
    await watch({ ...silent, for_each: ['prefect.resource.id'] })

    await arrive(batches)
    await passWindow()

    expect(fired()).toEqual([])
  })

  it('is not ended as silent by the next event either', async () => {
    await watch({ ...silent, for_each: ['prefect.resource.id'] })

    await arrive([[later], [start], [doughProofed(30)]])

    expect(fired()).toEqual([])
  })

  it('is silent without', async () => {
    await watch({ ...silent, for_each: ['prefect.resource.id'] })

    await arrive([[start]])
    await passWindow()

    expect(fired()).toHaveLength(1)
  })
})
