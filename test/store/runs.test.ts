import { beforeEach, describe, expect, it } from 'vitest'
import { proposeState } from '../../lib/core/orchestration.ts'
import type { FlowRun } from '../../lib/core/run.ts'
import { newFlowRun } from '../../lib/core/run-creation.ts'
import { newTaskRun, taskRunCreateSchema } from '../../lib/core/task-run.ts'
import { ALL_TIME, formatInstant, parseInstant } from '../../lib/core/time.ts'
import { DEFAULT_WORKSPACE as W } from '../../lib/core/workspace.ts'
import type { Item } from '../../lib/store/client.ts'
import { memoryTable } from '../../lib/store/memory.ts'
import { runStore } from '../../lib/store/runs.ts'

const FLOW = '11111111-1111-5111-8111-111111111111'
const QUEUE = '22222222-2222-5222-8222-222222222222'
const NOW = parseInstant('2026-11-21T09:00:00.000000Z') ?? 0
const HOUR = 3_600_000_000
const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`

let written: { before: Item | null; after: Item | null }[] = []
let runs = runStore(memoryTable())
beforeEach(() => {
  written = []
  runs = runStore(memoryTable((before, after) => written.push({ before, after })))
})

/** Run n, due n hours from now, waiting in QUEUE. */
function waiting(n: number, over: Partial<FlowRun> = {}, now = NOW): FlowRun {
  const scheduled_time = formatInstant(NOW + n * HOUR)
  const queue = {
    work_pool_id: null,
    work_pool_name: null,
    work_queue_id: QUEUE,
    work_queue_name: 'q',
  }
  const run = newFlowRun(
    {
      id: uuid(n),
      stateId: uuid(1000 + n),
      flowId: FLOW,
      deployment: null,
      state: { type: 'SCHEDULED', state_details: { scheduled_time } },
      now,
    },
    { queue },
  )
  return { ...run, ...over }
}

async function move(id: string, type: 'PENDING' | 'RUNNING' | 'COMPLETED'): Promise<void> {
  const was = await runs.get(W, id)
  if (!was) throw new Error(`no run ${id}`)
  const next = proposeState(was.value, { type }, { force: true, now: NOW, newStateId: uuid(9) }).run
  if (next) await runs.replace(W, next, was)
}

const dueBefore = async (hours: number, limit = 10) =>
  (await runs.due(W, QUEUE, formatInstant(NOW + hours * HOUR), limit)).map(({ id }) => id)

describe('making runs', () => {
  it('stores those that are new and leaves the others as they were', async () => {
    await runs.create(W, [waiting(1)])

    const fresh = await runs.create(W, [waiting(1, { name: 'another' }), waiting(2)])

    expect(fresh).toEqual(new Set([uuid(2)]))
    expect((await runs.get(W, uuid(1)))?.value.name).toBe(waiting(1).name)
  })

  it('takes more than one transaction holds', async () => {
    const many = Array.from({ length: 250 }, (_, n) => waiting(n))

    expect((await runs.create(W, many)).size).toBe(250)
    expect(await runs.count(W, [FLOW])).toBe(250)
    expect((await runs.create(W, many)).size).toBe(0)
  })

  it('fails the replacement that comes second', async () => {
    await runs.create(W, [waiting(1)])
    const was = await runs.get(W, uuid(1))
    if (!was) throw new Error('the run is gone')

    expect(await runs.replace(W, { ...was.value, name: 'first' }, was)).toBe(true)
    expect(await runs.replace(W, { ...was.value, name: 'second' }, was)).toBe(false)
    expect((await runs.get(W, uuid(1)))?.value.name).toBe('first')
  })
})

describe('finding runs that are due', () => {
  it('gives those at or before the moment, earliest first, as many as asked', async () => {
    await runs.create(W, [waiting(3), waiting(1), waiting(2)])

    expect(await dueBefore(0)).toEqual([])
    expect(await dueBefore(1)).toEqual([uuid(1)])
    expect(await dueBefore(9)).toEqual([uuid(1), uuid(2), uuid(3)])
    expect(await dueBefore(9, 2)).toEqual([uuid(1), uuid(2)])
    expect(await runs.due(W, FLOW, ALL_TIME, 10)).toEqual([])
  })

  it('gives no run that was taken', async () => {
    await runs.create(W, [waiting(1), waiting(2)])

    await move(uuid(1), 'PENDING')

    expect(await dueBefore(9)).toEqual([uuid(2)])
  })

  it('does not write to the index by owner when a state changes', async () => {
    await runs.create(W, [waiting(1)])
    await move(uuid(1), 'RUNNING')

    const { before, after } = written.at(-1) ?? {}

    expect([after?.o, after?.os, after?.t, after?.ts]).toEqual([
      before?.o,
      before?.os,
      before?.t,
      before?.ts,
    ])
    expect(before?.u).toContain('#due@')
    expect(after?.u).toContain('#active@') // it is counted in its queue, and no longer due
    await move(uuid(1), 'COMPLETED')
    expect(written.at(-1)?.after).not.toHaveProperty('u')
  })
})

describe('listing runs', () => {
  it('finds them by id, by owner, and the newest of all across months', async () => {
    const older = waiting(1, {}, parseInstant('2026-09-30T23:00:00Z') ?? 0)
    await runs.create(W, [
      older,
      waiting(2, { flow_id: QUEUE }),
      waiting(3, { deployment_id: FLOW }),
    ])

    const listed = async (selection: Parameters<typeof runs.list>[1]) =>
      (await runs.list(W, selection)).map(({ id }) => id).sort()

    expect(await listed({ ids: [uuid(1), uuid(1), uuid(7)] })).toEqual([uuid(1)])
    expect(await listed({ owners: [FLOW] })).toEqual([uuid(1), uuid(3)])
    expect(await listed({ newest: 2 })).toEqual([uuid(2), uuid(3)])
    expect(await listed({ newest: 10 })).toEqual([uuid(1), uuid(2), uuid(3)])
    expect(await runs.count(W, null)).toBe(3)
    expect(await runs.count(W, [QUEUE])).toBe(1)
  })

  it('keeps a run’s states in order, each once, until the run is deleted', async () => {
    await runs.create(W, [waiting(1)])
    const { state } = waiting(1)
    if (!state) throw new Error('a run without a state')
    const later = { ...state, id: uuid(5), timestamp: formatInstant(NOW + HOUR) }

    for (const one of [later, state, state]) await runs.recordState(W, uuid(1), one)

    expect((await runs.states(W, uuid(1))).map(({ id }) => id)).toEqual([state.id, later.id])
    expect(await runs.delete(W, uuid(1))).toBe(true)
    expect(await runs.states(W, uuid(1))).toEqual([])
    expect(await runs.delete(W, uuid(1))).toBe(false)
  })
})

describe('task runs', () => {
  const task = (n: number, created: string) =>
    newTaskRun(
      taskRunCreateSchema.parse({
        id: uuid(n),
        flow_run_id: uuid(500),
        task_key: 'knead',
        dynamic_key: String(n),
      }),
      { stateId: uuid(900 + n), now: parseInstant(created) ?? 0 },
    )

  it('are listed newest first over months, no more than asked', async () => {
    for (const [n, month] of [9, 11, 10].entries()) {
      await runs.createTask(
        W,
        task(n, `2026-${String(month).padStart(2, '0')}-21T09:00:00.000000Z`),
      )
    }
    const ids = async (limit: number) => (await runs.newestTasks(W, limit)).map(({ id }) => id)
    expect(await ids(10)).toEqual([uuid(1), uuid(2), uuid(0)])
    expect(await ids(2)).toEqual([uuid(1), uuid(2)])
    expect(await runs.count(W, null)).toBe(0)
  })

  it('are read in their flow run, and replaced only as they were read', async () => {
    await runs.createTask(W, task(1, '2026-11-21T09:00:00.000000Z'))
    const was = await runs.taskOf(W, uuid(500), uuid(1))
    if (!was) throw new Error('not there')

    expect(await runs.replaceTask(W, { ...was.value, name: 'first' }, was)).toBe(true)
    expect(await runs.replaceTask(W, { ...was.value, name: 'second' }, was)).toBe(false)
    expect((await runs.taskOf(W, uuid(500), uuid(1)))?.value.name).toBe('first')
    expect(await runs.taskOf(W, null, uuid(1))).toBeNull()
  })
})
