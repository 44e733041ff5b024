// Evaluate: stored events meet the triggers. Those without memory fire at once. For the others the events of a batch are folded
// into what the trigger remembers, and memory and firings are stored together, on condition that nobody changed it meanwhile.
import { evaluate as decide } from '../core/evaluate.ts'
import type { Event } from '../core/event.ts'
import type { Firing } from '../core/firing.ts'
import { bucketKey, bucketName, NEVER_EVALUATED } from '../core/match.ts'
import { inCausalOrder } from '../core/ordering.ts'
import type { Services, StoredEvent } from '../core/ports.ts'
import { type CompiledTrigger, compareCodePoints } from '../core/trigger.ts'
import { groupBy } from './batch.ts'
import { bucketKeyOf, type Fold, foldIn, toFiring } from './fold.ts'
import { type Registry, registries } from './registry.ts'

type Uses = Pick<Services, 'automations' | 'triggers' | 'events' | 'clock' | 'log'>

export function evaluate(services: Uses) {
  const registryOf = registries(services)

  return async (stored: StoredEvent[]): Promise<void> => {
    for (const [workspace, group] of groupBy(stored, ({ workspace }) => workspace)) {
      const events = group.map(({ event }) => event)
      const registry = await registryOf(workspace)
      const { firings, folds } = sortOut(registry, inCausalOrder(events), services.clock.now())
      if (firings.length > 0) await services.triggers.fire(workspace, firings)
      await Promise.all(folds.map((fold) => foldIn(services, workspace, fold)))
    }
  }
}

/** What fires without memory, and what must be folded: by bucket, or by automation where children fire together. */
function sortOut(registry: Registry, events: Event[], now: number) {
  const firings: Firing[] = []
  const folds = new Map<string, Fold>()
  for (const event of events) {
    if (event.event === NEVER_EVALUATED) continue
    for (const trigger of registry.index.interested(event).sort(byPath)) {
      const active = registry.active.get(trigger.automationId)
      // An automation sees only what arrived after it was made: a new one does not fire for the backlog of a slow stream.
      if (!active || event.received < active.automation.created) continue
      const isChild = trigger.path !== ''
      if (!trigger.hasMemory && !isChild) {
        const { firing } = decide(trigger, null, event)
        if (firing) firings.push(toFiring(active.automation, trigger, '', firing, event, now))
        continue
      }
      const name = isChild
        ? active.automation.id
        : bucketKeyOf(trigger, bucketName(bucketKey(trigger, event).values))
      const fold = folds.get(name) ?? { active, arrivals: [] }
      folds.set(name, fold)
      fold.arrivals.push({ trigger, event })
    }
  }
  return { firings, folds: [...folds.values()] }
}

/** Siblings that one event fires do so in the order in which they stand in their composite. */
const byPath = (a: CompiledTrigger, b: CompiledTrigger): number => compareCodePoints(a.path, b.path)
