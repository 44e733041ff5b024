// The bakery's day through the bundles: batches delivered three times and bisected, and functions stopped between their writes. It ends
// as a day on which nothing happened.
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

/** A day in a cloud of its own, with a stop at each point, one after the other. */
async function day(options: Parameters<typeof startCloud>[1], points: CrashPoint[] = []) {
  const cloud = await startCloud(directory, options)
  try {
    return await dayIn(cloud, points)
  } finally {
    await cloud.stop()
  }
}

/** Every step, said again when nobody answered. */
async function dayIn(cloud: Cloud, points: CrashPoint[]): Promise<Outcome> {
  const premises = await again(() => openBakery(cloud.say))
  await cloud.settle()
  const at = bakeryIn(cloud, premises)
  const left = [...points]
  const stopAtNext = () => {
    if (left[0])
      cloud.stopAt(left[0], () => {
        left.shift()
        stopAtNext()
      })
  }
  stopAtNext()
  for (const step of dayFrom(at.now(), CRUMBS)) {
    if (step.isQuiet) await cloud.settle()
    if (step.advance) await cloud.advance(step.advance / MICROS_PER_SECOND)
    await again(() => step.act(at, premises))
  }
  await cloud.settle()
  const outcome = await outcomeOf(at, premises)
  if (left[0]) throw new WrongDay(`there was no ${left[0].nth}. write of ${left[0].of}`)
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

/** In pairs and threes, the earlier first: a day that was stopped once must end as well as any other. */
const STOPS: [string, ...CrashPoint[]][] = [
  [
    'before an event is stored, before its firing, before a window’s end is put into the stream',
    before('dough.proofed'),
    before('firing'),
    before('mark'),
  ],
  [
    'after an event was stored and before its sender is answered, after a firing, after a window’s end',
    after('dough.proofed'),
    after('firing'),
    after('mark'),
  ],
  [
    'in the middle of a batch of two transactions, after a wake was taken',
    after('crumb.fallen'),
    after('-wake'),
  ],
  [
    'after a webhook’s event was stored, before a segment of the feed, before a run is late',
    after('flour.came'),
    before('segment'),
    before('prefect.flow-run.Late'),
  ],
  [
    'before a queued frame is stored, after a segment of the feed, after a run was late',
    before('shift.ended'),
    after('segment'),
    after('prefect.flow-run.Late'),
  ],
  [
    'after a queued frame was stored, after a run completed',
    after('shift.ended'),
    after('prefect.flow-run.Completed'),
  ],
  [
    'after a connection was let in, after an automation and its change',
    after('connection', 2),
    after('automation-change'),
  ],
  ['before a bucket, between a message and the mark of its wake', before('bucket'), before('wake')],
  ['after a bucket, after the mark of a wake', after('bucket'), after('wake')],
  ['before a run, before its state', before('flow-run'), before('state')],
  ['after a run, after its state', after('flow-run'), after('state')],
  [
    'between a run and the events that tell of it, before the event of a state',
    before('prefect.automation.action.triggered'),
    before('prefect.flow-run.Scheduled'),
  ],
  ['between the event of a state and its history', after('prefect.flow-run.Scheduled')],
]

describe('a day on which functions are stopped ends as any other', () => {
  it.each(STOPS)('%s', async (_, ...points) => {
    expect(await day({}, points)).toEqual(uneventful)
  })
})

it('has seen the day that the local stack has', () => {
  expect(uneventful.firings['bake each dough']).toBe(1)
  expect(uneventful.firings['note every hundred crumbs']).toBe(1)
  expect(uneventful.runs.atOnce).toHaveLength(2)
})
