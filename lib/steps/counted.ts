// What has been counted: whether an event that others follow is behind them for good. Which of two was stored first nobody can tell from
// when they arrived, nor how far other shards of the stream have come; but what was counted would change nothing if it came again.
import type { Event } from '../core/event.ts'
import type { Services } from '../core/ports.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { type Fold, ifRepeated } from './fold.ts'

/** Events that arrived so long ago are not asked for: an evaluator that is further behind lets followers of its events pass. */
const ASKED_FOR: Micros = 60 * MICROS_PER_SECOND

/** The same for busy memories, which cannot tell what they never took from what they have forgotten. */
const ASKED_FOR_OF_BUSY: Micros = 2 * MICROS_PER_SECOND

/** Ids that this process remembers having counted. */
const KNOWN_MAX = 10_000

type Uses = Pick<Services, 'triggers' | 'events' | 'clock' | 'scheduler'>

export interface Counted {
  /** Notes what this process counted. */
  note(workspace: Workspace, events: readonly Event[]): void
  isKnown(workspace: Workspace, id: string): boolean
  /** Whether a stored event has been counted in all folds that there are of it, as far as anybody can tell. */
  has(workspace: Workspace, event: Event, options: AskOptions): Promise<boolean>
}

export interface AskOptions {
  /** How far the stream has come. */
  asOf: string
  /** Somebody noted that it is held back. The note may be older than its counting. */
  isHeld: boolean
  folds(): Promise<Fold[]>
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

    async has(workspace, event, { asOf, isHeld, folds }) {
      const age = instant(asOf) - instant(event.received)
      if (!isHeld && age > ASKED_FOR) return true
      const again = (await folds()).map((fold) => ifRepeated(services, workspace, fold))
      const outcomes = await Promise.all(again)
      if (outcomes.includes('something')) return false
      return !outcomes.includes('forgotten') || (!isHeld && age > ASKED_FOR_OF_BUSY)
    },
  }
}

const instant = (text: string): Micros => parseInstant(text) ?? 0
