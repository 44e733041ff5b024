// Making a flow run: what was asked for, and what its deployment adds. The same for a request and for an automation's action.
import type { Deployment } from './deployment.ts'
import { Refusal } from './errors.ts'
import { uuidv5 } from './ids.ts'
import { checkParameters } from './parameters-schema.ts'
import { type Creator, type FlowRun, type FlowRunPolicy, NO_POLICY } from './run.ts'
import { runName } from './run-name.ts'
import { enterState, newState, type ProposedState } from './run-state.ts'
import { formatInstant, type Micros } from './time.ts'

/** Where a run waits for whoever will run it. */
export interface RunQueue {
  work_pool_id: string | null
  work_pool_name: string | null
  work_queue_id: string | null
  work_queue_name: string | null
}

/** What a caller may say about a run; all of it may be left out. */
export interface RunRequest {
  name?: string | null | undefined
  /** Over the deployment's own, key by key. */
  parameters?: Record<string, unknown> | undefined
  /** Added to the deployment's. */
  tags?: string[] | undefined
  labels?: Record<string, unknown> | null | undefined
  context?: Record<string, unknown> | undefined
  empirical_policy?: FlowRunPolicy | undefined
  flow_version?: string | null | undefined
  parent_task_run_id?: string | null | undefined
  infrastructure_document_id?: string | null | undefined
  idempotency_key?: string | null | undefined
  job_variables?: Record<string, unknown> | null | undefined
  created_by?: Creator | null | undefined
  /** In place of the deployment's queue. */
  queue?: RunQueue | undefined
}

/** A run's identity and beginning: decided by the caller, so that making it again makes the same. */
export interface RunStart {
  id: string
  stateId: string
  flowId: string
  deployment: Deployment | null
  state: ProposedState
  now: Micros
}

/** The id of a run with an idempotency key, which is unique within a flow. */
export const idempotentRunId = (flowId: string, key: string): string =>
  uuidv5(`${flowId}/flow-run/${key}`, RUNS)

const RUNS = '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6b02'

/** The run in its first state. Its parameters are taken as they are: `parameterFault` is asked before. */
export function newFlowRun(start: RunStart, request: RunRequest): FlowRun {
  const { id, deployment, flowId, now } = start
  const created = formatInstant(now)
  const blank: FlowRun = {
    id,
    created,
    updated: created,
    name: request.name || runName(id),
    flow_id: flowId,
    deployment_id: deployment?.id ?? null,
    deployment_version: deployment?.version ?? null,
    ...(request.queue ?? queueOf(deployment)),
    flow_version: request.flow_version ?? null,
    parameters: { ...deployment?.parameters, ...request.parameters },
    idempotency_key: request.idempotency_key ?? null,
    context: request.context ?? {},
    empirical_policy: request.empirical_policy ?? NO_POLICY,
    tags: [...new Set([...(deployment?.tags ?? []), ...(request.tags ?? [])])],
    labels: {
      ...deployment?.labels,
      'prefect.flow.id': flowId,
      ...(deployment ? { 'prefect.deployment.id': deployment.id } : {}),
      ...request.labels,
    },
    parent_task_run_id: request.parent_task_run_id ?? null,
    run_count: 0,
    expected_start_time: null,
    next_scheduled_start_time: null,
    start_time: null,
    end_time: null,
    total_run_time: 0,
    auto_scheduled: false,
    infrastructure_document_id:
      request.infrastructure_document_id ?? deployment?.infrastructure_document_id ?? null,
    infrastructure_pid: null,
    created_by: request.created_by ?? null,
    job_variables: request.job_variables === undefined ? {} : request.job_variables,
    state: null,
    previous_state: null,
  }
  return enterState(blank, newState(id, start.state, { id: start.stateId, now }))
}

const queueOf = (deployment: Deployment | null): RunQueue => ({
  work_pool_id: deployment?.work_pool_id ?? null,
  work_pool_name: deployment?.work_pool_name ?? null,
  work_queue_id: deployment?.work_queue_id ?? null,
  work_queue_name: deployment?.work_queue_name ?? null,
})

/**
 * What is wrong with a run's parameters together with those of its deployment, in Prefect's words, or null. Deployments that do
 * not enforce their schema take anything; `enforce` overrides that for one run.
 * @throws Refusal 422 when the schema refers to itself without end
 */
export function parameterFault(
  deployment: Deployment,
  parameters: Record<string, unknown>,
  enforce: boolean = deployment.enforce_parameter_schema,
): string | null {
  const schema = deployment.parameter_openapi_schema
  if (!enforce || schema === null) return null
  return checkParameters({ ...deployment.parameters, ...parameters }, schema)
}

/** @throws Refusal 409, as Prefect's create_flow_run, when the parameters do not fit the deployment's schema */
export function requireParameters(...asked: Parameters<typeof parameterFault>): void {
  const fault = parameterFault(...asked)
  if (fault !== null) throw new Refusal(409, `Error creating flow run: ${fault}`)
}
