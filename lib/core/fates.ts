// Fates worth knowing of: events that a trigger with memory wanted and that nevertheless changed nothing there, or not yet. They are
// counted as they happen, for metrics, and recomputed for those who ask about an event (docs/decisions/0013-fates.md).
import type { Fate } from './evaluate.ts'
import type { TriggerExplanation } from './explain.ts'

/** In the order in which they are told. */
export const COUNTED_FATES = ['late', 'held', 'ignored'] as const

/**
 * `late`: it happened before the window began. `held`: it waits for the event it follows. `ignored`: no window was open that would have
 * counted it.
 */
export type CountedFate = (typeof COUNTED_FATES)[number]

export type FateCounts = Record<CountedFate, number>

/** Told what became of events, a batch at a time; a batch that comes again is counted again. */
export type Tally = (counts: FateCounts) => void

/** One trigger's. */
export interface EventFate extends Pick<TriggerExplanation, 'path' | 'text' | 'source'> {
  automation_id: string
  automation_name: string
  verdict: CountedFate
}

/** What became of some events. */
export interface Fates {
  /** By event; one that nothing of the kind befell has none. */
  fates: Record<string, EventFate[]>
  /** False when there was not the time to read all of it again: then there may be more. */
  is_whole: boolean
}

export const isCountedFate = (fate: string): fate is CountedFate =>
  (COUNTED_FATES as readonly string[]).includes(fate)

/** How many there are of each; null for none of any. */
export function countFates(fates: readonly (Fate | 'held')[]): FateCounts | null {
  const counts: FateCounts = { late: 0, held: 0, ignored: 0 }
  for (const fate of fates) if (isCountedFate(fate)) counts[fate] += 1
  return COUNTED_FATES.some((fate) => counts[fate] > 0) ? counts : null
}
