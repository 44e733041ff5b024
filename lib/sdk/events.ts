// emitEvent: something happened. Checked by the core's own rules before it is sent, because a
// server drops a bad frame without a word.

import { Refusal } from '../core/errors.ts'
import { type EventDraft, parseEvent } from '../core/event.ts'
import {
  formatInstant,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  type Micros,
  parseInstant,
} from '../core/time.ts'
import { currentRun, type Related, relatedToRun } from './context.ts'
import { runtime } from './runtime.ts'

export interface NewEvent {
  /** Any text; dots make families: `order.shipped`. */
  event: string
  resource: { 'prefect.resource.id': string } & Record<string, string>
  related?: Related[]
  /** Any JSON object. */
  payload?: Record<string, unknown>
  /** ISO 8601 with up to six decimals, or a Date. @default now */
  occurred?: string | Date
  /** A UUID; the server stores an id once. @default a new one */
  id?: string
  /** The event this one comes after, so that the two are never judged in the wrong order. */
  follows?: Pick<EventDraft, 'id' | 'occurred'>
}

/** An event as it was sent; the server adds `received`. */
export type EmittedEvent = EventDraft

/**
 * Events further apart than this cannot be mixed up, and `follows` is left out (Prefect:
 * TIGHT_TIMING).
 */
const FOLLOWS_SECONDS_MAX = 5 * 60

/**
 * Sends an event and returns it at once; what it returns can be the `follows` of the next. Delivery
 * goes on in the background: in order, again after a lost connection, and before the process ends.
 * With no server there, that is said once and events are dropped.
 *
 * Inside of a run the flow run, flow, deployment and tags are added as related resources, as
 * Prefect's client does.
 * @throws Refusal when no server would take the event; the message names the field
 */
export function emitEvent(given: NewEvent): EmittedEvent {
  const { clock, events, newId } = runtime()
  const occurred = given.occurred === undefined ? clock.now() : instantOf(given.occurred)
  const event = {
    occurred: formatInstant(occurred),
    event: given.event,
    resource: given.resource,
    related: withRunRelated(given),
    payload: given.payload ?? {},
    id: given.id ?? newId(),
    follows: given.follows ? followed(given.follows, occurred) : null,
  }
  const frame = JSON.stringify(event)
  const emitted = parseEvent(event, Buffer.byteLength(frame))
  events.send(frame)
  return emitted
}

function withRunRelated({ resource, related = [] }: NewEvent): Related[] {
  const context = currentRun()
  if (!context) return related
  const present = [resource, ...related].map((one) => one['prefect.resource.id'])
  return [...related, ...relatedToRun(context, new Set(present))]
}

function followed(leader: Pick<EventDraft, 'id' | 'occurred'>, occurred: Micros): string | null {
  const apart = Math.abs(occurred - instantOf(leader.occurred))
  return apart < FOLLOWS_SECONDS_MAX * MICROS_PER_SECOND ? leader.id : null
}

function instantOf(given: string | Date): Micros {
  const at = typeof given === 'string' ? parseInstant(given) : given.getTime() * MICROS_PER_MS
  if (at !== null && !Number.isNaN(at)) return at
  throw new Refusal(422, `occurred: ${String(given)} is not an instant; try 2026-11-21T09:00:00Z`)
}
