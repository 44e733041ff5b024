// What has been counted: whether an event that others follow is behind them for good. Which of two was stored first nobody can tell from
// when they arrived, nor how far other shards of the stream have come; but what was counted would change nothing if it came again.
import type { Event } from '../core/event.ts'
import type { Services, Workspace } from '../core/ports.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import { changesNothing, type Fold } from './fold.ts'

/**
 * How long after its arrival an event is asked for at most: by then it has been counted, as a rule, and a bucket that took hundreds since
 * would not remember. An evaluator that is further behind than the others lets followers of its events pass.
 */
const ASKED_FOR: Micros = 15 * MICROS_PER_SECOND

/** Ids that this process remembers having counted. */
const KNOWN_MAX = 10_000

type Uses = Pick<Services, 'triggers' | 'events' | 'clock' | 'scheduler'>

export interface Counted {
  /** Notes what this process counted. */
  note(workspace: Workspace, events: readonly Event[]): void
  isKnown(workspace: Workspace, id: string): boolean
  /** Whether a stored event has been counted in all folds that there are of it. The stream has come to `asOf`. */
  has(
    workspace: Workspace,
    event: Event,
    asOf: string,
    folds: () => Promise<Fold[]>,
  ): Promise<boolean>
}

export function countedEvents(services: Uses): Counted {
  const known = new Set<string>()

  return {
    note(workspace, events) {
      for (const { id } of events) known.add(`${workspace}/${id}`)
      for (const oldest of known) {
        if (known.size <= KNOWN_MAX) break
        known.delete(oldest)
      }
    },

    isKnown: (workspace, id) => known.has(`${workspace}/${id}`),

    async has(workspace, event, asOf, folds) {
      if (instant(event.received) < instant(asOf) - ASKED_FOR) return true
      const unchanged = (await folds()).map((fold) => changesNothing(services, workspace, fold))
      return (await Promise.all(unchanged)).every(Boolean)
    },
  }
}

const instant = (text: string): Micros => parseInstant(text) ?? 0
