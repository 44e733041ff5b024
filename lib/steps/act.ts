// Act: a firing's actions are carried out, and each is told of by events. Runs of a batch are made together; a second delivery
// finds them made, and tells the same again under the same ids.
import { type ActionOutcome, actionEvents, triggeredEvent } from '../core/action.ts'
import { actionContext } from '../core/action-context.ts'
import type { Action } from '../core/action-schema.ts'
import type { Automation } from '../core/automation.ts'
import type { EventDraft } from '../core/event.ts'
import type { Firing } from '../core/firing.ts'
import type { Services, StoredFiring, Variable, Workspace } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { planRun, type RunPlan } from '../core/run-plan.ts'
import { formatInstant } from '../core/time.ts'
import { accept } from './accept.ts'
import { groupBy, once } from './batch.ts'

type Uses = Pick<
  Services,
  'automations' | 'deployments' | 'runs' | 'variables' | 'events' | 'clock' | 'log'
>

/** What a firing comes to: runs to make, then events to tell. */
interface Carried {
  runs: FlowRun[]
  events: EventDraft[]
}

export const act =
  (services: Uses) =>
  async (stored: StoredFiring[]): Promise<void> => {
    for (const [workspace, firings] of groupBy(stored, ({ workspace }) => workspace)) {
      const carry = carryOut(services, workspace)
      const carried = await Promise.all(firings.map(({ firing }) => carry(firing)))
      const runs = carried.flatMap(({ runs }) => runs)
      if (runs.length > 0) await services.runs.create(workspace, runs)
      await accept(services)(
        workspace,
        carried.flatMap(({ events }) => events),
      )
    }
  }

/** Within a batch each automation and deployment is read once. */
function carryOut(services: Uses, workspace: Workspace) {
  const automationOf = once((id) => services.automations.get(workspace, id))
  const deploymentOf = once((id) => services.deployments.get(workspace, id))
  const variablesOnce = once(async () => variablesByName(await services.variables.list(workspace)))

  async function perform(
    automation: Automation,
    firing: Firing,
    action: Action,
    index: number,
  ): Promise<RunPlan> {
    if (action.type === 'do-nothing') return done()
    if (action.type !== 'run-deployment')
      return refused(501, `${action.type} is not carried out yet`)
    const id =
      action.source === 'selected' ? action.deployment_id : inferredId(firing, 'deployment')
    if (!id) return refused(422, 'No deployment could be inferred from the triggering event')
    const deployment = (await deploymentOf(id))?.value
    if (!deployment) return refused(404, `Deployment ${id} not found`, `prefect.deployment.${id}`)
    const variables = await variablesOnce('')
    const context = actionContext(automation, firing, { deployment, variables })
    const now = services.clock.now()
    return planRun({ automation, firing, action, index, deployment, context, variables, now })
  }

  return async (firing: Firing): Promise<Carried> => {
    const automation = (await automationOf(firing.automation_id))?.value.automation
    if (!automation) {
      services.log.info('a firing of a deleted automation', { firing: firing.id })
      return { runs: [], events: [] }
    }
    const carried: Carried = { runs: [], events: [triggeredEvent(automation, firing)] }
    for (const [index, action] of actionsOf(automation, firing).entries()) {
      const { outcome, run } = await perform(automation, firing, action, index)
      const occurred = formatInstant(services.clock.now())
      if (run) carried.runs.push(run)
      carried.events.push(
        ...actionEvents(automation, firing, { index, type: action.type }, outcome, occurred),
      )
    }
    return carried
  }
}

const variablesByName = (variables: Variable[]): Record<string, unknown> =>
  Object.fromEntries(variables.map(({ name, value }) => [name, value]))

/** The actions for every firing, then those for its state, numbered through. */
function actionsOf(automation: Automation, firing: Firing): Action[] {
  const isTriggered = firing.trigger_states.includes('Triggered')
  const isResolved = firing.trigger_states.includes('Resolved')
  return [
    ...automation.actions,
    ...(isTriggered ? automation.actions_on_trigger : []),
    ...(isResolved ? automation.actions_on_resolve : []),
  ]
}

/** The id of a resource of a kind in the triggering event: the one it is about, or the first related one. */
function inferredId(firing: Firing, kind: string): string | null {
  const event = firing.triggering_event
  if (!event) return null
  const prefix = `prefect.${kind}.`
  for (const resource of [event.resource, ...event.related]) {
    const id = resource['prefect.resource.id'] ?? ''
    if (id.startsWith(prefix)) return id.slice(prefix.length)
  }
  return null
}

const done = (): RunPlan => ({ outcome: { statusCode: 200, reason: null, related: [] }, run: null })

function refused(statusCode: number, reason: string, target?: string): RunPlan {
  const related: ActionOutcome['related'] = target
    ? [{ 'prefect.resource.id': target, 'prefect.resource.role': 'target' }]
    : []
  return { outcome: { statusCode, reason, related }, run: null }
}
