// The model that the simulation is held against: what core makes of a commit's arrivals, told one after the other to the states that
// were there before. It shares core's decisions with the product, and nothing of its steps and stores.
import { isDeepStrictEqual } from 'node:util'
import type { Automation } from '../lib/core/automation.ts'
import { type Bucket, onlyMovesForward } from '../lib/core/bucket.ts'
import {
  type CompiledAutomation,
  type CompiledTrigger,
  compileAutomation,
} from '../lib/core/compiled-trigger.ts'
import { ascend, type ChildFiring, type CompositeState } from '../lib/core/composite.ts'
import { nextDeadline } from '../lib/core/deadline.ts'
import { evaluate, evaluateBatch, evaluateDue } from '../lib/core/evaluate.ts'
import type { Event } from '../lib/core/event.ts'
import { type Firing, type FiringDecision, firingId } from '../lib/core/firing.ts'
import { bucketKey, bucketName, expects, isInterested } from '../lib/core/match.ts'
import { inCausalOrder } from '../lib/core/ordering.ts'
import { hasTaken } from '../lib/core/taken.ts'
import { type Micros, parseInstant } from '../lib/core/time.ts'
import { KIND } from '../lib/names.ts'
import type { Batch, Commit, History } from './simulation.ts'

/** An event that a trigger's bucket meets, or the moment up to which its window is looked at. */
export type Meeting = { trigger: CompiledTrigger; key: string } & (
  | { event: Event }
  | { at: Micros }
)

/** States by key: buckets of event triggers and states of composites. */
export type States = ReadonlyMap<string, unknown>

interface Circumstances {
  before: States
  now: Micros
  earlier: Meeting[]
  recorded: States
}

export interface Replayed {
  states: Map<string, unknown>
  /** Ids of the firings that reached the root. */
  firings: string[]
}

export const stateKey = (
  { automationId, path, hash }: Pick<CompiledTrigger, 'automationId' | 'path' | 'hash'>,
  name: string,
): string => `${automationId}/${path}/${hash}/${name}`

export const keyOf = (trigger: CompiledTrigger, event: Event): string =>
  stateKey(trigger, bucketName(bucketKey(trigger, event).values))

/** Whom the events of a batch meet in an automation: by when they occurred, followers after their leaders, siblings by their places. */
export const meetingsOf = (automation: CompiledAutomation, events: Event[]): Meeting[] =>
  inCausalOrder([...new Map(events.map((event) => [event.id, event])).values()]).flatMap((event) =>
    automation.triggers
      .filter((trigger) => isInterested(trigger, event))
      .map((trigger) => ({ trigger, key: keyOf(trigger, event), event })),
  )

/** `earlier` are those that a window opened by `after` may find to have come before it, `recorded` the states that came of it. */
export function replay(
  automation: CompiledAutomation,
  meetings: Meeting[],
  { before, now, earlier, recorded }: Circumstances,
): Replayed {
  const states = new Map<string, unknown>()
  const firings: string[] = []
  const get = <T>(key: string) => (states.get(key) ?? before.get(key) ?? null) as T | null
  let queue = [...meetings]
  for (let meeting = queue.shift(); meeting; meeting = queue.shift()) {
    const { trigger, key } = meeting
    const bucket = get<Bucket>(key)
    const decided = decide(meeting, bucket)
    if (decided.bucket !== bucket) states.set(key, decided.bucket)
    if (trigger.hasAfter && decided.bucket?.window?.start !== bucket?.window?.start) {
      const found = earlier.filter((one) => isFor(decided.bucket, key, one) && !isIn(queue, one))
      queue = enqueued(queue, foundTogether(queue, found, takenIn(recorded.get(key))))
    }
    for (const { cause, labels, eventId, eventIds } of decided.firings) {
      const id = firingId(trigger, key.slice(key.lastIndexOf('/') + 1), cause)
      const { path } = trigger
      const named = { labels, eventId, ...(eventIds && { eventIds }) }
      const child: ChildFiring = { id, path, firedAt: now, ...named, children: [] }
      const keyAt = (path: string) => {
        const composite = automation.composites.find((one) => one.path === path)
        return composite ? stateKey(composite, '') : ''
      }
      const risen = ascend(automation, child, (path) => get<CompositeState>(keyAt(path)))
      for (const [path, state] of risen.states) states.set(keyAt(path), state)
      if (risen.root) firings.push(risen.root.id)
    }
  }
  return { states, firings }
}

/**
 * Of events that a window may have found, those that it can have found at once: one that the bucket took behind another that stands behind
 * it was not in the feed yet, or waited for the one it follows, and was found by a later opening.
 */
function foundTogether(queue: Meeting[], meetings: Meeting[], taken: string): Meeting[] {
  const placed = enqueued(queue, meetings).filter((one) => meetings.includes(one))
  const places = placed.map((one) => ('event' in one ? lengthUpTo(taken, one.event.id) : 0))
  return placed.filter((_, i) => places.slice(i + 1).every((place) => place > (places[i] ?? 0)))
}

const isIn = (queue: Meeting[], meeting: Meeting): boolean =>
  'event' in meeting && queue.some((one) => 'event' in one && one.event.id === meeting.event.id)

function inOrder(meetings: Meeting[]): Meeting[] {
  const of = new Map(meetings.flatMap((one) => ('event' in one ? [[one.event, one] as const] : [])))
  return inCausalOrder([...of.keys()]).flatMap((event) => of.get(event) ?? [])
}

/** Whether an event is of this bucket, and in its window. */
function isFor(bucket: Bucket | null, key: string, meeting: Meeting): boolean {
  if (!('event' in meeting) || meeting.key !== key || !bucket?.window) return false
  const at = parseInstant(meeting.event.occurred) ?? 0
  const isWithin = at >= bucket.window.start && at < bucket.window.end
  return isWithin && !hasTaken(bucket.taken, meeting.event.id)
}

/** The queue with meetings put before the first of a later event, but behind the one they follow. */
function enqueued(queue: Meeting[], meetings: Meeting[]): Meeting[] {
  const all = [...queue]
  const lastOf = (id: string | null) =>
    all.findLastIndex((one) => 'event' in one && one.event.id === id)
  for (const meeting of inOrder(meetings)) {
    if (!('event' in meeting)) continue
    const { follows, occurred } = meeting.event
    const from = lastOf(follows) + 1
    const isLater = (one: Meeting) => !('event' in one) || one.event.occurred > occurred
    const place = all.findIndex((one, i) => i >= from && isLater(one))
    all.splice(place < 0 ? all.length : place, 0, meeting)
  }
  return all
}

function decide(
  meeting: Meeting,
  bucket: Bucket | null,
): { bucket: Bucket | null; firings: FiringDecision[] } {
  if ('event' in meeting) return evaluateBatch(meeting.trigger, bucket, [meeting.event])
  const { bucket: next, firing } = evaluateDue(meeting.trigger, bucket, meeting.at)
  return { bucket: next, firings: firing ? [firing] : [] }
}

/** A commit in the words of core. */
interface Committed {
  automationId: string
  states: Map<string, unknown>
  firings: Firing[]
}

function committed({ writes }: Commit): Committed {
  const items = writes.flatMap((write) => ('put' in write ? [write.put] : []))
  const read = <T>(item: (typeof items)[number]) => JSON.parse(String(item.d)) as T
  const ofKind = (kind: string) => items.filter(({ k }) => k === kind)
  const states = new Map(ofKind(KIND.bucket).map((item) => [String(item.sk), read(item)]))
  const firings = ofKind(KIND.firing).map((item) => read<Firing>(item))
  const [key = firings[0]?.automation_id ?? ''] = states.keys()
  return { automationId: key.split('/')[0] ?? '', states, firings }
}

/** The moments at which the arrivals of a commit may have been looked at: it is in all that fired. */
function momentsOf({ states, firings }: Committed, at: Micros): Micros[] {
  const stored = [...states.values()].flatMap((state) => (state as CompositeState).stored ?? [])
  const fired = firings.map(({ triggered }) => parseInstant(triggered) ?? 0)
  return [...new Set([...fired, ...stored.map(({ firedAt }) => firedAt), at])]
}

/** What core gives for the very arrivals of a commit; null when it can have come of nothing its evaluator was given. */
function explain(
  automation: CompiledAutomation,
  found: Committed,
  commit: Commit,
  before: States,
  events: Event[],
): Replayed | null {
  const isFolded = ({ trigger, key }: Meeting) => trigger.path !== '' || found.states.has(key)
  const isNew = ({ key, ...meeting }: Meeting) =>
    'event' in meeting && isNewlyTaken(meeting.event.id, before.get(key), found.states.get(key))
  const candidates = commit.batches.flatMap((batch) => {
    const met = meetingsOf(automation, batch.events)
    const chosen = heldOf(met).flatMap((held) => {
      const folded = met.filter((one) => isFolded(one) && 'event' in one && !held.has(one.event.id))
      // Those that changed nothing may have met a bucket of a moment before: that of others' commits is not asked again.
      return [folded, folded.filter((one) => isNew(one) || !one.trigger.hasMemory)]
    })
    const ended = batch.marks.flatMap((mark) => {
      if (mark.kind === 'held') {
        const released = events.filter(({ id }) => id === mark.eventId)
        return [meetingsOf(automation, released).filter(isFolded)]
      }
      const { key } = mark
      const trigger = automation.triggers.find((one) => key.startsWith(stateKey(one, '')))
      if (!trigger) return []
      const late = meetingsOf(automation, events).filter((one) => one.key === key && isNew(one))
      return [[...inOrder(late), { trigger, key, at: mark.at }]]
    })
    return [...chosen, ...ended]
  })
  const ids = found.firings.map(({ id }) => id)
  const recorded = found.states
  const earlier = meetingsOf(automation, events).filter((one) => one.trigger.hasAfter && isNew(one))
  for (const meetings of candidates) {
    for (const now of momentsOf(found, commit.at)) {
      const replayed = replay(automation, meetings, { before, now, earlier, recorded })
      if (isDeepStrictEqual(replayed, { states: found.states, firings: ids })) return replayed
    }
  }
  return null
}

/** Followers of a batch that may have been held back are so many at most; more than that are tried all or none. */
const HELD_MAX = 6

/**
 * What may have been held back of those whom an automation meets, with their own followers: whoever follows none of them. One that it
 * does not meet may have been held back for another.
 */
function heldOf(met: Meeting[]): Set<string>[] {
  const events = new Set(met.flatMap((one) => ('event' in one ? [one.event] : [])))
  const present = new Set([...events].map(({ id }) => id))
  const waiting = [...events].filter(({ follows }) => follows !== null && !present.has(follows))
  const masks = waiting.length > HELD_MAX ? [0, -1] : [...Array(2 ** waiting.length).keys()]
  return masks.map((mask) => {
    const held = new Set(waiting.filter((_, i) => (mask >> i) & 1).map(({ id }) => id))
    for (let size = -1; size !== held.size; ) {
      size = held.size
      for (const { id, follows } of events) if (follows && held.has(follows)) held.add(id)
    }
    return held
  })
}

const takenIn = (state: unknown): string => (state as Bucket | undefined)?.taken ?? ''

const isNewlyTaken = (id: string, before: unknown, after: unknown): boolean =>
  hasTaken(takenIn(after), id) && !hasTaken(takenIn(before), id)

/** Every firing there should be, by automation, and what is wrong with the commits. */
export function model(
  automations: Automation[],
  events: Event[],
  history: History & { shards: number },
) {
  const compiled = new Map(automations.map((one) => [one.id, compileAutomation(one)]))
  const states = new Map<string, unknown>()
  const versions = new Map<string, unknown[]>()
  const firings = new Map(automations.map(({ id }) => [id, new Set<string>()]))
  const faults: string[] = []
  for (const commit of history.commits) {
    const found = committed(commit)
    const automation = compiled.get(found.automationId)
    if (!automation) continue // the budget of a loop watch
    const replayed = explain(automation, found, commit, states, events)
    if (!replayed) faults.push(`no batch explains ${[...found.states.keys()]}`)
    faults.push(...hasty(automation, found, commit, states, { events, history }))
    for (const [key, state] of found.states) {
      states.set(key, state)
      versions.set(key, [...(versions.get(key) ?? [null]), state])
    }
    for (const id of replayed?.firings ?? []) firings.get(automation.id)?.add(id)
  }
  for (const automation of compiled.values()) {
    for (const id of memoryless(automation, events)) firings.get(automation.id)?.add(id)
    faults.push(...unmet(automation, events, versions))
    faults.push(...overtaken(automation, states, events, history))
    faults.push(...overdue(automation, states, history.end))
    faults.push(...miscounted(automation, events, firings.get(automation.id)?.size ?? 0))
  }
  return { faults, firings: new Map([...firings].map(([id, ids]) => [id, [...ids]])) }
}

/** Every event that is expected fires once, by itself; by way of composites that need only one child, too. */
function memoryless(automation: CompiledAutomation, events: Event[]): string[] {
  if (automation.composites.some(({ required }) => required > 1)) return []
  return meetingsOf(automation, events).flatMap((meeting) => {
    const { trigger, key } = meeting
    if (!('event' in meeting) || trigger.hasMemory) return []
    const name = key.slice(key.lastIndexOf('/') + 1)
    const id = firingId(trigger, name, meeting.event.id)
    const [root] = automation.composites
    return [root ? firingId(root, '', id) : id]
  })
}

/** Events that no bucket took, though in none of its states it would have ignored them. */
function unmet(automation: CompiledAutomation, events: Event[], versions: Map<string, unknown[]>) {
  return meetingsOf(automation, events).flatMap((meeting) => {
    const { trigger, key } = meeting
    if (!('event' in meeting) || !trigger.hasMemory) return []
    const { event } = meeting
    const isMet = (versions.get(key) ?? [null]).some((state) => {
      if (hasTaken(takenIn(state), event.id)) return true
      const { fate } = evaluate(trigger, state as Bucket | null, event)
      return fate === 'ignored' || (fate === 'late' && onlyMovesForward(trigger))
    })
    return isMet ? [] : [`${trigger.path} never met event ${event.id}`]
  })
}

/** Windows that a mark ended as silent though the feed had an event for them before the mark was read. */
function hasty(
  automation: CompiledAutomation,
  found: Committed,
  { batches }: Commit,
  before: States,
  { events, history }: { events: Event[]; history: History },
): string[] {
  return [...found.states].flatMap(([key, state]) => {
    const trigger = automation.triggers.find((one) => key.startsWith(stateKey(one, '')))
    const window = (before.get(key) as Bucket | undefined)?.window
    const isMarked = ({ marks }: Batch) =>
      marks.some((mark) => mark.kind === 'due' && mark.key === key)
    const batch = batches.find(isMarked)
    if (trigger?.posture !== 'Proactive' || !window || !batch) return []
    // An event may have ended it as well: then another one was taken.
    const isOver =
      (state as Bucket).window?.start !== window.start &&
      takenIn(state) === takenIn(before.get(key))
    if (!isOver || window.count >= trigger.threshold) return []
    return meetingsOf({ ...automation, triggers: [trigger] }, events).flatMap((meeting) => {
      if (!('event' in meeting) || !expects(trigger, meeting.event.event)) return []
      const isOf = isFor({ ...(state as Bucket), window }, key, meeting)
      const isKnown = ({ id }: Event) => (history.published.get(id) ?? Infinity) < batch.startedAt
      const isInTurn = isKnown(meeting.event) && isLed(meeting.event, events.filter(isKnown))
      return isOf && isInTurn ? [`${key} was silent in spite of event ${meeting.event.id}`] : []
    })
  })
}

/** Whether nobody that an event follows, by any number of steps, is still to come, or came later than its follower. */
function isLed({ follows, received }: Event, known: Event[]): boolean {
  if (follows === null) return true
  const leader = known.find(({ id }) => id === follows)
  return leader !== undefined && leader.received < received && isLed(leader, known)
}

/** A leader is waited for so long, from its arrival on (steps/counted.ts). */
const WAITED_FOR: Micros = 60_000_000

/**
 * Followers that a bucket took before the event they follow. Where a window opens or a silence ends, events of its time are looked for: a
 * leader that is of another time is taken later.
 */
function overtaken(
  automation: CompiledAutomation,
  states: States,
  events: Event[],
  { commits }: History,
): string[] {
  const leaders = new Map(events.map((event) => [event.id, event]))
  return meetingsOf(automation, events).flatMap((meeting) => {
    if (!('event' in meeting) || !meeting.trigger.hasMemory) return []
    const { event, key, trigger } = meeting
    if (trigger.hasAfter || trigger.posture === 'Proactive') return []
    const leader = leaders.get(event.follows ?? '')
    if (!leader || !isInterested(trigger, leader) || keyOf(trigger, leader) !== key) return []
    const taken = takenIn(states.get(key))
    if (!hasTaken(taken, leader.id) || !hasTaken(taken, event.id)) return []
    const isFirst = lengthUpTo(taken, leader.id) < lengthUpTo(taken, event.id)
    const { at } = commits.find((one) =>
      hasTaken(takenIn(committed(one).states.get(key)), event.id),
    ) ?? { at: 0 }
    if (at - (parseInstant(leader.received) ?? 0) > WAITED_FOR) return []
    return isFirst ? [] : [`${key} took ${event.id} before the one it follows`]
  })
}

/** How much of a memory there is up to and with an id. */
function lengthUpTo(taken: string, id: string): number {
  let length = 0
  while (!hasTaken(taken.slice(0, length), id)) length += 8
  return length
}

/** Windows whose end was waited for and that nobody ended. */
function overdue({ triggers }: CompiledAutomation, states: States, end: Micros): string[] {
  return [...states].flatMap(([key, state]) => {
    const trigger = triggers.find((one) => key.startsWith(stateKey(one, '')))
    const deadline = trigger ? nextDeadline(trigger, state as Bucket) : null
    return deadline !== null && deadline < end ? [`nobody ended ${key}`] : []
  })
}

/** Where order does not matter, the firings are so many: thresholds without end, by their buckets. */
function miscounted(automation: CompiledAutomation, events: Event[], count: number): string[] {
  const [trigger] = automation.triggers
  if (trigger?.path !== '' || trigger.posture === 'Proactive') return []
  if (trigger.within > 0 || trigger.hasAfter) return []
  const met = new Map<string, number>()
  for (const { key } of meetingsOf(automation, events)) met.set(key, (met.get(key) ?? 0) + 1)
  const meant = [...met.values()].reduce((sum, n) => sum + Math.floor(n / trigger.threshold), 0)
  return meant === count ? [] : [`${count} firings, not ${meant}`]
}
