// How the machinery is doing, as far as a process knows. What it cannot know is null, so that nobody takes it for good news.
import type { Spending } from './capacity.ts'
import type { FateCounts } from './fates.ts'
import type { Micros } from './time.ts'
import type { WakeKey } from './wake-key.ts'
import type { Workspace } from './workspace.ts'

/** How far a reader of a stream is. */
export interface ReaderVitals {
  name: string
  stream: 'events' | 'objects'
  /** How old the oldest record is that it has in hand; null: it has done all there is. */
  behindMs: number | null
}

/** Wakes that are to come, of one kind. */
export interface WakeVitals {
  kind: WakeKey['kind']
  count: number
  /** When the first of them is due. */
  next: Micros
}

/** A record that a reader of a stream could not do. */
export interface ShownLetter {
  id: string
  at: string
  reader: string
  error: string
}

/** Records that were set aside so that those behind them could pass. */
export interface DeadLetters {
  /** Newest first. */
  list(limit: number): Promise<ShownLetter[]>
  count(): Promise<number>
  get(id: string): Promise<(ShownLetter & { record: unknown }) | null>
  /** Hands it to its reader once more. Done, it is gone. @throws Refusal 404 */
  retry(id: string): Promise<{ error: string | null }>
}

/** What a process knows of the machinery that it is part of. Null: it cannot know; on AWS, that is what CloudWatch is for. */
export interface Vitals {
  readers: (() => ReaderVitals[]) | null
  wakes: ((workspace: Workspace) => WakeVitals[]) | null
  spending: (() => Spending) | null
  letters: DeadLetters | null
  /** Events that came late, wait or were ignored, since the process began. */
  fates: (() => FateCounts) | null
  /** Where the rest is to be seen. */
  dashboardUrl: string | null
}

/** A process that knows nothing of what is around it. */
export const NO_VITALS: Vitals = {
  readers: null,
  wakes: null,
  spending: null,
  letters: null,
  fates: null,
  dashboardUrl: null,
}
