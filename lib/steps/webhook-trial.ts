// A template tried before it is saved: the events it would make of a request, and the automations they would set off, asked of the
// very index that evaluates stored events.

import type { CompiledTrigger } from '../core/compiled-trigger.ts'
import type { Event } from '../core/event.ts'
import { expects, isEvaluated } from '../core/match.ts'
import type { Services } from '../core/ports.ts'
import { withoutSecrets } from '../core/redact.ts'
import { placesOf } from '../core/signature-presets.ts'
import { formatInstant } from '../core/time.ts'
import type { HookCall } from '../core/webhook-context.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import { type Trial, tryCall } from '../core/webhook-trial.ts'
import type { Workspace } from '../core/workspace.ts'
import { type Registry, registries } from './registry.ts'

/** An automation that one of the events would concern. */
export interface Concerned {
  id: string
  name: string
  /** The event's position in the list. */
  event: number
  /** Its trigger's path in the automation; '' for the only one. */
  trigger: string
  /** `fires` at once; `counts` towards a threshold, a window or a composite; `begins` what is counted after it. */
  effect: 'fires' | 'counts' | 'begins'
}

export interface WebhookTrial extends Trial {
  automations: Concerned[]
}

type Uses = Pick<Services, 'automations' | 'blobs' | 'clock' | 'stopwatch' | 'ids'>

export function tryWebhook(services: Uses) {
  const registryOf = registries(services)

  return async (workspace: Workspace, webhook: Webhook, call: HookCall): Promise<WebhookTrial> => {
    const now = formatInstant(services.clock.now())
    const clean = withoutSecrets(call, placesOf(webhook.signature))
    const trial = tryCall(webhook, clean, {
      occurred: now,
      newId: services.ids.next,
      now: services.stopwatch,
    })
    if (trial.events.length === 0) return { ...trial, automations: [] }
    const registry = await registryOf(workspace)
    const automations = trial.events.flatMap((draft, position) =>
      concernedBy(registry, { ...draft, received: now }, position),
    )
    return { ...trial, automations }
  }
}

function concernedBy(registry: Registry, event: Event, position: number): Concerned[] {
  if (!isEvaluated(event)) return []
  return registry.index.interested(event).flatMap((trigger) => {
    const active = registry.active.get(trigger.automationId)
    if (!active) return []
    const { id, name } = active.automation
    const effect = effectOf(trigger, event)
    return [{ id, name, event: position, trigger: trigger.path, effect }]
  })
}

function effectOf(trigger: CompiledTrigger, event: Event): Concerned['effect'] {
  if (!expects(trigger, event.event)) return 'begins'
  return trigger.hasMemory || trigger.path !== '' ? 'counts' : 'fires'
}
