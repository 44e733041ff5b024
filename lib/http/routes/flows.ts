// Flows (Prefect: server/api/flows.py). A flow is what its name says: creating one twice answers the first.
import { z } from 'zod'
import { type Flow, flowId } from '../../core/deployment.ts'
import { objectName } from '../../core/deployment-schema.ts'
import { notFound } from '../../core/errors.ts'
import { NAMED_ORDERS } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import { dictionary, parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { amend } from '../../steps/amend.ts'
import { removeDeployment } from '../../steps/remove-deployment.ts'
import { filterFields, listFlows } from '../listing.ts'
import { type Listing, listingRoutes, paginateRoute } from '../listing-routes.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'
import { bulkDeleteRoute } from './bulk.ts'

const createSchema = z.strictObject({
  name: objectName,
  tags: z.array(z.string()).default([]),
  labels: dictionary(z.unknown()).nullish(),
})
const updateSchema = z.strictObject({ tags: z.array(z.string()).optional() })

type Uses = Pick<Services, 'flows' | 'deployments' | 'limits' | 'runs' | 'workPools' | 'clock'>

export function flowRoutes(services: Uses): Route[] {
  const { flows, clock } = services

  async function read(call: Call, id: string): Promise<Flow> {
    const found = await flows.get(call.workspace, id)
    if (!found) throw notFound('Flow')
    return found.value
  }

  async function remove(workspace: Workspace, id: string): Promise<boolean> {
    for (const deployment of await services.deployments.list(workspace)) {
      if (deployment.flow_id === id) await removeDeployment(services, workspace, deployment)
    }
    return flows.delete(workspace, id)
  }

  const listing: Listing<Flow, typeof filterFields> = {
    path: '/flows',
    what: 'flows',
    filters: filterFields,
    orders: NAMED_ORDERS,
    list: (workspace, asked) => listFlows(services, workspace, asked),
    show: (_, page) => page,
  }

  return [
    {
      method: 'POST',
      path: '/flows',
      summary: 'Create a flow, or find the one of this name',
      body: createSchema,
      answers: [201, 200],
      async handle(call) {
        const { name, tags, labels } = parseBody(createSchema, await call.body())
        const id = flowId(call.workspace, name)
        const now = formatInstant(clock.now())
        const flow: Flow = { id, created: now, updated: now, name, tags, labels: labels ?? {} }
        const known = await flows.get(call.workspace, id)
        if (known) return ok(known.value)
        if (await flows.create(call.workspace, flow)) return created(flow)
        return ok(await read(call, id))
      },
    },
    ...listingRoutes(listing),
    paginateRoute(listing),
    bulkDeleteRoute({
      path: '/flows',
      field: 'flows',
      filter: filterFields.flows,
      list: (workspace, flows) => listFlows(services, workspace, { flows }),
      remove: (workspace, { id }) => remove(workspace, id),
    }),
    {
      method: 'GET',
      path: '/flows/name/:name',
      summary: 'A flow by name',
      handle: async (call) => ok(await read(call, flowId(call.workspace, call.params.name ?? ''))),
    },
    {
      method: 'GET',
      path: '/flows/:id',
      summary: 'A flow',
      handle: async (call) => ok(await read(call, idParam(call))),
    },
    {
      method: 'PATCH',
      path: '/flows/:id',
      summary: 'Change a flow’s tags',
      body: updateSchema,
      async handle(call) {
        const id = idParam(call)
        const { tags } = parseBody(updateSchema, await call.body())
        const changed = await amend<Flow>(
          () => flows.get(call.workspace, id),
          (flow) => ({ ...flow, tags: tags ?? flow.tags, updated: formatInstant(clock.now()) }),
          (flow, was) => flows.replace(call.workspace, flow, was),
        )
        if (!changed) throw notFound('Flow')
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/flows/:id',
      summary: 'Delete a flow with its deployments',
      async handle(call) {
        if (!(await remove(call.workspace, idParam(call)))) throw notFound('Flow')
        return noContent
      },
    },
  ]
}
