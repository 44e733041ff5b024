// Folding events and deadlines into what triggers remember: buckets of event triggers and states of the composites above them. All
// that one automation's triggers change at once is one transaction, so no crash leaves a child fired and its parent not knowing.
import type { Bucket } from '../core/bucket.ts'
import type { CompiledTrigger } from '../core/compiled-trigger.ts'
import { type ChildFiring, eventIdsOf, firingOf } from '../core/composite.ts'
import { nextDeadline } from '../core/deadline.ts'
import { LostRace } from '../core/errors.ts'
import type { Event } from '../core/event.ts'
import { countFates, type FateCounts, type Tally } from '../core/fates.ts'
import { type Firing, type FiringDecision, firingId } from '../core/firing.ts'
import {
  type Arrival,
  bucketKeyOf,
  decideAll,
  type Memory,
  type Scratch,
  scratchOver,
} from '../core/fold.ts'
import { bucketName } from '../core/match.ts'
import { decideWithEarlier } from '../core/opening.ts'
import type { BucketChange, Services, Stored } from '../core/ports.ts'
import { isFull } from '../core/taken.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
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

type Uses = Pick<Services, 'triggers' | 'events' | 'clock' | 'scheduler'> & { tally?: Tally }

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

/**
 * What would come of arrivals if they came again: nothing, for they were counted, or do not count; something; or something in a memory
 * that took so many since that it may have forgotten them.
 */
export async function ifRepeated(
  services: Uses,
  workspace: Workspace,
  fold: Fold,
): Promise<'nothing' | 'something' | 'forgotten'> {
  const stored = storedMemory(await readMemory(services, workspace, fold))
  const { changes } = foldedOver(stored, fold, services.clock.now())
  if (changes.size === 0) return 'nothing'
  const mayForget = [...changes.keys()].some((key) => isFull(stored.get<Bucket>(key)?.taken ?? ''))
  return mayForget ? 'forgotten' : 'something'
}

function foldedOver(stored: Pick<Memory, 'get'>, { active, arrivals }: Fold, now: Micros): Scratch {
  const memory = scratchOver(stored)
  decideAll(active.compiled, arrivals, { memory, now })
  return memory
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
    const { fold, memory, firings, fates } = await decide(part, was, now, find)
    const changes = changesTo(was, memory)
    if (changes.length > 0 || firings.length > 0) {
      const stored = await Promise.all(
        firings.map((firing) => toStored(services, workspace, fold, firing)),
      )
      if (!(await services.triggers.commit(workspace, changes, stored))) continue
    }
    if (fates) services.tally?.(fates)
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

/** Decides a fold; what came before a window that it opens becomes part of it. */
async function decide(
  { active, arrivals }: Fold,
  was: Found,
  now: Micros,
  find: (search: Search) => Promise<Event[]>,
): Promise<{ fold: Fold; memory: Scratch; firings: ChildFiring[]; fates: FateCounts | null }> {
  const memory = storedMemory(was)
  const deciding = decideWithEarlier(active.compiled, arrivals, { memory, now })
  let step = deciding.next()
  while (!step.done) {
    const { arrival, bucket } = step.value
    const { trigger, key } = arrival
    step = deciding.next(await find({ active, trigger, key, bucket, span: bucket.window }))
  }
  const decided = step.value
  const fold = { active, arrivals: [...decided.arrivals] }
  const fates = countFates(decided.decisions.map(({ fate }) => fate))
  return { fold, memory: decided.memory, firings: decided.firings, fates }
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

const storedMemory = (was: Found): Pick<Memory, 'get'> => ({
  get: <T>(key: string) => (was.get(key)?.value ?? null) as T | null,
})

const changesTo = (was: Found, { changes }: Scratch): BucketChange[] =>
  [...changes].map(([key, { value, disposableAt }]) => ({
    key,
    next: value,
    was: was.get(key) ?? null,
    disposableAt,
  }))

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
