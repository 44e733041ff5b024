// What templates call `events`: all that made a trigger fire, read when an action asks for them.
import { beforeEach, expect, it } from 'vitest'
import { actionSchema } from '../../lib/core/action-schema.ts'
import { EVENTS_OF_WINDOW_MAX } from '../../lib/core/bucket.ts'
import type { Trigger } from '../../lib/core/trigger.ts'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { accept } from '../../lib/steps/accept.ts'
import { wake } from '../../lib/steps/wake.ts'
import { bakeryEvent, doughProofed, eventTrigger } from '../core/bakery.ts'
import { BEGINNING, type Fakes, fakes } from '../fakes.ts'
import { road } from '../road.ts'

let bakery: Fakes
let deliver: ReturnType<typeof road>

beforeEach(() => {
  bakery = fakes()
  deliver = road(bakery)
})

/** An automation that puts the payloads of its events onto the bus. */
const tellingOf = (trigger: Trigger) =>
  bakery.services.automations.create(HOME, {
    automation: {
      id: '00000000-0000-4000-8000-000000000500',
      created: '2026-01-01T00:00:00.000000Z',
      updated: BEGINNING,
      name: 'tell',
      description: '',
      enabled: true,
      tags: [],
      trigger,
      actions: [
        actionSchema.parse({
          type: 'put-event',
          detail_type: 'Told of {{ event.payload.loaf }}',
          detail: {
            loaves: "{{ events | map(attribute='payload') | map(attribute='loaf') | list }}",
          },
        }),
      ],
      actions_on_trigger: [],
      actions_on_resolve: [],
    },
    owner: null,
  })

const bake = (...loaves: number[]) =>
  accept(bakery.services)(
    HOME,
    loaves.map((loaf) => doughProofed(loaf / 1_000, { payload: { loaf } })),
  )

async function told(): Promise<{ detailType: string; loaves: number[] }[]> {
  for (const { key } of [...bakery.wakes].filter(({ key }) => key.kind === 'delivery')) {
    await wake(bakery.services)(key)
  }
  return bakery.put.map(({ detailType, detail }) => ({ detailType, ...JSON.parse(detail) }))
}

it('has every event of a counted window, in the order in which they were counted', async () => {
  await tellingOf(eventTrigger({ expect: ['dough.proofed'], threshold: 3, within: 60 }))

  for (const loaf of [1, 2, 3]) {
    await bake(loaf)
    await deliver({ times: 2 })
  }

  expect(await told()).toEqual([{ detailType: 'Told of 3', loaves: [1, 2, 3] }])
})

it('has those of the next window alone the next time', async () => {
  await tellingOf(eventTrigger({ expect: ['dough.proofed'], threshold: 2 }))

  await bake(1, 2, 3, 4)
  await deliver()

  expect((await told()).map(({ loaves }) => loaves)).toEqual([
    [1, 2],
    [3, 4],
  ])
})

it(`has of many the last ${EVENTS_OF_WINDOW_MAX}`, async () => {
  const threshold = EVENTS_OF_WINDOW_MAX + 20
  await tellingOf(eventTrigger({ expect: ['dough.proofed'], threshold }))

  await bake(...Array.from({ length: threshold }, (_, i) => i + 1))
  await deliver()

  const [only] = await told()
  expect(only?.loaves).toHaveLength(EVENTS_OF_WINDOW_MAX)
  expect(only?.loaves[0]).toBe(21)
  expect(only?.loaves.at(-1)).toBe(threshold)
})

it('has those of all children of a composite, each with its whole window', async () => {
  const counted = eventTrigger({ expect: ['dough.proofed'], threshold: 2 })
  const bell = eventTrigger({ expect: ['bell.rung'] })
  await tellingOf({
    type: 'compound',
    id: '',
    triggers: [counted, bell],
    require: 'all',
    within: null,
  })

  await bake(1, 2)
  await accept(bakery.services)(HOME, [bakeryEvent('bell.rung', 1, { payload: { loaf: 9 } })])
  await deliver()

  expect(await told()).toEqual([{ detailType: 'Told of 9', loaves: [9, 1, 2, 9] }])
})

it('stores no event in a firing beside the one that fired it', async () => {
  await tellingOf(eventTrigger({ expect: ['dough.proofed'], threshold: 2 }))
  await bake(1, 2)
  const records: string[] = []
  const { objects } = bakery.tables
  const transact = objects.transact.bind(objects)
  objects.transact = async (writes) => {
    for (const write of writes) if ('put' in write) records.push(String(write.put.d))
    return transact(writes)
  }

  await deliver()

  const firing = records.find((text) => text.includes('counted_event_ids')) ?? ''
  expect(firing).toContain('"loaf":2')
  expect(firing).not.toContain('"loaf":1}')
})
