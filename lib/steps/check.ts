// Check: what is probably not meant about an automation that could be saved. Triggers that never fire, things named that are not there, and
// parameters that the deployment would not take: tried with the last stored event of the kind, or where none is by what is known without.
import type { Automation } from '../core/automation.ts'
import { compileAutomation } from '../core/compiled-trigger.ts'
import type { Deployment } from '../core/deployment.ts'
import { type Event, resourceId } from '../core/event.ts'
import { parseEventFilter } from '../core/filter.ts'
import type { Firing } from '../core/firing.ts'
import { knownFault } from '../core/known-parameters.ts'
import { bucketKey, isEvaluated, isInterested } from '../core/match.ts'
import { neverFires, type Warning } from '../core/never.ts'
import type { Services } from '../core/ports.ts'
import { rehearse } from '../core/rehearsal.ts'
import type { Workspace } from '../core/workspace.ts'
import type { FeedReader } from './feed.ts'
import { LISTS, missingReferences, placedActions } from './references.ts'
import { templateObjects } from './template-objects.ts'

type Uses = Pick<
  Services,
  | 'automations'
  | 'blocks'
  | 'events'
  | 'flows'
  | 'deployments'
  | 'runs'
  | 'workPools'
  | 'variables'
  | 'clock'
  | 'stopwatch'
>

/** Stored events among which one is looked for that the trigger cares about, newest first. */
const EVENTS_LOOKED_AT = 5_000

export function check(services: Uses, readFeed: FeedReader) {
  return async (workspace: Workspace, automation: Automation): Promise<Warning[]> => {
    const missing = await missingReferences(services, workspace, automation)
    const deployments = await deploymentsNamed(services, workspace, automation)
    const sample = await sampleFor(automation, workspace)
    const faults = sample
      ? await faultsWith(services, workspace, { automation, deployments, sample })
      : faultsWithout(automation, deployments)
    return [...neverFires(automation.trigger), ...missing, ...faults]
  }

  async function sampleFor(automation: Automation, workspace: Workspace): Promise<Event | null> {
    const { triggers } = compileAutomation(automation)
    const filter = parseEventFilter({}, services.clock.now())
    const events = (await readFeed(workspace)).backfill(filter, EVENTS_LOOKED_AT)
    const isMet = (event: Event) =>
      isEvaluated(event) && triggers.some((trigger) => isInterested(trigger, event))
    return events.toReversed().find(isMet) ?? null
  }
}

async function deploymentsNamed(
  { deployments }: Uses,
  workspace: Workspace,
  automation: Automation,
): Promise<Map<string, Deployment>> {
  const found = new Map<string, Deployment>()
  for (const { action } of placedActions(automation)) {
    if (!('deployment_id' in action) || action.deployment_id === null) continue
    const deployment = await deployments.get(workspace, action.deployment_id)
    if (deployment) found.set(deployment.value.id, deployment.value)
  }
  return found
}

/** What is wrong with parameters whatever the event. */
const faultsWithout = (
  automation: Automation,
  deployments: ReadonlyMap<string, Deployment>,
): Warning[] =>
  placedActions(automation).flatMap(({ path, action }) => {
    if (action.type !== 'run-deployment') return []
    const deployment = deployments.get(action.deployment_id ?? '')
    const fault = deployment ? knownFault(deployment, action.parameters ?? {}) : null
    return fault === null
      ? []
      : [{ path: `${path}.parameters`, message: `There would be no run: ${fault}` }]
  })

/** The actions, rehearsed as if the event had fired the automation. */
async function faultsWith(
  services: Uses,
  workspace: Workspace,
  {
    automation,
    deployments,
    sample,
  }: { automation: Automation; deployments: Map<string, Deployment>; sample: Event },
): Promise<Warning[]> {
  const objects = templateObjects(services, workspace)
  const firing = firingBy(automation, sample)
  const texts = [JSON.stringify(LISTS.map((list) => automation[list]))]
  const rehearsed = rehearse({
    automation,
    firing,
    deployments,
    named: await objects.named(texts, firing),
    variables: await objects.variables(),
    stopwatch: services.stopwatch,
  })
  return rehearsed.flatMap(({ fault }, i) =>
    fault === undefined
      ? []
      : [
          {
            path: placeOf(automation, i),
            message: `With the last such event, ${sample.event} of ${resourceId(sample)} (${sample.id}), there would be no run: ${fault}`,
          },
        ],
  )
}

function placeOf({ actions }: Automation, i: number): string {
  return i < actions.length ? `actions.${i}` : `actions_on_trigger.${i - actions.length}`
}

function firingBy(automation: Automation, event: Event): Firing {
  const { triggers } = compileAutomation(automation)
  const trigger = triggers.find((one) => isInterested(one, event))
  return {
    id: automation.id,
    automation_id: automation.id,
    automation_name: automation.name,
    path: '',
    trigger_states: ['Triggered'],
    triggered: event.received,
    triggering_labels: trigger ? bucketKey(trigger, event).labels : {},
    triggering_event: event,
    triggering_firings: [],
  }
}
