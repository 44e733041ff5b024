// Folding events and deadlines into what triggers remember: buckets of event triggers and states of the composites above them. All
// that one automation's triggers change at once is one transaction, so no crash leaves a child fired and its parent not knowing.
import { type Bucket, nextDeadline } from '../core/bucket.ts'
import { type ChildFiring, eventIdsOf, firingOf } from '../core/composite.ts'
import { LostRace } from '../core/errors.ts'
import type { FiringDecision } from '../core/evaluate.ts'
import type { Event } from '../core/event.ts'
import { type Firing, firingId } from '../core/firing.ts'
import { type Arrival, bucketKeyOf, type Decided, decideAll, type Memory } from '../core/fold.ts'
import { bucketName } from '../core/match.ts'
import { type Opening, openingsOf, withEarlier } from '../core/opening.ts'
import type { BucketChange, Services, Stored, Workspace } from '../core/ports.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import type { CompiledTrigger } from '../core/trigger.ts'
import { inTurn } from './hold.ts'
import type { ActiveAutomation, Watched } from './registry.ts'
import type { Search, Uncounted } from './uncounted.ts'

/** Times a fold is decided anew because another evaluator was faster. */
const RACE_TRIES_MAX = 50

/** Arrivals of one transaction: each may write a bucket and a firing, and DynamoDB takes a hundred writes. */
const ARRIVALS_PER_COMMIT = 40

/** Of a bucket that counts to two at least: it is one write, and no more than every second arrival makes it fire. */
const ARRIVALS_OF_COUNT_PER_COMMIT = 150

/** With a metric among them: each of its bucket's sixty slices may have left the range before the first arrival, and made it fire. */
const METRIC_ARRIVALS_PER_COMMIT = 15

/** Arrivals for the triggers of one automation, in the order in which they count. */
export interface Fold {
  active: ActiveAutomation
  arrivals: Arrival[]
}

type Uses = Pick<Services, 'triggers' | 'events' | 'clock' | 'scheduler'>

/** The trigger that a bucket's key belongs to, if the automation still has it in that form. */
export function triggerOfKey(active: ActiveAutomation, key: string): CompiledTrigger | undefined {
  const [, path, hash] = key.split('/')
  return active.compiled.triggers.find((trigger) => trigger.path === path && trigger.hash === hash)
}

/** `uncounted` knows the events that came before a window which expects them. */
export async function foldIn(
  services: Uses,
  workspace: Workspace,
  fold: Fold,
  uncounted: Uncounted,
): Promise<void> {
  const size = arrivalsPerCommit(fold)
  for (let from = 0; from < fold.arrivals.length; from += size) {
    const arrivals = fold.arrivals.slice(from, from + size)
    await commitPart(services, workspace, { active: fold.active, arrivals }, uncounted)
  }
}

/** Whether all arrivals have been counted, or do not count any more. A firing that no memory comes of is not told from a new one. */
export async function changesNothing(
  services: Uses,
  workspace: Workspace,
  fold: Fold,
): Promise<boolean> {
  const memory = keptMemory(await readMemory(services, workspace, fold))
  decideAll(fold.active.compiled, fold.arrivals, { memory, now: services.clock.now() })
  return memory.changes().length === 0
}

function arrivalsPerCommit({ arrivals }: Fold): number {
  if (arrivals.some(({ trigger }) => trigger.metric)) return METRIC_ARRIVALS_PER_COMMIT
  const isCount = arrivals.every(
    ({ trigger }) => trigger.path === '' && trigger.posture === 'Reactive' && trigger.threshold > 1,
  )
  return isCount ? ARRIVALS_OF_COUNT_PER_COMMIT : ARRIVALS_PER_COMMIT
}

async function commitPart(
  services: Uses,
  workspace: Workspace,
  part: Fold,
  uncounted: Uncounted,
): Promise<void> {
  const now = services.clock.now()
  const find = async (search: Search) =>
    inTurn(services, workspace, await uncounted.find(workspace, search))
  for (let tries = 1; tries <= RACE_TRIES_MAX; tries += 1) {
    const was = await readMemory(services, workspace, part)
    const { fold, memory, firings } = await decideWithEarlier(part, was, now, find)
    const changes = memory.changes()
    if (changes.length > 0 || firings.length > 0) {
      const stored = await Promise.all(
        firings.map((firing) => toStored(services, workspace, fold, firing)),
      )
      if (!(await services.triggers.commit(workspace, changes, stored))) continue
    }
    return armDeadlines(services, workspace, fold, memory)
  }
  throw new LostRace(`lost the race for ${part.active.automation.id} ${RACE_TRIES_MAX} times`)
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

/** Decides a fold, and again with what had come before a window that it opens: all of it is one commit. */
async function decideWithEarlier(
  fold: Fold,
  was: Found,
  now: Micros,
  find: (search: Search) => Promise<Event[]>,
): Promise<{ fold: Fold; memory: KeptMemory; firings: ChildFiring[] }> {
  const { active } = fold
  const asked = new Set<Arrival>()
  let { arrivals } = fold
  for (;;) {
    const memory = keptMemory(was)
    const openings: Opening[] = []
    const watch = (decided: Decided) => {
      if (!asked.has(decided.arrival)) openings.push(...openingsOf(decided))
    }
    const firings = decideAll(active.compiled, arrivals, { memory, now, watch })
    const [opening] = openings
    if (!opening) return { fold: { active, arrivals }, memory, firings }
    asked.add(opening.arrival)
    const { trigger, key } = opening.arrival
    const span = opening.bucket.window
    const earlier = await find({ active, trigger, key, bucket: opening.bucket, span })
    arrivals = withEarlier(arrivals, opening, earlier)
  }
}

/** A fold's memory that knows what of it has changed. */
interface KeptMemory extends Memory {
  changes(): BucketChange[]
}

/** What is stored by key. */
type Found = ReadonlyMap<string, Stored<unknown> | null>

async function readMemory(services: Uses, workspace: Workspace, fold: Fold): Promise<Found> {
  const keys = new Set(fold.arrivals.map(({ key }) => key))
  if (fold.arrivals.some(({ trigger }) => trigger.path !== '')) {
    for (const composite of fold.active.compiled.composites) keys.add(bucketKeyOf(composite, ''))
  }
  const found = await Promise.all(
    [...keys].map(async (key) => [key, await services.triggers.bucket(workspace, key)] as const),
  )
  return new Map(found)
}

function keptMemory(was: Found): KeptMemory {
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

/** A firing as it is stored, with the events it names: those of this fold, or of the events table as long as it has them. */
async function toStored(
  services: Uses,
  workspace: Workspace,
  fold: Fold,
  firing: ChildFiring,
): Promise<Firing> {
  const arrived = fold.arrivals.flatMap((arrival) => ('event' in arrival ? [arrival.event] : []))
  const known = new Map(arrived.map((event) => [event.id, event]))
  for (const id of eventIdsOf(firing)) {
    const event = known.get(id) ?? (await services.events.get(workspace, id))
    if (event) known.set(id, event)
  }
  return firingOf(fold.active.automation, firing, known)
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
