// Runs of deployments: made by whoever asks for one, handed to whoever serves the deployment.
import { z } from 'zod'
import { PAGE_MAX, pageFields, pageSize } from '../../core/order.ts'
import { textifyParameters } from '../../core/parameters-schema.ts'
import { idempotentRunId, newFlowRun, requireParameters } from '../../core/run-creation.ts'
import { deploymentRunCreateSchema } from '../../core/run-schema.ts'
import { instant, parseBody, uuid } from '../../core/schema.ts'
import { place } from '../../steps/place.ts'
import { pollDeployments } from '../../steps/poll.ts'
import { runAnswer } from '../answers.ts'
import { idParam, ok, type Route } from '../route.ts'
import { createRun } from './create-run.ts'
import { type DeploymentServices, readDeployment } from './deployments.ts'

const pollSchema = z.object({
  deployment_ids: z.array(uuid).max(PAGE_MAX),
  scheduled_before: instant.nullish(),
  limit: pageFields.limit,
})

export function deploymentRunRoutes(services: DeploymentServices): Route[] {
  const { clock, ids } = services
  return [
    {
      method: 'POST',
      path: '/deployments/:id/create_flow_run',
      summary: 'Create a run of a deployment; the same idempotency key answers the same run',
      body: deploymentRunCreateSchema,
      answers: [201, 200],
      async handle(call) {
        const { enforce_parameter_schema, work_queue_name, ...request } = parseBody(
          deploymentRunCreateSchema,
          await call.body(),
        )
        const deployment = await readDeployment(services, call.workspace, idParam(call))
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
              ? { queue: await place(services)(call.workspace, pool, work_queue_name) }
              : {}),
          },
        )
        return createRun(services, call.workspace, run)
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
