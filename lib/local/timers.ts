// Timers stand for EventBridge Scheduler: one-time schedules, kept in the objects table and fired to the millisecond. At least
// once, as there: a schedule is removed when its target has been invoked, and tried again when that failed. The clock is a
// port, so a test can move it: then `check` fires what has become due.

import { parseAt } from '../aws/schedule-expression.ts'
import { type Agenda, agenda } from '../core/agenda.ts'
import type { Clock, Log } from '../core/ports.ts'
import { MICROS_PER_MS, MICROS_PER_SECOND, type Micros } from '../core/time.ts'
import { KIND } from '../names.ts'
import { queryAll, type Table } from '../store/client.ts'
import { keys, objectItem, readObject } from '../store/table.ts'

/** A schedule in the words of the Scheduler API, as it was given and with its defaults filled in. */
export interface Schedule {
  Name: string
  GroupName: string
  ScheduleExpression: string
  ScheduleExpressionTimezone: string
  State: 'ENABLED' | 'DISABLED'
  ActionAfterCompletion: 'NONE' | 'DELETE'
  Target: { Arn: string; Input?: string | undefined }
  ClientToken?: string | undefined
  /** Seconds since 1970. */
  CreationDate: number
  LastModificationDate: number
}

/** Calls a target, as Scheduler invokes a Lambda function with its input. A rejection is tried again. */
export type Invoke = (targetArn: string, input: string) => Promise<void>

export interface Timers {
  /** False when the name is taken. */
  create(schedule: Schedule): Promise<boolean>
  get(group: string, name: string): Schedule | null
  /** False when there is none of this name. */
  update(schedule: Schedule): Promise<boolean>
  delete(group: string, name: string): Promise<boolean>
  /** All of a group, in no order. */
  list(group: string): Schedule[]
  /** When the next one is due; null: none is. */
  nextAt(): Micros | null
  /** Fires what is due now. Called by whoever moves the clock. */
  check(): void
  /** Resolves when nothing is due or being fired, with the number fired; what waits for its next attempt does not count. */
  drain(): Promise<number>
  /** Lets the firings in hand end. What has not fired will, after the next start. */
  stop(): Promise<void>
}

export interface TimersOptions {
  table: Table
  /** Groups that exist; a schedule's group must be one of them. */
  groups: string[]
  clock: Clock
  log: Log
  invoke: Invoke
}

/** Firings at once: after a long stop, thousands may be due together. */
const FIRING_MAX = 64
const RETRY_MICROS = MICROS_PER_SECOND
const RETRY_MICROS_MAX = 60 * MICROS_PER_SECOND
/** setTimeout's own limit, 24.8 days; longer waits go in steps. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1

interface Entry {
  schedule: Schedule
  version: number
  failures: number
  hasFired: boolean
}

/** Loads the schedules of the groups, and fires those that became due while nobody ran. */
export async function startTimers(options: TimersOptions): Promise<Timers> {
  const { table, groups, clock, log, invoke } = options
  const entries = new Map<string, Entry>()
  const due: Agenda<{ id: string; version: number }> = agenda()
  const firing = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined
  let fired = 0
  let isStopped = false

  const idOf = (group: string, name: string) => `${group}/${name}`

  function plan(entry: Entry, at = whenOf(entry)): void {
    const { schedule, version } = entry
    entries.set(idOf(schedule.GroupName, schedule.Name), entry)
    if (at !== null) due.add(at, { id: idOf(schedule.GroupName, schedule.Name), version })
    check()
  }

  function check(): void {
    clearTimeout(timer)
    if (isStopped) return
    const now = clock.now()
    while (firing.size < FIRING_MAX && (due.nextAt() ?? Infinity) <= now) {
      const next = due.take()
      const entry = next && entries.get(next.id)
      if (entry && entry.version === next.version) begin(entry) // else it was changed or deleted meanwhile
    }
    const nextAt = due.nextAt()
    if (nextAt === null || firing.size >= FIRING_MAX) return
    const ms = Math.min(Math.max(0, Math.ceil((nextAt - now) / MICROS_PER_MS)), TIMEOUT_MS_MAX)
    timer = setTimeout(check, ms)
  }

  function begin(entry: Entry): void {
    const firingEnds = fire(entry).finally(() => {
      firing.delete(firingEnds)
      check()
    })
    firing.add(firingEnds)
  }

  async function fire(entry: Entry): Promise<void> {
    const { schedule } = entry
    try {
      await invoke(schedule.Target.Arn, schedule.Target.Input ?? '{}')
      await complete(entry)
      fired += 1
    } catch (error) {
      entry.failures += 1
      log.warn('schedule not fired', {
        schedule: schedule.Name,
        failures: entry.failures,
        error: String(error),
      })
      const pause = Math.min(RETRY_MICROS * 2 ** (entry.failures - 1), RETRY_MICROS_MAX)
      const id = idOf(schedule.GroupName, schedule.Name)
      due.add(clock.now() + pause, { id, version: entry.version })
    }
  }

  /** A schedule changed while it fired keeps its change: the version tells. */
  async function complete(entry: Entry): Promise<void> {
    const { schedule, version } = entry
    if (schedule.ActionAfterCompletion === 'DELETE') await removeEntry(entry)
    else await write({ ...entry, hasFired: true }, version)
  }

  async function write(entry: Entry, was: number | null): Promise<boolean> {
    const { schedule, hasFired } = entry
    const next = { ...entry, version: (was ?? 0) + 1 }
    const key = keys.schedule(schedule.GroupName, schedule.Name)
    const item = objectItem(KIND.schedule, key, { schedule, hasFired }, next.version)
    if (!(await table.put(item, was === null ? 'new' : { version: was }))) return false
    plan(next)
    return true
  }

  async function removeEntry({ schedule, version }: Entry): Promise<boolean> {
    const { GroupName, Name } = schedule
    if (!(await table.delete(keys.schedule(GroupName, Name), { version }))) return false
    const id = idOf(GroupName, Name)
    if (entries.get(id)?.version === version) entries.delete(id)
    return true
  }

  for (const group of groups) {
    for (const item of await queryAll(table, { partition: keys.schedule(group, '').pk })) {
      const { value, version } = readObject<Pick<Entry, 'schedule' | 'hasFired'>>(item)
      plan({ ...value, version, failures: 0 })
    }
  }

  return {
    create: (schedule) => write({ schedule, version: 0, failures: 0, hasFired: false }, null),
    get: (group, name) => entries.get(idOf(group, name))?.schedule ?? null,
    async update(schedule) {
      const was = entries.get(idOf(schedule.GroupName, schedule.Name))
      if (!was) return false
      return write({ ...was, schedule, failures: 0, hasFired: false }, was.version)
    },
    async delete(group, name) {
      const entry = entries.get(idOf(group, name))
      return entry ? removeEntry(entry) : false
    },
    list: (group) =>
      [...entries.values()]
        .map(({ schedule }) => schedule)
        .filter(({ GroupName }) => GroupName === group),
    nextAt: () => due.nextAt(),
    check,
    async drain() {
      const before = fired
      check()
      while (firing.size > 0) await Promise.race(firing)
      return fired - before
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await Promise.all(firing)
    },
  }
}

/** When an entry is to fire; null for never. */
function whenOf({ schedule, hasFired }: Entry): Micros | null {
  if (hasFired || schedule.State === 'DISABLED') return null
  return parseAt(schedule.ScheduleExpression, schedule.ScheduleExpressionTimezone)
}
