// Evaluate: stored events meet the triggers. Those without memory fire at once. For the others the events of a batch are folded
// into what the trigger remembers, and memory and firings are stored together, on condition that nobody changed it meanwhile.
import { evaluate as decide } from '../core/evaluate.ts'
import type { Event } from '../core/event.ts'
import type { Firing } from '../core/firing.ts'
import { bucketKey, bucketName, NEVER_EVALUATED } from '../core/match.ts'
import { inCausalOrder } from '../core/ordering.ts'
import type { DueMark, Services, StoredEvent, Workspace } from '../core/ports.ts'
import type { Micros } from '../core/time.ts'
import { type CompiledTrigger, compareCodePoints } from '../core/trigger.ts'
import { groupBy } from './batch.ts'
import type { FeedReader } from './feed.ts'
import { bucketKeyOf, type Fold, foldIn, toFiring } from './fold.ts'
import { type Registry, registries } from './registry.ts'
import { silence } from './silence.ts'

type Uses = Pick<Services, 'automations' | 'triggers' | 'events' | 'scheduler' | 'clock' | 'log'>

/**
 * Takes a batch of the events table's stream: events, and marks left by the wakes of buckets. A mark stands behind everything
 * that was stored before it, so what it says is decided after the events of its batch.
 */
export function evaluate(services: Uses, readFeed: FeedReader) {
  const registryOf = registries(services)
  const endWindow = silence(services, readFeed)

  return async (stored: StoredEvent[], marks: DueMark[]): Promise<void> => {
    for (const [workspace, group] of groupBy(stored, ({ workspace }) => workspace)) {
      await meet(
        services,
        workspace,
        await registryOf(workspace),
        group.map(({ event }) => event),
      )
    }
    for (const mark of marks) await endWindow(await registryOf(mark.workspace), mark)
  }
}

async function meet(
  services: Uses,
  workspace: Workspace,
  registry: Registry,
  events: Event[],
): Promise<void> {
  const { firings, folds } = sortOut(registry, inCausalOrder(events), services.clock.now())
  if (firings.length > 0) await services.triggers.fire(workspace, firings)
  await Promise.all(folds.map((fold) => foldIn(services, workspace, fold)))
}

/** What fires without memory, and what must be folded: by bucket, or by automation where children fire together. */
function sortOut(registry: Registry, events: Event[], now: Micros) {
  const firings: Firing[] = []
  const folds = new Map<string, Fold>()
  for (const event of events) {
    if (event.event === NEVER_EVALUATED) continue
    for (const trigger of registry.index.interested(event).sort(byPath)) {
      const active = registry.active.get(trigger.automationId)
      // An automation sees only what arrived after it was made: a new one does not fire for the backlog of a slow stream.
      if (!active || event.received < active.automation.created) continue
      const { values } = bucketKey(trigger, event)
      const isChild = trigger.path !== ''
      if (!trigger.hasMemory && !isChild) {
        const { firing } = decide(trigger, null, event)
        if (firing) firings.push(toFiring(active.automation, trigger, values, firing, event, now))
        continue
      }
      const key = bucketKeyOf(trigger, bucketName(values))
      const name = isChild ? active.automation.id : key
      const fold = folds.get(name) ?? { active, arrivals: [] }
      folds.set(name, fold)
      fold.arrivals.push({ trigger, key, event })
    }
  }
  return { firings, folds: [...folds.values()] }
}

/** Siblings that one event fires do so in the order in which they stand in their composite. */
const byPath = (a: CompiledTrigger, b: CompiledTrigger): number => compareCodePoints(a.path, b.path)
