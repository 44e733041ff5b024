// The index of triggers: who may care about an event, found by the event's name without asking every trigger. Names without
// a pattern are looked up, all others are asked one by one.
import type { Event } from './event.ts'
import { isInterested } from './match.ts'
import type { CompiledAutomation, CompiledTrigger } from './trigger.ts'

export interface TriggerIndex {
  add(automation: CompiledAutomation): void
  remove(automation: CompiledAutomation): void
  /** The triggers that are interested in the event, as `isInterested` decides. */
  interested(event: Event): CompiledTrigger[]
}

export function createTriggerIndex(): TriggerIndex {
  const byName = new Map<string, Set<CompiledTrigger>>()
  const rest = new Set<CompiledTrigger>()

  function placesOf(trigger: CompiledTrigger): Set<CompiledTrigger>[] {
    const names = exactNames(trigger)
    if (!names) return [rest]
    return names.map((name) => {
      const place = byName.get(name) ?? new Set()
      byName.set(name, place)
      return place
    })
  }

  return {
    add(automation) {
      for (const trigger of automation.triggers) {
        for (const place of placesOf(trigger)) place.add(trigger)
      }
    },
    remove(automation) {
      for (const trigger of automation.triggers) {
        for (const place of placesOf(trigger)) place.delete(trigger)
      }
    },
    interested(event) {
      const candidates = [...(byName.get(event.event) ?? []), ...rest]
      return candidates.filter((trigger) => isInterested(trigger, event))
    },
  }
}

/** The names a trigger listens to when none of them is a pattern, else null. */
function exactNames({ names }: CompiledTrigger): string[] | null {
  const exact = names.prechecks.map((pieces) => (pieces.length === 1 ? (pieces[0] ?? '') : null))
  const isExact = exact.every((name) => name !== null && !/[*?[!]/.test(name))
  return isExact ? (exact as string[]) : null
}
