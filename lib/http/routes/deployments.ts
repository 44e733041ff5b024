// Deployments (Prefect: server/api/deployments.py). A deployment is what its flow and name say: writing one again changes what
// was sent. Runs of it are in deployment-runs.ts, its schedules in deployment-schedules.ts.
import { type Deployment, deploymentId, flowId } from '../../core/deployment.ts'
import {
  blankDeployment,
  changeDeployment,
  type DeploymentUpdate,
  deploymentCreateSchema,
  deploymentUpdateSchema,
} from '../../core/deployment-schema.ts'
import { notFound } from '../../core/errors.ts'
import { NAMED_ORDERS } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import type { RunQueue } from '../../core/run-creation.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { place } from '../../steps/place.ts'
import { removeDeployment } from '../../steps/remove-deployment.ts'
import { deploymentAnswer } from '../answers.ts'
import { filterFields, listDeployments } from '../listing.ts'
import { type Listing, listingRoutes, paginateRoute } from '../listing-routes.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'
import { bulkDeleteRoute } from './bulk.ts'
import { amendDeployment, type DeploymentServices, readDeployment } from './deployment-lookup.ts'
import { deploymentRunRoutes } from './deployment-runs.ts'
import { deploymentScheduleRoutes } from './deployment-schedules.ts'

export const deploymentRoutes = (services: DeploymentServices): Route[] => [
  ...writingRoutes(services),
  ...readingRoutes(services),
  ...deploymentRunRoutes(services),
  ...deploymentScheduleRoutes(services),
]

/** Deployments as they are answered, with the limits that they name. */
function answers({ limits, clock }: Pick<Services, 'limits' | 'clock'>) {
  async function showAll(workspace: Workspace, deployments: Deployment[]) {
    const isLimited = deployments.some(
      ({ global_concurrency_limit_id: shared, concurrency_limit: own }) => shared || own !== null,
    )
    const known = isLimited ? await limits.list(workspace) : []
    return deployments.map((deployment) => deploymentAnswer(deployment, known, clock.now()))
  }
  return {
    showAll,
    show: async (workspace: Workspace, deployment: Deployment) =>
      (await showAll(workspace, [deployment]))[0],
  }
}

function writingRoutes(services: DeploymentServices): Route[] {
  const { deployments, clock, ids } = services
  const { show } = answers(services)

  /** Where the change moves the deployment; null when it stays. A queue alone is one of the pool it has. */
  async function queueFor(
    workspace: Workspace,
    sent: DeploymentUpdate,
    was: Deployment | null,
  ): Promise<RunQueue | null> {
    const { work_pool_name: pool, work_queue_name: queue } = sent
    if (pool === undefined && queue === undefined) return null
    const poolName = pool === undefined ? was?.work_pool_name : pool
    return place(services)(workspace, poolName, queue)
  }

  async function update(call: Call, id: string, sent: DeploymentUpdate): Promise<Deployment> {
    const known = await readDeployment(services, call.workspace, id)
    const queue = await queueFor(call.workspace, sent, known)
    const now = formatInstant(clock.now())
    return amendDeployment(services, call.workspace, id, (was) =>
      changeDeployment(was, sent, { queue, newId: ids.next, now }),
    )
  }

  const setPaused = (paused: boolean) => async (call: Call) => {
    const updated = formatInstant(clock.now())
    await amendDeployment(services, call.workspace, idParam(call), (was) => ({
      ...was,
      paused,
      updated,
    }))
    return ok(null)
  }

  return [
    {
      method: 'POST',
      path: '/deployments',
      summary: 'Create a deployment, or change the one of this flow and name',
      body: deploymentCreateSchema,
      answers: [201, 200],
      async handle(call) {
        const { flow_id, name, ...sent } = parseBody(deploymentCreateSchema, await call.body())
        if (!(await services.flows.get(call.workspace, flow_id))) throw notFound('Flow')
        const id = deploymentId(flow_id, name)
        if (!(await deployments.get(call.workspace, id))) {
          const now = formatInstant(clock.now())
          const queue = await queueFor(call.workspace, sent, null)
          const blank = blankDeployment(id, { name, flow_id }, now)
          const deployment = changeDeployment(blank, sent, { queue, newId: ids.next, now })
          if (await deployments.create(call.workspace, deployment)) {
            return created(await show(call.workspace, deployment))
          }
        }
        return ok(await show(call.workspace, await update(call, id, sent)))
      },
    },
    {
      method: 'PATCH',
      path: '/deployments/:id',
      summary: 'Change some of a deployment',
      body: deploymentUpdateSchema,
      async handle(call) {
        const sent = parseBody(deploymentUpdateSchema, await call.body())
        await update(call, idParam(call), sent)
        return noContent
      },
    },
    {
      method: 'POST',
      path: '/deployments/:id/pause_deployment',
      summary: 'Keep a deployment’s runs from starting',
      handle: setPaused(true),
    },
    {
      method: 'POST',
      path: '/deployments/:id/resume_deployment',
      summary: 'Let a deployment’s runs start again',
      handle: setPaused(false),
    },
    {
      method: 'DELETE',
      path: '/deployments/:id',
      summary: 'Delete a deployment with its scheduled runs; automations that it owns stay',
      async handle(call) {
        const deployment = await readDeployment(services, call.workspace, idParam(call))
        await removeDeployment(services, call.workspace, deployment)
        return noContent
      },
    },
    bulkDeleteRoute({
      path: '/deployments',
      field: 'deployments',
      filter: filterFields.deployments,
      list: (workspace, deployments) => listDeployments(services, workspace, { deployments }),
      async remove(workspace, deployment) {
        await removeDeployment(services, workspace, deployment)
        return true
      },
    }),
  ]
}

function readingRoutes(services: DeploymentServices): Route[] {
  const { show, showAll } = answers(services)
  const listing: Listing<Deployment, typeof filterFields> = {
    path: '/deployments',
    what: 'deployments',
    filters: filterFields,
    orders: NAMED_ORDERS,
    list: (workspace, asked) => listDeployments(services, workspace, asked),
    show: showAll,
  }
  return [
    {
      method: 'GET',
      path: '/deployments/name/:flow/:deployment',
      summary: 'A deployment by the names of its flow and itself',
      async handle(call) {
        const { flow = '', deployment = '' } = call.params
        const id = deploymentId(flowId(call.workspace, flow), deployment)
        return ok(await show(call.workspace, await readDeployment(services, call.workspace, id)))
      },
    },
    {
      method: 'GET',
      path: '/deployments/:id',
      summary: 'A deployment',
      handle: async (call) =>
        ok(
          await show(call.workspace, await readDeployment(services, call.workspace, idParam(call))),
        ),
    },
    ...listingRoutes(listing),
    paginateRoute(listing),
  ]
}
