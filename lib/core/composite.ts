// Composite triggers: what a child's firing does to a compound or a sequence, and on up to the root (Prefect's
// server/events/triggers.py `evaluate_composite_trigger`). One firing per child is kept, of whatever for_each key, and time is
// that of the firings, not of the events behind them.

import type { CompiledAutomation, CompiledComposite } from './compiled-trigger.ts'
import type { Event } from './event.ts'
import { type Firing, firingId, type Turn } from './firing.ts'
import { hasTaken, type Taken, taking } from './taken.ts'
import { formatInstant, type Micros } from './time.ts'

/** A firing on its way up: of an event or metric trigger, or of a composite that its children completed. */
export interface ChildFiring {
  id: string
  /** The path of the trigger that fired. */
  path: string
  firedAt: Micros
  labels: Record<string, string>
  /** The triggering event, null for a silence in which nothing was seen. A composite has that of the child completing it. */
  eventId: string | null
  /** All that the window of an event trigger counted, where that may be several. */
  eventIds?: string[]
  /** What completed a composite, in the order in which it fired; empty for event and metric triggers. */
  children: ChildFiring[]
  /** There for metric triggers only. What has resolved takes no composite any further. */
  turn?: Turn
}

/** A composite's state; plain data, stored as it is. */
export interface CompositeState {
  /** The last firing of each child that fired since the composite did, in the order in which they came. */
  stored: ChildFiring[]
  /** Child firings that changed this state. */
  taken: Taken
}

/** What a child's firing did to one composite. */
export interface CompositeDecision {
  /** The next state: the very object passed in when there is nothing to write. */
  state: CompositeState | null
  /** The child firings that completed the composite, and are consumed by it; null when it goes on waiting. */
  completedBy: ChildFiring[] | null
}

/**
 * Decide what a child's firing does to its composite.
 *
 * 1. repeated:  this very firing was taken before; nothing changes.
 * 2. completed: one firing is enough, so nothing is kept.
 * 3. waiting:   it takes the place of the same child's former firing; those older than `within` before it are dropped.
 * 4. completed: compound: enough children are there. Sequence: all are, and fired in their order. All of them are consumed.
 */
export function compose(
  composite: CompiledComposite,
  state: CompositeState | null,
  child: ChildFiring,
): CompositeDecision {
  if (composite.required === 1) return { state, completedBy: [child] }
  if (state && hasTaken(state.taken, child.id)) return { state, completedBy: null }
  const taken = taking(state?.taken ?? '', child.id)
  const since =
    composite.within === null ? Number.NEGATIVE_INFINITY : child.firedAt - composite.within
  const others = (state?.stored ?? []).filter(
    ({ path, firedAt }) => path !== child.path && firedAt >= since,
  )
  const stored = [...others, child]
  if (!isComplete(composite, stored)) return { state: { stored, taken }, completedBy: null }
  return { state: { stored: [], taken }, completedBy: stored }
}

function isComplete(composite: CompiledComposite, stored: ChildFiring[]): boolean {
  if (stored.length < composite.required) return false
  if (composite.kind === 'compound') return true
  const fired = inFiringOrder(composite, stored)
  return composite.children.every((path, i) => path === fired[i]?.path)
}

/** Firings of one instant stay as they came, but those of one event are in the sequence's order: nobody could say which was first. */
function inFiringOrder({ children }: CompiledComposite, stored: ChildFiring[]): ChildFiring[] {
  const place = ({ path }: ChildFiring) => children.indexOf(path)
  return stored.toSorted((a, b) => {
    const isOfOneEvent = a.eventId !== null && a.eventId === b.eventId
    return a.firedAt - b.firedAt || (isOfOneEvent ? place(a) - place(b) : 0)
  })
}

/** The states that a firing changed, by path, and the root's firing if it got that far. */
export interface Ascent {
  states: Map<string, CompositeState>
  root: ChildFiring | null
  /** The composites on the way, from below upwards, and whether the firing completed them. */
  completed: { path: string; isComplete: boolean }[]
}

/**
 * Take a firing of any of an automation's triggers up to its root, through every composite that it completes. The states go into
 * the store together, with the bucket that fired: half of them would lose the firing, since the written half has taken it.
 */
export function ascend(
  { composites }: CompiledAutomation,
  firing: ChildFiring,
  stateAt: (path: string) => CompositeState | null,
): Ascent {
  const states = new Map<string, CompositeState>()
  const completed: Ascent['completed'] = []
  let risen = firing
  while (risen.path !== '') {
    const parent = composites.find(({ path }) => path === parentOf(risen.path))
    if (!parent) throw new Error(`no composite trigger above ${risen.path}`)
    const before = stateAt(parent.path)
    const { state, completedBy } = compose(parent, before, risen)
    if (state && state !== before) states.set(parent.path, state)
    completed.push({ path: parent.path, isComplete: completedBy !== null })
    if (!completedBy) return { states, root: null, completed }
    const { id, firedAt, eventId } = risen
    risen = {
      id: firingId(parent, '', id),
      path: parent.path,
      firedAt,
      labels: {},
      eventId,
      children: completedBy,
    }
  }
  return { states, root: risen, completed }
}

/** The path of the composite that a trigger stands in; '' for those in the root. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')))

/** The events that a firing and its children name, each once. */
export const eventIdsOf = (firing: ChildFiring): Set<string> =>
  new Set([
    ...(firing.eventId === null ? [] : [firing.eventId]),
    ...firing.children.flatMap((child) => [...eventIdsOf(child)]),
  ])

/** A firing of an automation with the events it names, as far as they are known. */
export const firingOf = (
  automation: { id: string; name: string },
  firing: ChildFiring,
  events: ReadonlyMap<string, Event>,
): Firing => ({
  id: firing.id,
  automation_id: automation.id,
  automation_name: automation.name,
  path: firing.path,
  trigger_states: [firing.turn?.state ?? 'Triggered'],
  triggered: formatInstant(firing.firedAt),
  triggering_labels: firing.labels,
  triggering_event: (firing.eventId === null ? null : events.get(firing.eventId)) ?? null,
  triggering_firings: firing.children.map((child) => firingOf(automation, child, events)),
  ...(firing.eventIds && { counted_event_ids: firing.eventIds }),
  ...(firing.turn && { metric: firing.turn.metric }),
})
