// The cast of our tests: a bakery. Ovens, doughs and bakers emit events; automations bake, call and worry.

import { type CompiledTrigger, compileAutomation } from '../../lib/core/compiled-trigger.ts'
import { type Event, resourceId } from '../../lib/core/event.ts'
import { uuidv5 } from '../../lib/core/ids.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros } from '../../lib/core/time.ts'
import type { EventTrigger, Trigger } from '../../lib/core/trigger.ts'

/** The bakery opens at this moment; tests count seconds from it. */
export const OPENING: Micros = 1_795_237_200 * MICROS_PER_SECOND

export const afterOpening = (seconds: number): Micros => OPENING + seconds * MICROS_PER_SECOND

/** An event that occurred, and was received, some seconds after opening. Equal ones have equal ids. */
export function bakeryEvent(name: string, seconds: number, parts: Partial<Event> = {}): Event {
  const occurred = formatInstant(afterOpening(seconds))
  const event: Event = {
    id: '',
    event: name,
    occurred,
    received: occurred,
    resource: { 'prefect.resource.id': 'oven.1' },
    related: [],
    payload: {},
    follows: null,
    ...parts,
  }
  const id = uuidv5(
    `${name} ${occurred} ${resourceId(event)}`,
    '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6aff',
  )
  return { ...event, id: parts.id ?? id }
}

export const doughProofed = (seconds: number, parts: Partial<Event> = {}): Event =>
  bakeryEvent('dough.proofed', seconds, parts)

export const ovenWarm = (seconds: number, parts: Partial<Event> = {}): Event =>
  bakeryEvent('oven.warm', seconds, parts)

/** An event trigger with Prefect's defaults; reactive, for any event, unless said otherwise. */
export const eventTrigger = (parts: Partial<EventTrigger> = {}): EventTrigger => ({
  type: 'event',
  id: '00000000-0000-4000-8000-000000000001',
  match: {},
  match_related: {},
  after: [],
  expect: [],
  for_each: [],
  posture: 'Reactive',
  threshold: 1,
  within: 0,
  ...parts,
})

export const automationOf = (trigger: Trigger) =>
  compileAutomation({ id: '00000000-0000-4000-8000-00000000000a', trigger })

/** That trigger, compiled, as the root of an automation. */
export function compiledTrigger(parts: Partial<EventTrigger> = {}): CompiledTrigger {
  const [compiled] = automationOf(eventTrigger(parts)).triggers
  if (!compiled) throw new Error('an event trigger compiles to one')
  return compiled
}

/** Bakes whatever dough has proofed. */
export const bakeWhenProofed = (parts: Partial<EventTrigger> = {}): CompiledTrigger =>
  compiledTrigger({ expect: ['dough.proofed'], ...parts })

/** Calls the baker when an oven has not said for a minute that it is warm. */
export const callWhenOvenSilent = (parts: Partial<EventTrigger> = {}): CompiledTrigger =>
  compiledTrigger({ posture: 'Proactive', expect: ['oven.warm'], within: 60, ...parts })
