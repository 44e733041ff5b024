// The triggers of a workspace, compiled and warm in this process. Before a batch one strong read tells whether an automation
// changed; then only what changed is read and compiled again.
import type { Automation } from '../core/automation.ts'
import type { OwnedAutomation, Services, Workspace } from '../core/ports.ts'
import { type CompiledAutomation, compileAutomation } from '../core/trigger.ts'
import { createTriggerIndex, type TriggerIndex } from '../core/trigger-index.ts'

/** An enabled automation, ready to be evaluated. */
export interface ActiveAutomation {
  automation: Automation
  compiled: CompiledAutomation
}

export interface Registry {
  /** The triggers that may care about an event. */
  index: TriggerIndex
  active: Map<string, ActiveAutomation>
}

/** Answers a workspace's registry, no older than the call. */
export function registries({ automations }: Pick<Services, 'automations'>) {
  const warm = new Map<Workspace, { registry: Registry; change: number }>()

  async function load(workspace: Workspace): Promise<Registry> {
    const change = await automations.head(workspace)
    const known = warm.get(workspace)
    if (known?.change === change) return known.registry
    const changes = known ? await automations.changesSince(workspace, known.change) : null
    if (known && changes) {
      const next = await automations.getMany(workspace, changes.ids)
      for (const id of changes.ids) remove(known.registry, id)
      for (const owned of next) add(known.registry, owned)
      known.change = changes.head
      return known.registry
    }
    const registry: Registry = { index: createTriggerIndex(), active: new Map() }
    for (const owned of await automations.list(workspace)) add(registry, owned)
    warm.set(workspace, { registry, change })
    return registry
  }

  return load
}

function add(registry: Registry, { automation }: OwnedAutomation): void {
  if (!automation.enabled) return
  const compiled = compileAutomation(automation)
  registry.active.set(automation.id, { automation, compiled })
  registry.index.add(compiled)
}

function remove(registry: Registry, id: string): void {
  const active = registry.active.get(id)
  if (!active) return
  registry.active.delete(id)
  registry.index.remove(active.compiled)
}
