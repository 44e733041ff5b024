// Streams deliver again, in halves, and to two at once: a day with all of that, on the real stack, ends as a day without.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Micros } from '../../lib/core/time.ts'
import { movableClock } from '../../lib/local/clock.ts'
import { type LocalOptions, startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import { bakery, dayFrom, type Outcome, openBakery, outcomeOf } from './bakery-day.ts'
import { bundleChild, startChild } from './child-stack.ts'
import type { CrashPoint } from './crash-points.ts'
import { type Database, NAMES, silent, startDatabase } from './database.ts'

/** Each record is delivered up to twenty-four times. */
const SLOW = { timeout: 60_000 }
/** Enough for a firing of theirs. */
const CRUMBS = 110

let directory = ''
let uneventful: Outcome

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tripline-redelivery-'))
  await bundleChild(directory)
  uneventful = await dayAt(await start({}))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** What a day asks of each of the stacks that have a part in it. */
interface Part {
  settle(advance?: Micros): Promise<void>
  stop(): Promise<void>
}

let stacks = 0
async function start(more: Partial<LocalOptions>): Promise<Part & { url: string }> {
  stacks += 1
  const dataDir = join(directory, String(stacks))
  const options = { app: localApp, log: silent, port: 0, dataDir, clock: movableClock(), ...more }
  const server = await startLocal(options)
  return {
    url: server.url,
    stop: server.stop,
    async settle(advance) {
      if (advance) server.advance(advance)
      await server.drain()
    },
  }
}

/** A day at a stack; `others` are the stacks that read the same streams while a step is done. */
async function dayAt(
  { url, ...own }: Part & { url: string },
  others: (step: number) => Promise<Part[]> = async () => [],
): Promise<Outcome> {
  const premises = await openBakery(url)
  const clock = movableClock()
  const at = bakery(url, premises, clock.now)
  let parts: Part[] = [own]
  for (const [i, step] of dayFrom(at.now(), CRUMBS).entries()) {
    parts = [own, ...(await others(i))]
    if (step.isQuiet) await Promise.all(parts.map((part) => part.settle()))
    if (step.advance) {
      clock.advance(step.advance)
      await Promise.all(parts.map((part) => part.settle(step.advance)))
    }
    await step.act(at, premises)
  }
  await Promise.all(parts.map((part) => part.settle()))
  const outcome = await outcomeOf(at, premises)
  await Promise.all(parts.map((part) => part.stop()))
  return outcome
}

it.each([
  ['delivered three times', { deliveries: 3 }],
  ['delivered three times and bisected', { deliveries: 3, bisect: true }],
])('every batch %s: still one firing, one run, one event of each', SLOW, async (_, faults) => {
  expect(await dayAt(await start({ pump: { faults } }))).toEqual(uneventful)
})

describe('two stacks over one database', () => {
  let database: Database
  let shared: { endpoint: string; names: typeof NAMES }
  beforeEach(async () => {
    database = await startDatabase()
    shared = { endpoint: database.emulator.endpoint, names: NAMES }
  })
  afterEach(() => database.stop())

  it('read the same streams at once: still one of each', SLOW, async () => {
    const other = await start(shared)

    expect(await dayAt(await start(shared), async () => [other])).toEqual(uneventful)
  })

  it(
    'read the same streams, and one is killed again and again: still one of each',
    SLOW,
    async () => {
      const dataDir = join(directory, 'killed')
      const points: (CrashPoint | null)[] = [
        { when: 'after', nth: 1, of: 'firing' },
        { when: 'before', nth: 1, of: 'bucket' },
        { when: 'after', nth: 1, of: 'segment' },
        { when: 'after', nth: 1, of: 'bucket' },
        { when: 'after', nth: 1, of: 'flow-run' },
        { when: 'before', nth: 1, of: 'state' },
        null,
      ]
      let other: Part | null = null
      const kill = async (step: number): Promise<Part[]> => {
        if (step < points.length) {
          await other?.stop()
          const point = points[step] ?? null
          other = await startChild(directory, { slug: '' }, { dataDir, ...shared, point })
        }
        return other ? [other] : []
      }

      expect(await dayAt(await start(shared), kill)).toEqual(uneventful)
    },
  )
})
