// Evaluate: stored events meet the triggers. Those without memory fire at once. For the others the events of a batch are folded
// into what the trigger remembers, and memory and firings are stored together, on condition that nobody changed it meanwhile.

import { compareCodePoints } from '../core/code-points.ts'
import type { CompiledTrigger } from '../core/compiled-trigger.ts'
import { evaluate as decide } from '../core/evaluate.ts'
import type { Event } from '../core/event.ts'
import { countFates, type Tally } from '../core/fates.ts'
import type { Firing } from '../core/firing.ts'
import { bucketKeyOf } from '../core/fold.ts'
import { bucketKey, bucketName, isEvaluated } from '../core/match.ts'
import { isMeasured } from '../core/measurement.ts'
import { inCausalOrder } from '../core/ordering.ts'
import type { Mark, Services, StoredEvent } from '../core/ports.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { groupBy } from './batch.ts'
import { countedEvents } from './counted.ts'
import type { FeedReader } from './feed.ts'
import { type Fold, foldIn, toFiring } from './fold.ts'
import { holdBack, isTooEarly } from './hold.ts'
import { arrivalOf, type Measure, measuring } from './measure.ts'
import { type ActiveAutomation, type Registry, registries } from './registry.ts'
import { silence } from './silence.ts'
import { uncountedEvents } from './uncounted.ts'

type Uses = Pick<
  Services,
  'automations' | 'triggers' | 'blobs' | 'events' | 'scheduler' | 'clock' | 'log'
> & {
  /** Told of events that came late, wait or were ignored. */
  tally?: Tally
}

/**
 * Takes a batch of the events table's stream: events, and marks left by wakes. A mark stands behind everything that was stored
 * before it, so what it says is decided after the events of its batch.
 */
export function evaluate(services: Uses, readFeed: FeedReader) {
  const registryOf = registries(services)
  const uncounted = uncountedEvents(readFeed)
  const counted = countedEvents(services)
  const endWindow = silence(services, uncounted)

  /** `asOf` is how far the stream has come; without it each event stands where it arrived. */
  async function meet(workspace: Workspace, events: Event[], asOf?: string): Promise<Set<string>> {
    const registry = await registryOf(workspace)
    const meetings = inCausalOrder(events).flatMap((event) => meetingsOf(registry, event))
    const firings = firingsOf(meetings, services.clock.now())
    if (firings.length > 0) await services.triggers.fire(workspace, firings)
    const remembered = meetings.filter(remembers)
    const held = await holdFollowers(remembered, { workspace, registry, events, asOf })
    const free = remembered.filter(({ event }) => !held.has(event.id))
    const folds = await foldsOf(free, measuring(services, workspace, events))
    const ofAfter = free.filter(({ trigger }) => trigger.hasAfter).map(({ event }) => event)
    if (ofAfter.length > 0) uncounted.seen(workspace, ofAfter)
    await Promise.all(folds.map((fold) => foldIn(services, workspace, fold, uncounted)))
    counted.note(
      workspace,
      free.map(({ event }) => event),
    )
    return held
  }

  /** Holds back the events that follow one which is still to come, and answers their ids. */
  async function holdFollowers(meetings: Meeting[], batch: MetBatch): Promise<Set<string>> {
    const { workspace, events, asOf } = batch
    const present = new Set(events.map(({ id }) => id))
    const held = new Set<string>()
    for (const [id, own] of groupBy(meetings, ({ event }) => event.id)) {
      const [{ event } = {}] = own
      if (!event || event.follows === null || counted.isKnown(workspace, event.follows)) continue
      const isAhead = (leader: Event, isHeld: boolean) =>
        counted.has(workspace, leader, {
          asOf: asOf ?? event.received,
          isHeld,
          folds: () => foldsBeside(own, leader, batch),
        })
      const mustWait = present.has(event.follows)
        ? held.has(event.follows)
        : await isTooEarly(services, workspace, event, isAhead)
      if (!mustWait) continue
      held.add(id)
      await holdBack(services, workspace, event)
    }
    const counts = asOf === undefined ? countFates([...held].map(() => 'held')) : null
    if (counts) services.tally?.(counts)
    return held
  }

  /** What becomes of the one that an event follows, in those automations alone that meet both. */
  function foldsBeside(own: Meeting[], leader: Event, { workspace, registry }: MetBatch) {
    const actives = new Set(own.map(({ active }) => active))
    const meetings = meetingsOf(registry, leader).filter(remembers)
    return foldsOf(
      meetings.filter(({ active }) => actives.has(active)),
      measuring(services, workspace, [leader]),
    )
  }

  async function follow(mark: Mark): Promise<void> {
    if (mark.kind === 'due') return endWindow(await registryOf(mark.workspace), mark)
    const event = await services.events.get(mark.workspace, mark.eventId)
    if (!event) return
    const held = await meet(mark.workspace, [event], formatInstant(mark.at))
    if (held.size === 0) await services.events.release(mark.workspace, event.id)
  }

  return async (stored: StoredEvent[], marks: Mark[]): Promise<void> => {
    for (const [workspace, group] of groupBy(stored, ({ workspace }) => workspace)) {
      await meet(
        workspace,
        group.map(({ event }) => event),
      )
    }
    for (const mark of marks) await follow(mark)
  }
}

interface MetBatch {
  workspace: Workspace
  registry: Registry
  events: Event[]
  asOf: string | undefined
}

/** An event and a trigger that is interested in it. */
interface Meeting {
  event: Event
  trigger: CompiledTrigger
  active: ActiveAutomation
}

/**
 * An automation meets only what arrived after it was made: a new one does not fire for the backlog of a slow stream. A metric
 * trigger meets the moves that it measures. Siblings that one event fires do so in the order in which they stand in their composite.
 */
function meetingsOf(registry: Registry, event: Event): Meeting[] {
  if (!isEvaluated(event)) return []
  return registry.index
    .interested(event)
    .filter(({ metric }) => metric === null || isMeasured(metric.name, event))
    .sort((a, b) => compareCodePoints(a.path, b.path))
    .flatMap((trigger) => {
      const active = registry.active.get(trigger.automationId)
      return active && event.received >= active.automation.created
        ? [{ event, trigger, active }]
        : []
    })
}

/** Whether something must be read and kept for the trigger: a child's firing is kept by its composite. */
const remembers = ({ trigger }: Meeting): boolean => trigger.hasMemory || trigger.path !== ''

function firingsOf(meetings: Meeting[], now: Micros): Firing[] {
  return meetings.flatMap((meeting) => {
    if (remembers(meeting)) return []
    const { event, trigger, active } = meeting
    const { firing } = decide(trigger, null, event)
    const { values } = bucketKey(trigger, event)
    return firing ? [toFiring(active.automation, trigger, values, firing, event, now)] : []
  })
}

/** What is folded together: by bucket, or by automation where children fire together. */
async function foldsOf(meetings: Meeting[], measure: Measure): Promise<Fold[]> {
  const arriving = meetings.map(async ({ event, trigger, active }) => {
    const key = bucketKeyOf(trigger, bucketName(bucketKey(trigger, event).values))
    const name = trigger.path === '' ? key : active.automation.id
    return { name, active, arrival: await arrivalOf(measure, { trigger, key, event }) }
  })
  const folds = new Map<string, Fold>()
  for (const { name, active, arrival } of await Promise.all(arriving)) {
    const fold = folds.get(name) ?? { active, arrivals: [] }
    folds.set(name, fold)
    fold.arrivals.push(arrival)
  }
  return [...folds.values()]
}
