// What a replay remembers in the place of stores: buckets, which events were evaluated, and the moves that metrics measure from.
// Buckets may go when their store would let them go; the rest is bounded by the newest, or by `isFull` of the replay.
import type { Event } from './event.ts'
import type { Memory } from './fold.ts'
import { idSet } from './id-set.ts'
import { LEADER_MEMORY } from './ordering.ts'
import type { Micros } from './time.ts'

/** What a bucket weighs beside its key and the ids it took. */
const BUCKET_CHARACTERS = 300
/** Earlier moves of runs that are kept for metrics, the newest. */
const MOVES_MAX = 20_000
/** Changes of buckets after which those that may be forgotten are. */
const SWEEP_EVERY = 50_000

/** When events were evaluated, as far as it matters; null: they were not, or it is forgotten. */
export interface Evaluated {
  at(id: string, now: Micros): Micros | null
  note(id: string, now: Micros): void
  size(): number
}

/** Stored is stored: an event of a known id changes nothing, and a leader that came is ahead. */
export function forEver(): Evaluated {
  const ids = idSet()
  return {
    at: (id, now) => (ids.has(id) ? now : null),
    note: (id) => void ids.add(id),
    size: () => ids.size,
  }
}

/** As Prefect's services do: an id is known for LEADER_MEMORY after it was last evaluated, and then is new again. */
export function forLeaderMemory(): Evaluated {
  const at = new Map<string, Micros>()
  return {
    at(id, now) {
      const evaluatedAt = at.get(id) ?? Number.NEGATIVE_INFINITY
      return now - evaluatedAt < LEADER_MEMORY ? evaluatedAt : null
    },
    note(id, now) {
      at.delete(id)
      at.set(id, now)
      for (const [oldest, evaluatedAt] of at) {
        if (now - evaluatedAt < LEADER_MEMORY) break
        at.delete(oldest)
      }
    },
    size: () => at.size,
  }
}

/** Runs' moves by their events' ids, for measuring how long an earlier state lasted. */
export interface Moves {
  add(event: Event): void
  get(id: string): Event | null
}

/** The latest events of runs, which later ones of the same runs are measured from. */
export function movesMemory(): Moves {
  const events = new Map<string, Event>()
  return {
    add(event) {
      if (event.payload.validated_state === undefined) return
      events.set(event.id, event)
      if (events.size <= MOVES_MAX) return
      for (const oldest of events.keys()) {
        events.delete(oldest)
        break
      }
    },
    get: (id) => events.get(id) ?? null,
  }
}

interface Kept {
  value: unknown
  disposableAt: Micros | null
  characters: number
}

/** Buckets and composites in a Map. `characters` is what they weigh, roughly: a replay ends before it fills the process. */
export function replayMemory(now: () => Micros): Memory & { characters(): number } {
  const kept = new Map<string, Kept>()
  let characters = 0
  let changes = 0

  /** A trigger's store forgets these too, at its leisure. */
  function sweep(): void {
    for (const [key, { disposableAt, characters: its }] of kept) {
      if (disposableAt === null || disposableAt > now()) continue
      kept.delete(key)
      characters -= its
    }
  }

  return {
    get: <T>(key: string) => (kept.get(key)?.value ?? null) as T | null,
    set(key, value, disposableAt = null) {
      const taken = (value as { taken?: string } | null)?.taken ?? ''
      const weight = BUCKET_CHARACTERS + 2 * key.length + taken.length
      characters += weight - (kept.get(key)?.characters ?? 0)
      kept.set(key, { value, disposableAt, characters: weight })
      changes += 1
      if (changes % SWEEP_EVERY === 0) sweep()
    },
    characters: () => characters,
  }
}
