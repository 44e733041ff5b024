// The bakery's day through the bundles: batches delivered three times and bisected, and each function stopped between its writes. It
// ends as a day on which nothing happened.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MICROS_PER_MS, MICROS_PER_SECOND } from '../../lib/core/time.ts'
import {
  type Bakery,
  dayFrom,
  type Outcome,
  openBakery,
  outcomeOf,
  type Premises,
  WrongDay,
} from '../local/bakery-day.ts'
import type { CrashPoint } from '../local/crash-points.ts'
import { bundles, type Cloud, KEY, startCloud } from './cloud.ts'

/** Enough for a firing of theirs. */
const CRUMBS = 110
/** Times a sender says again what nobody answered. */
const TRIES_MAX = 3

const { directory, remove } = bundles()
afterAll(remove)

let uneventful: Outcome
beforeAll(async () => {
  uneventful = await day({})
})

/** The bakery as its senders and runners see it, behind the functions. */
function bakeryIn(cloud: Cloud, premises: Pick<Premises, 'slug'>): Bakery {
  let connections = 0
  return {
    now: () => Date.now() * MICROS_PER_MS,
    say: cloud.say,
    async call() {
      const { statusCode } = await cloud.http('receive', {
        method: 'POST',
        path: `/hooks/${premises.slug}`,
        headers: { 'x-github-delivery': 'a delivery of flour' },
        body: '{}',
      })
      if (statusCode !== 204) throw new Error(`the webhook answered ${statusCode}`)
    },
    async tell(event) {
      connections += 1
      const id = `connection-${connections}`
      await cloud.socket('CONNECT', id, { path: '/api/events/in' })
      await cloud.socket('MESSAGE', id, { body: JSON.stringify({ type: 'auth', token: KEY }) })
      cloud.queueFrame(id, JSON.stringify(event))
      await cloud.socket('DISCONNECT', id)
    },
  }
}

/** A day in a cloud of its own. */
async function day(options: Parameters<typeof startCloud>[1], point?: CrashPoint) {
  const cloud = await startCloud(directory, options)
  try {
    return await dayIn(cloud, point)
  } finally {
    await cloud.stop()
  }
}

/** Every step, said again when nobody answered. */
async function dayIn(cloud: Cloud, point?: CrashPoint): Promise<Outcome> {
  const premises = await again(() => openBakery(cloud.say))
  await cloud.settle()
  const at = bakeryIn(cloud, premises)
  let isStopped = point === undefined
  if (point) {
    cloud.stopAt(point, () => {
      isStopped = true
    })
  }
  for (const step of dayFrom(at.now(), CRUMBS)) {
    if (step.isQuiet) await cloud.settle()
    if (step.advance) await cloud.advance(step.advance / MICROS_PER_SECOND)
    await again(() => step.act(at, premises))
  }
  await cloud.settle()
  const outcome = await outcomeOf(at, premises)
  if (!isStopped) throw new WrongDay(`there was no ${point?.nth}. write of ${point?.of}`)
  return outcome
}

async function again<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act()
    } catch (error) {
      if (error instanceof WrongDay || tries === TRIES_MAX) throw error // else nobody answered
    }
  }
}

it.each([
  ['three times', { deliveries: 3 }],
  ['three times and bisected', { deliveries: 3, bisect: true }],
])('every batch delivered %s: still one firing, one run, one event of each', async (_, faults) => {
  expect(await day({ faults })).toEqual(uneventful)
})

const before = (of: string, nth = 1): CrashPoint => ({ when: 'before', nth, of })
const after = (of: string, nth = 1): CrashPoint => ({ when: 'after', nth, of })

const POINTS: [string, CrashPoint][] = [
  ['before an event is stored', before('dough.proofed')],
  ['after an event was stored, before its sender is answered', after('dough.proofed')],
  ['in the middle of a batch of two transactions', after('crumb.fallen')],
  ['after a webhook’s event was stored', after('flour.came')],
  ['before a queued frame is stored', before('shift.ended')],
  ['after a queued frame was stored', after('shift.ended')],
  ['after a connection was let in', after('connection', 2)],
  ['before a segment of the feed', before('segment')],
  ['after a segment of the feed', after('segment')],
  ['before a firing', before('firing')],
  ['after a firing', after('firing')],
  ['before a bucket', before('bucket')],
  ['after a bucket', after('bucket')],
  ['before a run', before('flow-run')],
  ['after a run', after('flow-run')],
  ['between a run and the events that tell of it', before('prefect.automation.action.triggered')],
  ['before the event of a state', before('prefect.flow-run.Scheduled')],
  ['between the event of a state and its history', after('prefect.flow-run.Scheduled')],
  ['before a state', before('state')],
  ['after a state', after('state')],
  ['between a message and the mark of its wake', before('wake')],
  ['after the mark of a wake', after('wake')],
  ['after a wake was taken', after('-wake')],
  ['before a window’s end is put into the stream', before('mark')],
  ['after a window’s end was put into the stream', after('mark')],
  ['before a run is late', before('prefect.flow-run.Late')],
  ['after a run was late', after('prefect.flow-run.Late')],
  ['after a run completed', after('prefect.flow-run.Completed')],
  ['after an automation and its change', after('automation-change')],
]

describe('a day on which a function is stopped ends as any other', () => {
  it.each(POINTS)('%s', async (_, point) => {
    expect(await day({}, point)).toEqual(uneventful)
  })
})

it('has seen the day that the local stack has', () => {
  expect(uneventful.firings['bake each dough']).toBe(1)
  expect(uneventful.firings['note every hundred crumbs']).toBe(1)
  expect(uneventful.runs.atOnce).toHaveLength(2)
})
