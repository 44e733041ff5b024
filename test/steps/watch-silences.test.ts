// Silences watched over changes of their automations: disabled and enabled, saved again, deployed anew.
import { beforeEach, describe, expect, it } from 'vitest'
import type { Event } from '../../lib/core/event.ts'
import { formatInstant, MICROS_PER_SECOND } from '../../lib/core/time.ts'
import type { EventTrigger } from '../../lib/core/trigger.ts'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { accept } from '../../lib/steps/accept.ts'
import { wake } from '../../lib/steps/wake.ts'
import { eventTrigger, ovenWarm } from '../core/bakery.ts'
import { type Fakes, fakes } from '../fakes.ts'
import { apiClient } from '../http/client.ts'
import { road } from '../road.ts'

const OWNER = 'prefect.deployment.00000000-0000-4000-8000-0000000000d1'

let bakery: Fakes
let move: ReturnType<typeof road>
let api: ReturnType<typeof apiClient>['say']

beforeEach(() => {
  bakery = fakes()
  move = road(bakery)
  api = apiClient(bakery).say
})

/** An oven that says nothing for a minute after it was warm. */
const silence: Partial<EventTrigger> = {
  posture: 'Proactive',
  after: ['oven.warm'],
  expect: ['dough.proofed'],
  for_each: ['prefect.resource.id'],
  within: 60,
}

/** Now, and some seconds. */
const warm = (seconds: number): Event => {
  const occurred = formatInstant(bakery.clock.now() + seconds * MICROS_PER_SECOND)
  return ovenWarm(seconds, { occurred })
}

const body = (trigger: Partial<EventTrigger>, parts: object = {}) => ({
  name: 'worry',
  trigger: eventTrigger(trigger),
  actions: [{ type: 'do-nothing' }],
  ...parts,
})

const save = async (trigger: Partial<EventTrigger>, parts: object = {}): Promise<string> => {
  const { body: made } = await api('POST', '/automations/', body(trigger, parts))
  await move()
  return made.id
}

async function say(...events: Event[]): Promise<void> {
  await accept(bakery.services)(HOME, events)
  await move()
}

/** Time passes; wakes that are due come, each once. */
async function pass(seconds: number): Promise<void> {
  bakery.clock.advance(seconds)
  const due = bakery.wakes.filter(({ at }) => at <= bakery.clock.now())
  for (const { key } of due) await wake(bakery.services)(key)
  await move()
}

const fired = async () =>
  (await bakery.services.feed.readNew(HOME))
    .flat()
    .filter(({ event }) => event === 'prefect.automation.triggered').length

describe('an automation that was disabled when its window ended', () => {
  it('is told of the silence when it is enabled', async () => {
    const id = await save(silence)
    await say(warm(0))
    await api('PATCH', `/automations/${id}`, { enabled: false })
    await move()
    await pass(100)
    expect(bakery.wakes).toEqual([])
    expect(await fired()).toBe(0)

    await api('PATCH', `/automations/${id}`, { enabled: true })
    await move()
    await pass(0)

    expect(await fired()).toBe(1)
  })

  it('waits for the end of a window that has not ended when it is enabled', async () => {
    const id = await save(silence)
    await say(warm(0))
    await api('PATCH', `/automations/${id}`, { enabled: false })
    bakery.wakes.length = 0
    bakery.clock.advance(30)
    await api('PATCH', `/automations/${id}`, { enabled: true })
    await move()

    await pass(20)
    expect(await fired()).toBe(0)
    await pass(20)

    expect(await fired()).toBe(1)
  })
})

describe('a trigger that is unchanged', () => {
  const counting = { expect: ['oven.warm'], threshold: 2 }

  it('keeps its count when its automation is saved again', async () => {
    const id = await save(counting)
    await say(warm(1))

    await api('PUT', `/automations/${id}`, body(counting, { name: 'worry more' }))
    await say(warm(2))

    expect(await fired()).toBe(1)
  })

  it('starts anew when it is changed', async () => {
    const id = await save(counting)
    await say(warm(1))

    await api('PUT', `/automations/${id}`, body({ ...counting, match: { a: 'b' } }))
    await api('PUT', `/automations/${id}`, body({ ...counting, within: 30 }))
    await say(warm(2))

    expect(await fired()).toBe(0)
  })

  it('keeps its count when its owner is deployed anew under the same name', async () => {
    const id = await save(counting, { owner_resource: OWNER })
    await say(warm(1))

    await api('DELETE', `/automations/owned-by/${OWNER}`)
    await move()
    bakery.clock.advance(1)
    const again = await save(counting, { owner_resource: OWNER })
    await say(warm(2))

    expect(again).toBe(id)
    expect(await fired()).toBe(1)
  })

  it('watches the windows it had when its owner is deployed anew', async () => {
    await save(silence, { owner_resource: OWNER })
    await say(warm(0))
    await api('DELETE', `/automations/owned-by/${OWNER}`)
    await move()
    bakery.wakes.length = 0

    await save(silence, { owner_resource: OWNER })
    await pass(70)

    expect(await fired()).toBe(1)
  })

  it('of a second automation of the same owner and name counts for itself', async () => {
    const id = await save(counting, { owner_resource: OWNER })
    const other = await save(counting, { owner_resource: OWNER })

    await say(warm(1))
    await say(warm(2))

    expect(other).not.toBe(id)
    expect(await fired()).toBe(2)
  })
})
