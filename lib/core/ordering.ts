// The order in which events are evaluated: by when they occurred, and never before the event they say they follow. Pure decisions;
// who has been evaluated when, and who waits for whom, is kept by the caller.
import type { Event } from './event.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'

/** How long after its arrival an event waits for the one it follows; then that one counts as lost. */
const WAIT_FOR_LEADER: Micros = 15 * 60 * MICROS_PER_SECOND

/** How long an evaluated event is remembered as somebody's leader. A follower that comes later waits in vain. */
export const LEADER_MEMORY: Micros = 30 * 60 * MICROS_PER_SECOND

/** Generations of followers that one event releases: beyond that they follow in a circle, or might as well. */
export const FOLLOW_DEPTH_MAX = 20

/** What ordering asks of an event. */
export type Ordered = Pick<Event, 'id' | 'follows' | 'occurred' | 'received'>

/**
 * Whether an event has to wait for the one it follows. `leaderEvaluatedAt` is when that was evaluated, null if it was not or
 * nobody remembers. Whoever follows nobody, or itself, or has waited long enough, goes ahead.
 */
export function mustWait(event: Ordered, leaderEvaluatedAt: Micros | null, now: Micros): boolean {
  if (event.follows === null || event.follows === event.id) return false
  if (now >= waitsUntil(event)) return false
  return leaderEvaluatedAt === null || now - leaderEvaluatedAt >= LEADER_MEMORY
}

/** The moment from which a waiting event is evaluated without its leader. */
export const waitsUntil = (event: Ordered): Micros => at(event.received) + WAIT_FOR_LEADER

/**
 * Those that were waiting for an event just evaluated, in the order in which they are evaluated now: siblings by when they
 * occurred, each followed by its own followers. Deeper generations than FOLLOW_DEPTH_MAX stay waiting.
 */
export const released = <E extends Ordered>(leader: Ordered, waiting: readonly E[]): E[] =>
  descendants(leader.id, followersIn(byOccurrence(waiting)), FOLLOW_DEPTH_MAX)

/**
 * Events by when they occurred, but none before the one it follows, where both are there: a follower that occurred first comes right after
 * its leader, and all others stay where their time puts them.
 */
export function inCausalOrder<E extends Ordered>(events: readonly E[]): E[] {
  const sorted = byOccurrence(events)
  const followers = followersIn(sorted)
  if (followers.size === 0) return sorted
  const present = new Set(sorted.map(({ id }) => id))
  const placed = new Set<string>()
  const isInTurn = ({ id, follows }: E) =>
    follows === null || follows === id || !present.has(follows) || placed.has(follows)
  const ordered: E[] = []
  for (const event of sorted) {
    const ready = isInTurn(event) ? [event] : []
    for (let next = ready.shift(); next; next = ready.shift()) {
      ordered.push(next)
      placed.add(next.id)
      const before = (followers.get(next.id) ?? []).filter((one) => compare(one, event) < 0)
      ready.unshift(...before)
    }
  }
  return [...ordered, ...sorted.filter(({ id }) => !placed.has(id))]
}

function followersIn<E extends Ordered>(events: readonly E[]): Map<string, E[]> {
  const followers = new Map<string, E[]>()
  for (const event of events) {
    if (event.follows === null || event.follows === event.id) continue
    const siblings = followers.get(event.follows)
    if (siblings) siblings.push(event)
    else followers.set(event.follows, [event])
  }
  return followers
}

function descendants<E extends Ordered>(
  leaderId: string,
  followers: Map<string, E[]>,
  depth: number,
): E[] {
  if (depth === 0) return []
  const siblings = followers.get(leaderId) ?? []
  return siblings.flatMap((event) => [event, ...descendants(event.id, followers, depth - 1)])
}

/** Those of the waiting events whose leader counts as lost, in the order in which they are evaluated. */
export const lost = <E extends Ordered>(waiting: readonly E[], now: Micros): E[] =>
  byOccurrence(waiting.filter((event) => now >= waitsUntil(event)))

/** Events by when they occurred; those of one instant by id, so that every evaluator has the same order. */
const byOccurrence = <E extends Ordered>(events: readonly E[]): E[] => events.toSorted(compare)

const compare = (a: Ordered, b: Ordered): number =>
  compareText(a.occurred, b.occurred) || compareText(a.id, b.id)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const at = (instant: string): Micros => parseInstant(instant) ?? 0
