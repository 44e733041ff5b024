// What a run-deployment action comes to: a run with its parameters rendered and its start chosen, or the reason why there is
// none. Deciding it again gives the same run, id and all.
import { type ActionOutcome, invocationId, triggeredRunId } from './action.ts'
import type { Action } from './action-schema.ts'
import type { Automation } from './automation.ts'
import type { Deployment } from './deployment.ts'
import { Refusal } from './errors.ts'
import type { Firing } from './firing.ts'
import { IDEMPOTENCY_DAYS, type KeyedRun, keyedRun } from './idempotency.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import { chainRunLabels } from './loop.ts'
import { textifyParameters } from './parameters-schema.ts'
import type { FlowRun } from './run.ts'
import { newFlowRun, parameterFault } from './run-creation.ts'
import { TemplateError } from './template/errors.ts'
import { ParameterError, renderParameters, renderText } from './template/parameters.ts'
import {
  formatInstant,
  MICROS_PER_SECOND,
  type Micros,
  parseInstant,
  type Stopwatch,
} from './time.ts'

/** All that a plan depends on. The same gives the same run, but for `now`, which is when it is made. */
export interface PlanOf {
  automation: Automation
  firing: Firing
  action: Extract<Action, { type: 'run-deployment' }>
  /** The action's place among those of the firing. */
  index: number
  deployment: Deployment
  /** What templates may name. */
  context: object
  /** Values of workspace variables by name. */
  variables: Record<string, unknown>
  /** Measures what templates take. */
  stopwatch: Stopwatch
  /** How many firings led here, this one included. */
  depth: number
  /** When the run is made. Its delay counts from the firing, so that a retry decides the same. */
  now: Micros
}

/** `run` is null when the action failed; `outcome` says why. */
export interface RunPlan {
  outcome: ActionOutcome
  run: FlowRun | null
  /** Set when the action has an idempotency key: there may be such a run already. */
  keyed: KeyedRun | null
}

/** Bytes of a run's parameters as JSON: with the rest of the run they must fit into one item of the table. */
const PARAMETERS_BYTES_MAX = 300_000

/** Plans the run of one action. Faults of its templates and parameters are the outcome, and no errors. */
export function planRun(plan: PlanOf): RunPlan {
  const { automation, firing, action, index, deployment, now } = plan
  const firedAt = parseInstant(firing.triggered) ?? now
  const rendered = renderOrFault(plan)
  if ('fault' in rendered) return failed(deployment, rendered.fault)
  const parameters = textifyParameters(rendered.parameters, deployment.parameter_openapi_schema)
  const bytes = Buffer.byteLength(JSON.stringify(parameters))
  if (bytes > PARAMETERS_BYTES_MAX) {
    return failed(
      deployment,
      `Unable to create flow run from deployment: the parameters have ${bytes} bytes, at most ${PARAMETERS_BYTES_MAX}`,
    )
  }
  const fault = faultOf(() => parameterFault(deployment, parameters))
  if (fault !== null) {
    const reason = `Error creating flow run: ${fault}`
    return failed(deployment, `Validation error occurred for 'run-deployment' - ${reason}`, reason)
  }
  const days = action.idempotency_window ?? IDEMPOTENCY_DAYS
  const keyed =
    rendered.key === '' ? null : keyedRun(deployment.id, { key: rendered.key, days }, firedAt)
  const id = keyed?.id ?? triggeredRunId(firing, index)
  const scheduled = formatInstant(firedAt + Math.round(action.schedule_after * MICROS_PER_SECOND))
  const run = newFlowRun(
    {
      id,
      stateId: uuidv5(`${id}/scheduled`, NAMESPACE.state),
      flowId: deployment.flow_id,
      deployment,
      state: { type: 'SCHEDULED', name: 'Scheduled', state_details: { scheduled_time: scheduled } },
      now,
    },
    {
      parameters,
      job_variables: action.job_variables,
      idempotency_key:
        keyed?.key ??
        `automation ${automation.id}, action ${index}, invocation ${invocationId(firing, index)}`,
      created_by: { id: automation.id, type: 'AUTOMATION', display_value: automation.name },
      labels: chainRunLabels(plan.depth, action.schedule_after),
    },
  )
  return { outcome: made(deployment, run, 201), run, keyed }
}

/** The plan when its key has made a run already: no second one, as POST create_flow_run answers it. */
export const repeated = (deployment: Deployment, run: FlowRun): RunPlan => ({
  outcome: made(deployment, run, 200),
  run: null,
  keyed: null,
})

function made(deployment: Deployment, run: FlowRun, statusCode: number): ActionOutcome {
  const flowRun = {
    'prefect.resource.id': `prefect.flow-run.${run.id}`,
    'prefect.resource.role': 'flow-run',
    'prefect.resource.name': run.name,
  }
  return { statusCode, reason: null, related: [target(deployment), flowRun] }
}

const target = (deployment: Deployment) => ({
  'prefect.resource.id': `prefect.deployment.${deployment.id}`,
  'prefect.resource.role': 'target',
})

function failed(deployment: Deployment, reason: string, validationError?: string): RunPlan {
  const related = [target(deployment)]
  const outcome: ActionOutcome = validationError
    ? { statusCode: 409, reason, related, details: { validation_error: validationError } }
    : { statusCode: null, reason, related }
  return { outcome, run: null, keyed: null }
}

function renderOrFault({
  action,
  context,
  variables,
  stopwatch,
}: PlanOf): { parameters: Record<string, unknown>; key: string } | { fault: string } {
  try {
    return {
      parameters: renderParameters(action.parameters ?? {}, context, { variables, now: stopwatch }),
      key: renderText(action.idempotency_key ?? '', context, { now: stopwatch }),
    }
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof ParameterError)) throw error
    return { fault: `Unable to create flow run from deployment: ${error.message}` }
  }
}

/** A schema that refers to itself without end is the deployment's fault, and told as such. */
function faultOf(check: () => string | null): string | null {
  try {
    return check()
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}
