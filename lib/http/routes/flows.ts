// Flows (Prefect: server/api/flows.py). A flow is what its name says: creating one twice answers the first.
import { z } from 'zod'
import { type Flow, flowId } from '../../core/deployment.ts'
import { objectName } from '../../core/deployment-schema.ts'
import { notFound } from '../../core/errors.ts'
import { NAMED_ORDERS, namedSort, pageOf } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import { dictionary, parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import { amend } from '../../steps/amend.ts'
import { removeDeployment } from '../../steps/remove-deployment.ts'
import { filterFields, listFlows, listingFields } from '../listing.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'

const createSchema = z.strictObject({
  name: objectName,
  tags: z.array(z.string()).default([]),
  labels: dictionary(z.unknown()).nullish(),
})
const updateSchema = z.strictObject({ tags: z.array(z.string()).optional() })
const countSchema = z.object(filterFields)
const listingSchema = z.object({ ...listingFields, sort: namedSort })

type Uses = Pick<Services, 'flows' | 'deployments' | 'runs' | 'workPools' | 'clock'>

export function flowRoutes(services: Uses): Route[] {
  const { flows, clock } = services

  async function read(call: Call, id: string): Promise<Flow> {
    const found = await flows.get(call.workspace, id)
    if (!found) throw notFound('Flow')
    return found.value
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
    {
      method: 'POST',
      path: '/flows/filter',
      summary: 'Flows that meet filters, page by page',
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        const found = await listFlows(services, call.workspace, asked)
        return ok(pageOf(found.sort(NAMED_ORDERS[asked.sort ?? 'NAME_ASC']), asked))
      },
    },
    {
      method: 'POST',
      path: '/flows/count',
      summary: 'The number of flows that meet filters',
      body: countSchema,
      async handle(call) {
        const asked = parseBody(countSchema, (await call.body()) ?? {})
        return ok((await listFlows(services, call.workspace, asked)).length)
      },
    },
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
        const id = idParam(call)
        for (const deployment of await services.deployments.list(call.workspace)) {
          if (deployment.flow_id === id)
            await removeDeployment(services, call.workspace, deployment)
        }
        if (!(await flows.delete(call.workspace, id))) throw notFound('Flow')
        return noContent
      },
    },
  ]
}
