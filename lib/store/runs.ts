// Flow runs with their states. A run's own item moves from state to state; indexes find it by owner and month, which never
// change, and, while it waits in a SCHEDULED state, by its time and who polls for it. What an index says is read again from the
// items themselves, for an index may be a moment behind.
import type { RenewedLease, RunStore } from '../core/ports.ts'
import type { FlowRun, State } from '../core/run.ts'
import type { TaskRun } from '../core/task-run.ts'
import type { Workspace } from '../core/workspace.ts'
import { ATTRIBUTE, KIND } from '../names.ts'
import { type Item, keyOf, queryAll, type Range, type Table } from './client.ts'
import { type Indexes, keys, monthOf, objectItem, readObject } from './table.ts'
import { taskRunStore } from './task-runs.ts'
import { putEachNew } from './write.ts'

type Monthly = typeof keys.runsOfMonth

/** Sorts behind every id. */
const LAST = '~'

export function runStore(table: Table): RunStore {
  /** Months this process has already written down, so that a run costs no second write. */
  const months = new Set<string>()

  async function noteMonths(workspace: Workspace, runs: { created: string }[]): Promise<void> {
    for (const month of new Set(runs.map((run) => monthOf(run.created)))) {
      const key = keys.runMonth(workspace, month)
      const known = `${key.pk}/${key.sk}`
      if (months.has(known)) continue
      await table.put(objectItem(KIND.runMonth, key, { month }, 1))
      months.add(known)
    }
  }

  async function readAll<T = FlowRun>(listed: Item[]): Promise<T[]> {
    const items = await table.getMany(listed.map(keyOf))
    return items.map((item) => readObject<T>(item).value)
  }

  /** A workspace's runs, or what else is kept so, by month, the last month first. */
  async function byMonth(workspace: Workspace, monthly: Monthly = keys.runsOfMonth) {
    const partition = keys.runMonth(workspace, '').pk
    const known = await queryAll(table, { partition, descending: true })
    return known.map(
      ({ sk }): Range => ({
        index: 'time',
        partition: monthly(workspace, String(sk), '').t,
        descending: true,
      }),
    )
  }

  async function newest(workspace: Workspace, monthly: Monthly, limit: number): Promise<Item[]> {
    const found: Item[] = []
    for (const month of await byMonth(workspace, monthly)) {
      found.push(...(await queryAll(table, { ...month, limit: limit - found.length })))
      if (found.length >= limit) break
    }
    return found
  }

  const ofOwner = (workspace: Workspace, owner: string): Range => ({
    index: 'owner',
    partition: keys.runsOf(workspace, owner, '', '').o,
  })

  const activeIn = (workspace: Workspace, queueId: string) => ({
    index: 'due' as const,
    partition: keys.activeRun(workspace, queueId, '').u,
  })

  const tasks = taskRunStore(table)

  return {
    ...tasks,

    async createTask(workspace, task) {
      await noteMonths(workspace, [task])
      return tasks.createTask(workspace, task)
    },

    newestTasks: async (workspace, limit) =>
      readAll<TaskRun>(await newest(workspace, keys.tasksOfMonth, limit)),

    async create(workspace, runs) {
      await noteMonths(workspace, runs)
      const fresh = await putEachNew(
        table,
        runs.map((run) => itemOf(workspace, run, 1)),
      )
      return new Set(runs.filter((_, i) => fresh.has(i)).map((run) => run.id))
    },

    async get(workspace, id) {
      const item = await table.get(keys.run(workspace, id))
      return item ? readObject<FlowRun>(item) : null
    },

    async list(workspace, selection) {
      if ('newest' in selection) {
        return readAll(await newest(workspace, keys.runsOfMonth, selection.newest))
      }
      if ('ids' in selection) {
        return readAll([...new Set(selection.ids)].map((id) => keys.run(workspace, id)))
      }
      const listed = await Promise.all(
        [...new Set(selection.owners)].map((owner) => queryAll(table, ofOwner(workspace, owner))),
      )
      return readAll(listed.flat())
    },

    async count(workspace, owners) {
      const ranges = owners?.map((owner) => ofOwner(workspace, owner))
      const counts = await Promise.all(
        (ranges ?? (await byMonth(workspace))).map((range) => table.count(range)),
      )
      return counts.reduce((sum, count) => sum + count, 0)
    },

    async due(workspace, pollerId, before, limit) {
      const listed = await queryAll(table, {
        index: 'due',
        partition: keys.dueRun(workspace, pollerId, '', '').u,
        to: `${before}#${LAST}`,
        limit,
      })
      const runs = await readAll(listed)
      return runs
        .filter((run) => isDue(run, before))
        .sort((a, b) => (dueKey(a) < dueKey(b) ? -1 : 1))
    },

    countActive: (workspace, queueId) => table.count(activeIn(workspace, queueId)),

    async listActive(workspace, queueId, limit) {
      const listed = await queryAll(table, { ...activeIn(workspace, queueId), limit })
      return (await readAll<FlowRun>(listed)).filter(isActive)
    },

    replace: (workspace, next, was) =>
      table.put(itemOf(workspace, next, was.version + 1), { version: was.version }),

    async delete(workspace, id, was) {
      const key = keys.run(workspace, id)
      if (was && !(await table.delete(key, { version: was.version }))) return false
      const items = await queryAll(table, { partition: key.pk })
      for (const item of items) await table.delete(keyOf(item))
      return was !== undefined || items.some((item) => item[ATTRIBUTE.sort] === key.sk)
    },

    async recordState(workspace, runId, state) {
      const key = keys.runState(workspace, runId, state.timestamp, state.id)
      await table.put(objectItem(KIND.state, key, state, 1), 'new')
    },

    async states(workspace, runId) {
      const partition = keys.run(workspace, runId).pk
      const items = await queryAll(table, { partition, prefix: 'state#' })
      return items.map((item) => readObject<State>(item).value)
    },

    async renewLease(workspace, runId, lease) {
      await table.put(objectItem(KIND.lease, keys.runLease(workspace, runId), lease, 1))
    },

    async lease(workspace, runId) {
      const item = await table.get(keys.runLease(workspace, runId))
      return item ? readObject<RenewedLease>(item).value : null
    },
  }
}

const itemOf = (workspace: Workspace, run: FlowRun, version: number): Item =>
  objectItem(KIND.flowRun, keys.run(workspace, run.id), run, version, indexesOf(workspace, run))

function indexesOf(workspace: Workspace, run: FlowRun): Indexes {
  const { id, created, next_scheduled_start_time: at } = run
  const poller = run.work_queue_id ?? run.deployment_id
  return {
    ...keys.runsOf(workspace, run.deployment_id ?? run.flow_id, created, id),
    ...keys.runsOfMonth(workspace, created, id),
    ...(poller && at && isScheduled(run) ? keys.dueRun(workspace, poller, at, id) : {}),
    ...(run.work_queue_id && isActive(run) ? keys.activeRun(workspace, run.work_queue_id, id) : {}),
  }
}

/** States in which a run counts against the limits of its queue and pool. */
const ACTIVE: readonly unknown[] = ['PENDING', 'RUNNING', 'CANCELLING']

const isActive = (run: FlowRun): boolean => ACTIVE.includes(run.state?.type)

const isScheduled = (run: FlowRun): boolean => run.state?.type === 'SCHEDULED'

const isDue = (run: FlowRun, before: string): boolean =>
  isScheduled(run) && (run.next_scheduled_start_time ?? LAST) <= before

const dueKey = (run: FlowRun): string => `${run.next_scheduled_start_time}#${run.id}`
