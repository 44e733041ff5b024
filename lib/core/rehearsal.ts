// Rehearsals: what the actions of a firing would have come to, for a backtest to show. Nothing is made. Runs are planned by the code that
// plans them in earnest, so the parameters are those that a run would have had, or the reason why there would have been none.
import { actionsOf } from './action.ts'
import { actionContext } from './action-context.ts'
import type { Action } from './action-schema.ts'
import type { Automation } from './automation.ts'
import type { Deployment } from './deployment.ts'
import type { Firing } from './firing.ts'
import { inferId } from './inference.ts'
import { planRun } from './run-plan.ts'
import { TemplateError } from './template/errors.ts'
import { ParameterError, renderParameters } from './template/parameters.ts'
import { type Micros, parseInstant } from './time.ts'

/** One action of a firing as it would have been carried out. */
export interface Rehearsed {
  type: Action['type']
  /** Of the run that would have been made. */
  parameters?: Record<string, unknown>
  /** When that run would have started. */
  scheduled?: string
  /** Why there would have been no run. */
  fault?: string
}

/** What a rehearsal is told of the workspace, for it reads nothing itself. */
export interface RehearsalParts {
  automation: Automation
  firing: Firing
  /** Deployments by id, as far as they are known: without its own, a run's parameters are rendered and not checked. */
  deployments: ReadonlyMap<string, Deployment>
  /** Objects of the workspace that templates name, and the workspace's variables. */
  named: Record<string, unknown>
  variables: Record<string, unknown>
  stopwatch: () => number
}

/** What each action of the firing would have come to, in the automation's order. Runs alone are planned; of others the type is told. */
export function rehearse(parts: RehearsalParts): Rehearsed[] {
  return actionsOf(parts.automation, parts.firing).map((action, index) =>
    action.type === 'run-deployment' ? rehearseRun(parts, action, index) : { type: action.type },
  )
}

/** The deployment that an action means, or null when the firing does not tell. */
export function deploymentMeant(
  action: Extract<Action, { type: 'run-deployment' }>,
  firing: Firing,
): string | null {
  if (action.source === 'selected') return action.deployment_id
  const meant = inferId(firing, 'deployment')
  return 'id' in meant ? meant.id : null
}

function rehearseRun(
  parts: RehearsalParts,
  action: Extract<Action, { type: 'run-deployment' }>,
  index: number,
): Rehearsed {
  const { automation, firing, variables, stopwatch, named } = parts
  const { type } = action
  const deployment = parts.deployments.get(deploymentMeant(action, firing) ?? '')
  const context = actionContext(automation, firing, { ...(deployment && { deployment }), ...named })
  if (!deployment) return renderAlone(action, context, parts)
  const now: Micros = parseInstant(firing.triggered) ?? 0
  const { run, outcome } = planRun({
    automation,
    firing,
    action,
    index,
    deployment,
    context,
    variables,
    stopwatch,
    depth: 0,
    now,
  })
  if (!run) return { type, fault: outcome.reason ?? 'no run' }
  const { parameters, expected_start_time: scheduled } = run
  return { type, parameters, ...(scheduled && { scheduled }) }
}

function renderAlone(
  { type, parameters }: Extract<Action, { type: 'run-deployment' }>,
  context: object,
  { variables, stopwatch }: RehearsalParts,
): Rehearsed {
  try {
    return {
      type,
      parameters: renderParameters(parameters ?? {}, context, { variables, now: stopwatch }),
    }
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof ParameterError)) throw error
    return { type, fault: error.message }
  }
}
