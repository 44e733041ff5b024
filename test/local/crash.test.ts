// The stack is killed with SIGKILL at each step of the road, before and after a write, in the middle of batches, and started again
// on what it left on disk: all that it had acknowledged is there, and the day ends as a day without a crash does.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Micros } from '../../lib/core/time.ts'
import { movableClock } from '../../lib/local/clock.ts'
import { openDataDir } from '../../lib/local/data-dir.ts'
import { startEmulator } from '../../lib/local/emulator.ts'
import { startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import {
  bakery,
  dayFrom,
  type Outcome,
  openBakery,
  outcomeOf,
  type Premises,
  type Step,
  WrongDay,
} from './bakery-day.ts'
import { bundleChild, type Stack, startChild } from './child-stack.ts'
import type { CrashPoint } from './crash-points.ts'
import { clientTo, silent } from './database.ts'

let directory = ''
let premises: Premises
let uneventful: Outcome & { stored: Record<string, number> }

/** In this process, which is quicker. `ahead` is how far its clock was moved before it was killed. */
async function startHere(dataDir: string, ahead: Micros): Promise<Stack> {
  const clock = movableClock()
  clock.advance(ahead)
  const server = await startLocal({ app: localApp, log: silent, port: 0, dataDir, clock })
  return {
    bakery: bakery(server.url, premises, clock.now),
    async settle(advance) {
      if (advance) server.advance(advance)
      await server.drain()
    },
    stop: server.stop,
  }
}

async function spend(stack: Stack, step: Step, isMoved: boolean): Promise<void> {
  if (step.isQuiet) await stack.settle()
  if (step.advance && !isMoved) await stack.settle(step.advance)
  await step.act(stack.bakery, premises)
}

/** Items of both tables as they are on disk, by kind. */
async function storedIn(dataDir: string): Promise<Record<string, number>> {
  const dir = openDataDir(dataDir)
  const emulator = await startEmulator(dir, silent)
  const client = new DynamoDBClient(clientTo(emulator.endpoint))
  const counts: Record<string, number> = { event: 0, firing: 0, 'flow-run': 0, state: 0, bucket: 0 }
  for (const TableName of ['tripline-events', 'tripline-objects']) {
    let ExclusiveStartKey: Record<string, never> | undefined
    do {
      const page = await client.send(
        new ScanCommand({ TableName, ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}) }),
      )
      for (const item of page.Items ?? []) {
        const kind = item.k?.S ?? 'event'
        if (kind in counts) counts[kind] = (counts[kind] ?? 0) + 1
      }
      ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey
    } while (ExclusiveStartKey)
  }
  client.destroy()
  await emulator.stop()
  dir.release()
  return counts
}

async function endOfDay(stack: Stack, dataDir: string) {
  await stack.settle()
  const outcome = await outcomeOf(stack.bakery, premises)
  await stack.stop()
  return { ...outcome, stored: await storedIn(dataDir) }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tripline-crash-'))
  await bundleChild(directory)
  const dataDir = join(directory, 'opened')
  const server = await startLocal({ app: localApp, log: silent, port: 0, dataDir })
  premises = await openBakery(server.url)
  await server.drain()
  await server.stop()
  const stack = await startHere(copyOf('opened', 'uneventful'), 0)
  for (const step of dayFrom(stack.bakery.now())) await spend(stack, step, false)
  uneventful = await endOfDay(stack, join(directory, 'uneventful'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function copyOf(from: string, to: string): string {
  cpSync(join(directory, from), join(directory, to), { recursive: true })
  return join(directory, to)
}

const before = (of: string, nth = 1): CrashPoint => ({ when: 'before', nth, of })
const after = (of: string, nth = 1): CrashPoint => ({ when: 'after', nth, of })

const POINTS: [string, CrashPoint][] = [
  ['before an event is stored', before('dough.proofed')],
  ['after an event was stored, before its sender is answered', after('dough.proofed')],
  ['before a batch is stored', before('oven.warm')],
  ['after a batch was stored', after('oven.warm')],
  ['in the middle of a batch of three transactions', after('crumb.fallen')],
  ['after a webhook’s event was stored', after('flour.came')],
  ['after a socket’s event was stored, before it is confirmed', after('shift.ended')],
  ['before a segment of the feed', before('segment')],
  ['after a segment of the feed', after('segment')],
  ['before a firing', before('firing')],
  ['after a firing', after('firing')],
  ['before a bucket', before('bucket')],
  ['after a bucket', after('bucket')],
  ['in the middle of the parts of a fold', after('bucket', 3)],
  ['before a run', before('flow-run')],
  ['after a run', after('flow-run')],
  ['between a run and the events that tell of it', before('prefect.automation.action.triggered')],
  ['before the event of a state', before('prefect.flow-run.Scheduled')],
  ['between the event of a state and its history', after('prefect.flow-run.Scheduled')],
  ['before a state', before('state')],
  ['after a state', after('state')],
  ['before a schedule', before('schedule')],
  ['between a schedule and the mark of its wake', before('wake')],
  ['after the mark of a wake', after('wake')],
  ['after a wake was taken', after('-wake')],
  ['before a window’s end is put into the stream', before('mark')],
  ['after a window’s end was put into the stream', after('mark')],
  ['before a schedule that has fired is removed', before('-schedule')],
  ['before a run is late', before('prefect.flow-run.Late')],
  ['after a run was late', after('prefect.flow-run.Late')],
  ['after a run completed', after('prefect.flow-run.Completed')],
  ['after a deployment became ready', after('deployment')],
  ['before an automation', before('automation')],
  ['after an automation and its change', after('automation-change')],
]

/** Two at once, for each is a process and a database of its own. */
const PARALLEL = 2
let running = 0
const queue: (() => void)[] = []
async function inTurn(work: () => Promise<void>): Promise<void> {
  if (running >= PARALLEL) await new Promise<void>((go) => queue.push(go))
  else running += 1
  try {
    await work()
  } finally {
    const next = queue.shift()
    if (next) next()
    else running -= 1
  }
}

describe.concurrent('a day on which the stack is killed ends as any other', () => {
  it.each(POINTS)('%s', async (name, point) => {
    await inTurn(async () => {
      const dataDir = copyOf('opened', `killed ${point.when} ${point.of} ${point.nth}`)
      const killed = await startChild(directory, premises, { dataDir, point })
      const day = dayFrom(killed.bakery.now())
      let done = 0
      let ahead: Micros = 0
      try {
        for (const step of day) {
          ahead += step.advance ?? 0
          await spend(killed, step, false)
          done += 1
        }
        await killed.settle()
        await killed.stop()
        throw new WrongDay(`there was no ${point.nth}. write of ${point.of}`)
      } catch (error) {
        if (error instanceof WrongDay) throw error // else there was nobody to answer
      }
      expect(await killed.ended).toBe('SIGKILL')

      const stack = await startHere(dataDir, ahead)
      for (const { id } of day.slice(0, done).flatMap(({ events = [] }) => events)) {
        expect((await stack.bakery.say('GET', `/events/${id}`)).id).toBe(id)
      }
      for (const step of day.slice(done)) await spend(stack, step, ahead > 0 && step === day[done])

      expect(await endOfDay(stack, dataDir), name).toEqual(uneventful)
    })
  })
})
