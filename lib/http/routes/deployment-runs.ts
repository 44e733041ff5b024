// Runs of deployments: made by whoever asks for one, handed to whoever serves the deployment.
import { z } from 'zod'
import type { Deployment } from '../../core/deployment.ts'
import { Refusal } from '../../core/errors.ts'
import { PAGE_MAX, pageFields, pageSize } from '../../core/order.ts'
import { textifyParameters } from '../../core/parameters-schema.ts'
import { idempotentRunId, newFlowRun, requireParameters } from '../../core/run-creation.ts'
import { deploymentRunCreateSchema } from '../../core/run-schema.ts'
import { instant, parseBody, uuid } from '../../core/schema.ts'
import type { Workspace } from '../../core/workspace.ts'
import { place } from '../../steps/place.ts'
import { pollDeployments } from '../../steps/poll.ts'
import { runAnswer } from '../answers.ts'
import { type Answer, idParam, ok, type Route } from '../route.ts'
import { createRun } from './create-run.ts'
import { type DeploymentServices, readDeployment } from './deployment-lookup.ts'

const pollSchema = z.object({
  deployment_ids: z.array(uuid).max(PAGE_MAX),
  scheduled_before: instant.nullish(),
  limit: pageFields.limit,
})

type Sent = z.output<typeof deploymentRunCreateSchema>
const bulkSchema = z.array(deploymentRunCreateSchema)

/** Runs of one request (Prefect: BULK_CREATE_LIMIT). */
const BULK_RUNS_MAX = 100

export function deploymentRunRoutes(services: DeploymentServices): Route[] {
  const { clock, ids } = services

  async function create(
    workspace: Workspace,
    deployment: Deployment,
    { enforce_parameter_schema, work_queue_name, ...request }: Sent,
  ): Promise<Answer> {
    const schema = deployment.parameter_openapi_schema
    const parameters = textifyParameters(request.parameters ?? {}, schema)
    requireParameters(deployment, parameters, enforce_parameter_schema ?? undefined)
    const { work_pool_name: pool, flow_id: flowId } = deployment
    const key = request.idempotency_key
    const run = newFlowRun(
      {
        id: key ? idempotentRunId(flowId, key) : ids.next(),
        stateId: ids.next(),
        flowId,
        deployment,
        state: request.state ?? { type: 'SCHEDULED' },
        now: clock.now(),
      },
      {
        ...request,
        parameters,
        ...(work_queue_name && pool
          ? { queue: await place(services)(workspace, pool, work_queue_name) }
          : {}),
      },
    )
    return createRun(services, workspace, run)
  }

  /** One of many: a run that cannot be made keeps no other from being made. */
  async function outcome(workspace: Workspace, deployment: Deployment, sent: Sent) {
    try {
      const { body } = await create(workspace, deployment, sent)
      return { flow_run_id: (body as { id: string }).id, status: 'CREATED', error: null }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { flow_run_id: null, status: 'FAILED', error: error.message }
    }
  }

  return [
    {
      method: 'POST',
      path: '/deployments/:id/create_flow_run',
      summary: 'Create a run of a deployment; the same idempotency key answers the same run',
      body: deploymentRunCreateSchema,
      answers: [201, 200],
      async handle(call) {
        const sent = parseBody(deploymentRunCreateSchema, await call.body())
        const deployment = await readDeployment(services, call.workspace, idParam(call))
        return create(call.workspace, deployment, sent)
      },
    },
    {
      method: 'POST',
      path: '/deployments/:id/create_flow_run/bulk',
      summary: `Create up to ${BULK_RUNS_MAX} runs of a deployment, and say of each whether it could be`,
      body: bulkSchema,
      async handle(call) {
        const sent = parseBody(bulkSchema, await call.body())
        if (sent.length > BULK_RUNS_MAX) {
          throw new Refusal(400, `Cannot create more than ${BULK_RUNS_MAX} flow runs at once.`)
        }
        const deployment = await readDeployment(services, call.workspace, idParam(call))
        const results: object[] = []
        for (const one of sent) results.push(await outcome(call.workspace, deployment, one))
        return ok({ results })
      },
    },
    {
      method: 'POST',
      path: '/deployments/get_scheduled_flow_runs',
      summary: 'Runs of deployments that are due; asking makes the deployments ready',
      body: pollSchema,
      async handle(call) {
        const asked = parseBody(pollSchema, await call.body())
        const wanted = { before: asked.scheduled_before ?? null, limit: pageSize(asked) }
        const poll = pollDeployments(services)
        const runs = await poll(call.workspace, asked.deployment_ids, wanted)
        return ok(runs.map((run) => runAnswer(run, clock.now())))
      },
    },
  ]
}
