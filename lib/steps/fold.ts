// Folding events and deadlines into what triggers remember: buckets of event triggers and states of the composites above them. All
// that one automation's triggers change at once is one transaction, so no crash leaves a child fired and its parent not knowing.
import { type Bucket, disposableAt, nextDeadline } from '../core/bucket.ts'
import { ascend, type ChildFiring, type CompositeState } from '../core/composite.ts'
import { evaluateBatch, evaluateDue, type FiringDecision } from '../core/evaluate.ts'
import type { Event } from '../core/event.ts'
import { type Firing, firingId } from '../core/firing.ts'
import { bucketName } from '../core/match.ts'
import type { Measurement } from '../core/measurement.ts'
import { lapse, measure } from '../core/metric.ts'
import type { BucketChange, Services, Stored, Workspace } from '../core/ports.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import type { CompiledTrigger } from '../core/trigger.ts'
import type { ActiveAutomation, Watched } from './registry.ts'

/** Times a fold is decided anew because another evaluator was faster. */
const RACE_TRIES_MAX = 50

/** Arrivals of one transaction: each may write a bucket and a firing, and DynamoDB takes a hundred writes. */
const ARRIVALS_PER_COMMIT = 40

/** With a metric among them: each of its bucket's sixty slices may have left the range before the first arrival, and made it fire. */
const METRIC_ARRIVALS_PER_COMMIT = 15

/**
 * Something that a trigger's bucket has to deal with: an event, for a metric trigger with what is measured of it, or the moment up to
 * which everything has been counted.
 */
export type Arrival = { trigger: CompiledTrigger; key: string } & (
  | { event: Event; measurement: Measurement | null }
  | { dueAt: Micros }
)

/** Arrivals for the triggers of one automation, in the order in which they count. */
export interface Fold {
  active: ActiveAutomation
  arrivals: Arrival[]
}

type Uses = Pick<Services, 'triggers' | 'events' | 'clock' | 'scheduler'>

/** Where a bucket or a composite's state is kept: a changed trigger has another hash, and starts anew. */
export const bucketKeyOf = (
  trigger: { automationId: string; path: string; hash: string },
  name: string,
): string => [trigger.automationId, trigger.path, trigger.hash, name].join('/')

/** The trigger that a bucket's key belongs to, if the automation still has it in that form. */
export function triggerOfKey(active: ActiveAutomation, key: string): CompiledTrigger | undefined {
  const [, path, hash] = key.split('/')
  return active.compiled.triggers.find((trigger) => trigger.path === path && trigger.hash === hash)
}

export async function foldIn(services: Uses, workspace: Workspace, fold: Fold): Promise<void> {
  const size = fold.arrivals.some(({ trigger }) => trigger.metric)
    ? METRIC_ARRIVALS_PER_COMMIT
    : ARRIVALS_PER_COMMIT
  for (let from = 0; from < fold.arrivals.length; from += size) {
    const arrivals = fold.arrivals.slice(from, from + size)
    await commitPart(services, workspace, { active: fold.active, arrivals })
  }
}

async function commitPart(services: Uses, workspace: Workspace, fold: Fold): Promise<void> {
  const now = services.clock.now()
  for (let tries = 1; tries <= RACE_TRIES_MAX; tries += 1) {
    const memory = await readMemory(services, workspace, fold)
    const firings = decideFold(fold, memory, now)
    const changes = memory.changes()
    if (changes.length > 0 || firings.length > 0) {
      const stored = await Promise.all(
        firings.map((firing) => toStored(services, workspace, fold, firing)),
      )
      if (!(await services.triggers.commit(workspace, changes, stored))) continue
    }
    return armDeadlines(services, workspace, fold, memory)
  }
  throw new Error(`lost the race for ${fold.active.automation.id} ${RACE_TRIES_MAX} times`)
}

/**
 * Arms the wakes of the buckets that have a deadline, changed or not: a batch that comes again after a crash finds its events
 * counted, but perhaps nobody awake.
 */
async function armDeadlines(
  services: Uses,
  workspace: Workspace,
  fold: Fold,
  memory: Memory,
): Promise<void> {
  const deadlines = new Map<string, Micros>()
  for (const { trigger, key } of fold.arrivals) {
    const deadline = nextDeadline(trigger, memory.get<Bucket>(key))
    if (deadline !== null) deadlines.set(key, deadline)
  }
  for (const [id, at] of deadlines) {
    await services.scheduler.wakeAt({ kind: 'bucket', workspace, id }, at)
  }
}

/** What a fold may read and change, by key, and what of it has changed. */
interface Memory {
  get<T>(key: string): T | null
  /** Without `disposableAt` it is kept. */
  set(key: string, value: unknown, disposableAt?: Micros | null): void
  changes(): BucketChange[]
}

async function readMemory(services: Uses, workspace: Workspace, fold: Fold): Promise<Memory> {
  const keys = new Set(fold.arrivals.map(({ key }) => key))
  if (fold.arrivals.some(({ trigger }) => trigger.path !== '')) {
    for (const composite of fold.active.compiled.composites) keys.add(bucketKeyOf(composite, ''))
  }
  const found = await Promise.all(
    [...keys].map(async (key) => [key, await services.triggers.bucket(workspace, key)] as const),
  )
  const was = new Map<string, Stored<unknown> | null>(found)
  const next = new Map<string, { value: unknown; disposableAt: Micros | null }>()
  return {
    get: <T>(key: string) => {
      const changed = next.get(key)
      return (changed ? changed.value : (was.get(key)?.value ?? null)) as T | null
    },
    set: (key, value, at = null) => next.set(key, { value, disposableAt: at }),
    changes: () =>
      [...next].map(([key, { value, disposableAt }]) => ({
        key,
        next: value,
        was: was.get(key) ?? null,
        disposableAt,
      })),
  }
}

/** Decide every arrival in order; the memory holds what comes of it. Answers the firings that reached the root. */
function decideFold({ active, arrivals }: Fold, memory: Memory, now: Micros): ChildFiring[] {
  const roots: ChildFiring[] = []
  for (const arrival of arrivals) {
    const { trigger, key } = arrival
    const before = memory.get<Bucket>(key)
    const { bucket, firings } = decideOne(arrival, before)
    if (bucket !== before) memory.set(key, bucket, bucket && disposableAt(trigger, bucket, now))
    for (const decision of firings) {
      const child = toChild(trigger, key.slice(key.lastIndexOf('/') + 1), decision, now)
      if (child.turn?.state === 'Resolved' && child.path !== '') continue
      const root = rise(active, child, memory)
      if (root) roots.push(root)
    }
  }
  return roots
}

function decideOne(
  arrival: Arrival,
  bucket: Bucket | null,
): { bucket: Bucket | null; firings: FiringDecision[] } {
  const { trigger } = arrival
  if ('event' in arrival) {
    if (!trigger.metric) return evaluateBatch(trigger, bucket, [arrival.event])
    const { measurement } = arrival
    return measurement ? measure(trigger.metric, bucket, measurement) : { bucket, firings: [] }
  }
  if (trigger.metric) return lapse(trigger.metric, bucket, arrival.dueAt)
  // A wake that comes before the deadline is stale: the window was moved on by events.
  const deadline = nextDeadline(trigger, bucket)
  if (deadline !== null && deadline > arrival.dueAt) return { bucket, firings: [] }
  const decision = evaluateDue(trigger, bucket, arrival.dueAt)
  return { bucket: decision.bucket, firings: decision.firing ? [decision.firing] : [] }
}

function rise(active: ActiveAutomation, child: ChildFiring, memory: Memory): ChildFiring | null {
  const { composites } = active.compiled
  const keyAt = (path: string): string => {
    const composite = composites.find((one) => one.path === path)
    return composite ? bucketKeyOf(composite, '') : ''
  }
  const { states, root } = ascend(active.compiled, child, (path) =>
    memory.get<CompositeState>(keyAt(path)),
  )
  for (const [path, state] of states) memory.set(keyAt(path), state)
  return root
}

const toChild = (
  trigger: CompiledTrigger,
  bucket: string,
  { cause, labels, eventId, turn }: FiringDecision,
  now: Micros,
): ChildFiring => ({
  id: firingId(trigger, bucket, cause),
  path: trigger.path,
  firedAt: now,
  labels,
  eventId,
  children: [],
  ...(turn && { turn }),
})

/** A firing as it is stored, with the events it names: those of this fold, or of the events table as long as it has them. */
async function toStored(
  services: Uses,
  workspace: Workspace,
  fold: Fold,
  firing: ChildFiring,
): Promise<Firing> {
  const { automation } = fold.active
  const arrived = fold.arrivals.flatMap((arrival) => ('event' in arrival ? [arrival.event] : []))
  const known = arrived.find(({ id }) => id === firing.eventId)
  const event =
    known ?? (firing.eventId ? await services.events.get(workspace, firing.eventId) : null)
  return {
    id: firing.id,
    automation_id: automation.id,
    automation_name: automation.name,
    path: firing.path,
    trigger_states: [firing.turn?.state ?? 'Triggered'],
    triggered: formatInstant(firing.firedAt),
    triggering_labels: firing.labels,
    triggering_event: event,
    triggering_firings: await Promise.all(
      firing.children.map((child) => toStored(services, workspace, fold, child)),
    ),
    ...(firing.turn && { metric: firing.turn.metric }),
  }
}

/** The firing of a trigger without memory: it has no for_each buckets either, so none is named. */
export const toFiring = (
  automation: Watched,
  trigger: CompiledTrigger,
  values: string[],
  { cause, labels }: FiringDecision,
  event: Event,
  now: Micros,
): Firing => ({
  id: firingId(trigger, bucketName(values), cause),
  automation_id: automation.id,
  automation_name: automation.name,
  path: trigger.path,
  trigger_states: ['Triggered'],
  triggered: formatInstant(now),
  triggering_labels: labels,
  triggering_event: event,
  triggering_firings: [],
})
