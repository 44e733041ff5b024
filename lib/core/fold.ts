// Folding what arrives into what triggers remember: buckets, and the states of the composites above them. Whoever evaluates (the
// stream's step, a backtest, an explanation) does it by this one function, over a memory of its own.
import type { Bucket } from './bucket.ts'
import type {
  CompiledAutomation,
  CompiledComposite,
  CompiledMetric,
  CompiledTrigger,
} from './compiled-trigger.ts'
import { ascend, type ChildFiring, type CompositeState } from './composite.ts'
import { disposableAt, nextDeadline } from './deadline.ts'
import { type Decision, evaluate, evaluateBatch, evaluateDue, type Fate } from './evaluate.ts'
import type { Event } from './event.ts'
import { type FiringDecision, firingId } from './firing.ts'
import type { Measurement } from './measurement.ts'
import { lapse, measure } from './metric.ts'
import type { Micros } from './time.ts'

/**
 * Something that a trigger's bucket has to deal with: an event, for a metric trigger with what is measured of it, or the moment up to
 * which everything has been counted.
 */
export type Arrival = { trigger: CompiledTrigger; key: string } & (EventArrival | { dueAt: Micros })

interface EventArrival {
  event: Event
  measurement: Measurement | null
}

/** Where a bucket or a composite's state is kept: a changed trigger has another hash, and starts anew. */
export const bucketKeyOf = (
  trigger: { automationId: string; path: string; hash: string },
  name: string,
): string => [trigger.automationId, trigger.path, trigger.hash, name].join('/')

/** What a fold may read and change, by key. */
export interface Memory {
  get<T>(key: string): T | null
  /** Without `disposableAt` it is kept. */
  set(key: string, value: unknown, disposableAt?: Micros | null): void
}

/** An arrival that was decided on. The buckets are those before and after it. */
export interface Decided {
  arrival: Arrival
  before: Bucket | null
  bucket: Bucket | null
  fate: Fate
  /** All that fired, on whatever way up. */
  firings: ChildFiring[]
  /** The composites that a firing came to, and whether it completed them: from below upwards. */
  reached: { composite: CompiledComposite; state: CompositeState | null; isComplete: boolean }[]
}

/** A value that was set, and when it may be forgotten. */
export interface Kept {
  value: unknown
  disposableAt: Micros | null
}

/** A memory over another one, which stays as it is. */
export interface Scratch extends Memory {
  /** What was set, by key. */
  changes: ReadonlyMap<string, Kept>
}

/** A memory in which one can try: what is set is seen by those who ask it, and by nobody below. */
export function scratchOver(below: Pick<Memory, 'get'>): Scratch {
  const changes = new Map<string, Kept>()
  return {
    changes,
    get: <T>(key: string) => {
      const changed = changes.get(key)
      return changed ? (changed.value as T | null) : below.get<T>(key)
    },
    set: (key, value, disposableAt = null) => void changes.set(key, { value, disposableAt }),
  }
}

/** What a fold works on, and who looks on. */
export interface FoldOptions {
  memory: Memory
  now: Micros
  /** False: windows that ended long ago are not forgotten (evaluateBatch says which would be). @default true */
  sweeps?: boolean
  /** Told of every decision, for those who explain. */
  watch?: (decided: Decided) => void
}

/** Decide every arrival in order; the memory holds what comes of it. Answers the firings that reached the root. */
export function decideAll(
  automation: CompiledAutomation,
  arrivals: readonly Arrival[],
  options: FoldOptions,
): ChildFiring[] {
  const { memory, now, watch, sweeps = true } = options
  const roots: ChildFiring[] = []
  for (const arrival of arrivals) {
    const { trigger, key } = arrival
    const before = memory.get<Bucket>(key)
    const { bucket, firings, fate } = decideOne(arrival, before, sweeps)
    if (bucket !== before) memory.set(key, bucket, bucket && disposableAt(trigger, bucket, now))
    const children = firings.map((decision) => toChild(trigger, key, decision, now))
    const reached: Decided['reached'] = []
    for (const child of children) {
      if (child.turn?.state === 'Resolved' && child.path !== '') continue
      const risen = rise(automation, child, memory)
      if (risen.root) roots.push(risen.root)
      reached.push(...risen.reached)
    }
    watch?.({ arrival, before, bucket, fate, firings: children, reached })
  }
  return roots
}

interface One {
  bucket: Bucket | null
  firings: FiringDecision[]
  fate: Fate
}

function decideOne(arrival: Arrival, bucket: Bucket | null, sweeps: boolean): One {
  const { trigger } = arrival
  if ('event' in arrival) {
    if (trigger.metric) return measureOne(trigger.metric, arrival, bucket)
    if (!sweeps) return ofDecision(evaluate(trigger, bucket, arrival.event))
    const batch = evaluateBatch(trigger, bucket, [arrival.event])
    return { ...batch, fate: batch.fates[0]?.fate ?? 'ignored' }
  }
  if (trigger.metric) {
    const lapsed = lapse(trigger.metric, bucket, arrival.dueAt)
    return { ...lapsed, fate: lapsed.firings.length > 0 ? 'fired' : 'waiting' }
  }
  // A wake that comes before the deadline is stale: the window was moved on by events.
  const deadline = nextDeadline(trigger, bucket)
  if (deadline !== null && deadline > arrival.dueAt) return { bucket, firings: [], fate: 'waiting' }
  return ofDecision(evaluateDue(trigger, bucket, arrival.dueAt))
}

const ofDecision = ({ bucket, firing, fate }: Decision): One => ({
  bucket,
  firings: firing ? [firing] : [],
  fate,
})

/** Of a metric's cases (metric.ts): what is not measured is ignored, and what changes nothing came too late, or again. */
function measureOne(
  metric: CompiledMetric,
  { measurement }: EventArrival,
  bucket: Bucket | null,
): One {
  if (!measurement) return { bucket, firings: [], fate: 'ignored' }
  const measured = measure(metric, bucket, measurement)
  const fate = measured.bucket === bucket ? 'late' : 'counted'
  return { ...measured, fate: measured.firings.length > 0 ? 'fired' : fate }
}

function rise(automation: CompiledAutomation, child: ChildFiring, memory: Memory) {
  const { composites } = automation
  const at = (path: string) => composites.find((one) => one.path === path)
  const stateAt = (path: string): CompositeState | null => {
    const composite = at(path)
    return composite ? memory.get<CompositeState>(bucketKeyOf(composite, '')) : null
  }
  const { states, root, completed } = ascend(automation, child, stateAt)
  for (const [path, state] of states) {
    const composite = at(path)
    if (composite) memory.set(bucketKeyOf(composite, ''), state)
  }
  const reached = completed.flatMap(({ path, isComplete }) => {
    const composite = at(path)
    return composite ? [{ composite, state: stateAt(path), isComplete }] : []
  })
  return { root, reached }
}

const toChild = (
  trigger: CompiledTrigger,
  key: string,
  { cause, labels, eventId, eventIds, turn }: FiringDecision,
  now: Micros,
): ChildFiring => ({
  id: firingId(trigger, key.slice(key.lastIndexOf('/') + 1), cause),
  path: trigger.path,
  firedAt: now,
  labels,
  eventId,
  children: [],
  ...(eventIds && { eventIds }),
  ...(turn && { turn }),
})
