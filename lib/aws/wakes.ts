// Wakes, whoever makes the alarm ring: a mark in the objects table tells others that one is coming, so that a heartbeat costs
// no schedule each. Imports no client, for every function behind the first write has this.
import type { Clock, Scheduler } from '../core/ports.ts'
import type { Micros } from '../core/time.ts'
import type { WakeKey } from '../core/wake-key.ts'
import { KIND } from '../names.ts'
import type { Table } from '../store/client.ts'
import { expiring, keys, objectItem, readObject } from '../store/table.ts'
import { type Precision, roundUp, UNIT } from './schedule-expression.ts'

/** Sees to it that the wake of a key comes at a moment: once more when asked once more, never earlier. */
export type Arm = (key: WakeKey, at: Micros) => Promise<void>

export interface WakeOptions {
  /** The objects table, which holds the marks. */
  table: Table
  clock: Clock
  /** AWS knows whole seconds, the local timers milliseconds. */
  precision: Precision
}

/** A mark is of no use after its time; TTL removes what no wake has taken. */
const MARK_SECONDS = 3_600
/** Keys remembered by a warm process. Beyond it everything is forgotten: each then costs one read. */
const ARMED_MAX = 10_000

/**
 * The order that loses no wake:
 *
 * 1. who creates work writes it first, then calls `wakeAt`;
 * 2. `wakeAt` arms first, then writes the mark: a mark never speaks of a wake that will not come;
 * 3. the woken clears the mark first (`takeWake`), then reads: who saw the mark had written before it was cleared. A mark whose time
 *    lies ahead is another wake's, which is still to come: it stays, or each of several wakes at once would arm the next one anew.
 *
 * A mark, or a process's memory of it, counts only while its time lies ahead: then its wake cannot have been taken yet,
 * and one left behind by a crash stops nothing. The name of a schedule derives from key and time, so many creators at once
 * make one; and the time lies ahead by a unit of the precision (clocks differ), so a schedule of that name cannot have fired.
 * More wakes than needed are possible and harmless; fewer are not.
 */
export function wakesBy(arm: Arm, { table, clock, precision }: WakeOptions): Scheduler {
  const armed = new Map<string, Micros>()

  async function markOf(text: string): Promise<{ at: Micros } | null> {
    const item = await table.get(keys.wake(text))
    return item && readObject<{ at: Micros }>(item).value
  }

  return {
    async wakeAt(key, at) {
      const now = clock.now()
      const soonest = now + UNIT[precision]
      const due = roundUp(Math.max(at, soonest), precision)
      const isComing = (other: Micros | undefined) =>
        other !== undefined && soonest <= other && other <= due
      const text = textOf(key)
      if (isComing(armed.get(text))) return
      if (armed.size >= ARMED_MAX) armed.clear()
      const mark = await markOf(text)
      if (mark && isComing(mark.at)) {
        armed.set(text, mark.at)
        return
      }
      await arm(key, due)
      await table.put({
        ...objectItem(KIND.wake, keys.wake(text), { at: due }, 1),
        ...expiring(due, MARK_SECONDS),
      })
      armed.set(text, due)
    },

    async takeWake(key) {
      const text = textOf(key)
      const soonest = clock.now() + UNIT[precision]
      if ((armed.get(text) ?? 0) < soonest) armed.delete(text)
      const mark = await markOf(text)
      if (mark && mark.at < soonest) await table.delete(keys.wake(text))
    },
  }
}

/** A wake's key as one text. */
export const textOf = ({ kind, workspace, id }: WakeKey): string => `${kind}#${workspace}#${id}`
