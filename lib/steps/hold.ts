// Holding back: an event that follows another is not counted before it, when a trigger that remembers cares. Until the one it follows is
// ahead, the follower waits, as long as Prefect would, and is looked at again by a wake. Events that nobody follows cost nothing here.
import type { Event } from '../core/event.ts'
import { mustWait } from '../core/ordering.ts'
import type { Services } from '../core/ports.ts'
import { MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'

/** How soon a held event is looked at again, at the least; later the longer it has waited already. */
const LOOK_AGAIN_MIN: Micros = MICROS_PER_SECOND

type Uses = Pick<Services, 'events' | 'scheduler' | 'clock'>

/**
 * Whether an event has to wait for the one it follows, which is not in its batch: `isAhead` says whether that, being stored, is ahead, and
 * is told whether somebody noted that it is held.
 */
export async function isTooEarly(
  services: Uses,
  workspace: Workspace,
  event: Event,
  isAhead: (leader: Event, isHeld: boolean) => boolean | Promise<boolean>,
): Promise<boolean> {
  const now = services.clock.now()
  if (event.follows === null || !mustWait(event, null, now)) return false
  const leader = await services.events.leader(workspace, event.follows)
  const isOver = leader !== null && (await isAhead(leader.event, leader.isHeld))
  return mustWait(event, isOver ? now : null, now)
}

/**
 * Events that are looked for, in their order, without those that wait for the one they follow, or will have to: they are counted when that
 * has been. Whoever arrived before `asOf` is ahead; without it, whoever arrived before its follower: that one comes late to others
 * must not keep a silence from being broken.
 */
export async function inTurn(
  services: Uses,
  workspace: Workspace,
  events: readonly Event[],
  asOf?: string,
): Promise<Event[]> {
  const left = new Map<string, Event>()
  for (const event of events) {
    const isAhead = ({ received }: Event, isHeld: boolean) =>
      !isHeld && received < (asOf ?? event.received)
    const isLed = event.follows === null || left.has(event.follows)
    if (isLed || !(await isTooEarly(services, workspace, event, isAhead))) left.set(event.id, event)
  }
  return [...left.values()]
}

/**
 * Holds an event back. The wake comes first: a note that no wake came after would never be taken away. A batch that comes again writes
 * the note again and arms the same wake.
 */
export async function holdBack(services: Uses, workspace: Workspace, event: Event): Promise<void> {
  const now = services.clock.now()
  const waited = now - (parseInstant(event.received) ?? now)
  const again = now + Math.max(LOOK_AGAIN_MIN, waited / 4)
  await services.scheduler.wakeAt({ kind: 'held', workspace, id: event.id }, again)
  await services.events.hold(workspace, event.id)
}
