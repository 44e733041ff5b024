// Fates: events that a trigger wanted and that came late, wait or were ignored, counted by the real steps as it happens and told of to
// those who ask.
import { describe, expect, it } from 'vitest'
import type { FateCounts, Fates } from '../../lib/core/fates.ts'
import { formatInstant, parseInstant } from '../../lib/core/time.ts'
import { api, evaluate, publish } from '../../lib/entries.ts'
import { BEGINNING, batchOf, fakes } from '../fakes.ts'
import { NOTHING } from '../http/client.ts'

const ids = ['1', '2', '3', '4'].map((n) => `00000000-0000-4000-8000-00000000000${n}`)
const [first, second, third] = ids as [string, string, string]
const at = (seconds: number) => formatInstant((parseInstant(BEGINNING) ?? 0) + seconds * 1_000_000)

const reactive = (parts: object) => ({ type: 'event', posture: 'Reactive', ...parts })

/** A server with one automation, and what its evaluator has counted. */
async function server(trigger: object) {
  const here = fakes()
  const counted: FateCounts = { late: 0, held: 0, ignored: 0 }
  const tally = (more: FateCounts) => {
    for (const fate of ['late', 'held', 'ignored'] as const) counted[fate] += more[fate]
  }
  const app = api(here.services)
  const handlers = [evaluate({ ...here.services, tally }), publish(here.services)]

  async function say(method: string, path: string, body?: unknown) {
    const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) }
    const answer = await app.request(`/api${path}`, init)
    expect(answer.status).toBeLessThan(300)
    return answer.json().catch(() => null)
  }

  async function emit(id: string, event: string, seconds: number, parts: object = {}) {
    here.clock.advance(1)
    const resource = { 'prefect.resource.id': 'oven.1' }
    await say('POST', '/events', [{ id, event, occurred: at(seconds), resource, ...parts }])
    const events = batchOf(here.take('events'))
    for (const handle of handlers) await handle(events)
  }

  await say('POST', '/automations/', { name: 'Bake', trigger, actions: [{ type: 'do-nothing' }] })
  const fates = async (...asked: string[]) =>
    (await say('POST', '/events/fates', { event_ids: asked })) as Fates
  return { here, emit, fates, counted }
}

describe('fates', () => {
  it('an event before the window it would have been counted in is late', async () => {
    const { emit, fates, counted } = await server(
      reactive({ expect: ['oven.warm'], threshold: 1, within: 600 }),
    )
    await emit(first, 'oven.warm', 0)
    await emit(second, 'oven.warm', 1)

    const { fates: told, is_whole } = await fates(first, second)

    expect(told[first]).toEqual([])
    expect(told[second]).toMatchObject([
      { automation_name: 'Bake', path: '', verdict: 'late', source: 'recomputed' },
    ])
    expect(told[second]?.[0]?.text).toContain('the trigger had fired, and counts again from')
    expect(is_whole).toBe(true)
    expect(counted).toEqual({ late: 1, held: 0, ignored: 0 })
  })

  it('an event that follows one which has not come is held, until that comes', async () => {
    const { emit, fates, counted } = await server(
      reactive({ expect: ['oven.warm'], threshold: 2, within: 600 }),
    )
    await emit(second, 'oven.warm', 1, { follows: third })

    expect((await fates(second)).fates[second]).toMatchObject([
      { verdict: 'held', source: 'recorded' },
    ])
    await emit(third, 'oven.warm', 0)

    expect((await fates(second)).fates[second]).toEqual([])
    expect(counted).toEqual({ late: 0, held: 1, ignored: 0 })
  })

  it('an event for which no window is open is ignored', async () => {
    const { emit, fates, counted } = await server(
      reactive({ expect: ['oven.warm'], after: ['oven.lit'], within: 60 }),
    )
    await emit(first, 'oven.warm', 0)

    const { fates: told } = await fates(first)

    expect(told[first]?.[0]).toMatchObject({ verdict: 'ignored', source: 'recomputed' })
    expect(counted).toEqual({ late: 0, held: 0, ignored: 1 })
  })

  it('events that are not there, or that nobody wanted, have none', async () => {
    const { emit, fates, counted } = await server(reactive({ expect: ['oven.lit'], threshold: 3 }))
    await emit(first, 'oven.warm', 0)

    expect(await fates(first, NOTHING)).toEqual({ fates: { [first]: [] }, is_whole: true })
    expect(counted).toEqual({ late: 0, held: 0, ignored: 0 })
  })
})
