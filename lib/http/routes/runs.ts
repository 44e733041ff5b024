// Flow runs (Prefect: server/api/flow_runs.py). Their states are in run-states.ts.
import { z } from 'zod'
import { notFound } from '../../core/errors.ts'
import { ascending, descending, type Order } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import type { FlowRun } from '../../core/run.ts'
import { idempotentRunId, newFlowRun } from '../../core/run-creation.ts'
import { flowRunCreateSchema, flowRunUpdateSchema } from '../../core/run-schema.ts'
import { dictionary, parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import { amend } from '../../steps/amend.ts'
import { place } from '../../steps/place.ts'
import { runAnswer } from '../answers.ts'
import { countRuns, filterFields, listRuns } from '../listing.ts'
import { type Listing, listingRoutes, paginateRoute } from '../listing-routes.ts'
import { type Call, idParam, noContent, ok, type Route } from '../route.ts'
import { bulkDeleteRoute } from './bulk.ts'
import { createRun } from './create-run.ts'
import { readDeployment } from './deployment-lookup.ts'
import { historyRoute, latenessRoute } from './run-history.ts'
import { runInputRoutes } from './run-inputs.ts'
import { runStateRoutes } from './run-states.ts'
import { taskRunRoutes } from './task-runs.ts'

type Uses = Pick<
  Services,
  | 'flows'
  | 'deployments'
  | 'runs'
  | 'runInputs'
  | 'workPools'
  | 'limits'
  | 'events'
  | 'clock'
  | 'ids'
>

const startOf = (run: FlowRun) => run.start_time ?? run.expected_start_time

const ORDERS = {
  ID_DESC: descending<FlowRun>(({ id }) => id),
  START_TIME_ASC: ascending<FlowRun>(startOf),
  START_TIME_DESC: descending<FlowRun>(startOf),
  EXPECTED_START_TIME_ASC: ascending<FlowRun>((run) => run.expected_start_time),
  EXPECTED_START_TIME_DESC: descending<FlowRun>((run) => run.expected_start_time),
  NAME_ASC: ascending<FlowRun>(({ name }) => name),
  NAME_DESC: descending<FlowRun>(({ name }) => name),
  NEXT_SCHEDULED_START_TIME_ASC: ascending<FlowRun>((run) => run.next_scheduled_start_time),
  END_TIME_DESC: descending<FlowRun>((run) => run.end_time),
} satisfies Record<string, Order<FlowRun>>

const labelsSchema = dictionary(z.unknown())
export const runRoutes = (services: Uses): Route[] => [
  ...readingRoutes(services),
  ...writingRoutes(services),
  ...runStateRoutes(services),
  ...runInputRoutes(services),
  ...taskRunRoutes(services),
]

function readingRoutes(services: Uses): Route[] {
  const { runs, clock } = services
  const shown = (page: FlowRun[]) => page.map((run) => runAnswer(run, clock.now()))
  const listing: Listing<FlowRun, typeof filterFields> = {
    path: '/flow_runs',
    what: 'flow runs',
    filters: filterFields,
    orders: ORDERS,
    list: (workspace, asked) => listRuns(services, workspace, asked),
    count: (workspace, asked) => countRuns(services, workspace, asked),
    show: (_, page) => shown(page),
  }
  return [
    ...listingRoutes(listing),
    paginateRoute(listing),
    historyRoute({
      ...listing,
      filters: { ...filterFields, work_queues: filterFields.work_pool_queues },
      list: async (workspace, { work_queues, ...asked }) => {
        const queues = asked.work_pool_queues ?? work_queues
        return shown(await listRuns(services, workspace, { ...asked, work_pool_queues: queues }))
      },
    }),
    latenessRoute({
      ...listing,
      list: async (workspace, asked) => shown(await listRuns(services, workspace, asked)),
    }),
    {
      method: 'GET',
      path: '/flow_runs/:id',
      summary: 'A flow run',
      async handle(call) {
        const found = await runs.get(call.workspace, idParam(call))
        if (!found) throw notFound('Flow run')
        return ok(runAnswer(found.value, clock.now()))
      },
    },
  ]
}

function writingRoutes(services: Uses): Route[] {
  const { flows, runs, clock, ids } = services

  async function change(call: Call, decide: (run: FlowRun) => Partial<FlowRun>): Promise<void> {
    const id = idParam(call)
    const changed = await amend<FlowRun>(
      () => runs.get(call.workspace, id),
      (run) => ({ ...run, ...decide(run), updated: formatInstant(clock.now()) }),
      (run, was) => runs.replace(call.workspace, run, was),
    )
    if (!changed) throw notFound('Flow run')
  }

  return [
    {
      method: 'POST',
      path: '/flow_runs',
      summary: 'Create a flow run; the same idempotency key answers the same run',
      body: flowRunCreateSchema,
      answers: [201, 200],
      async handle(call) {
        const sent = parseBody(flowRunCreateSchema, await call.body())
        const { flow_id: flowId, deployment_id, work_pool_name: pool, state, ...request } = sent
        if (!(await flows.get(call.workspace, flowId))) throw notFound('Flow')
        const deployment = deployment_id
          ? await readDeployment(services, call.workspace, deployment_id)
          : null
        const key = request.idempotency_key
        const run = newFlowRun(
          {
            id: key ? idempotentRunId(flowId, key) : ids.next(),
            stateId: ids.next(),
            flowId,
            deployment,
            state: state ?? { type: 'PENDING' },
            now: clock.now(),
          },
          {
            ...request,
            ...(pool
              ? { queue: await place(services)(call.workspace, pool, request.work_queue_name) }
              : {}),
          },
        )
        return createRun(services, call.workspace, run)
      },
    },
    {
      method: 'PATCH',
      path: '/flow_runs/:id',
      summary: 'Change some of a flow run',
      body: flowRunUpdateSchema,
      async handle(call) {
        const { name, ...sent } = parseBody(flowRunUpdateSchema, await call.body())
        const given = Object.entries(sent).filter(([, value]) => value !== undefined)
        const changes = Object.fromEntries(given) as Partial<FlowRun>
        await change(call, (run) => ({ ...changes, name: name ?? run.name }))
        return noContent
      },
    },
    {
      method: 'PATCH',
      path: '/flow_runs/:id/labels',
      summary: 'Add labels to a flow run',
      body: labelsSchema,
      async handle(call) {
        const labels = parseBody(labelsSchema, await call.body())
        await change(call, (run) => ({ labels: { ...run.labels, ...labels } }))
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/flow_runs/:id',
      summary: 'Delete a flow run, with its states and logs',
      async handle(call) {
        if (!(await runs.delete(call.workspace, idParam(call)))) throw notFound('Flow run')
        return noContent
      },
    },
    bulkDeleteRoute({
      path: '/flow_runs',
      field: 'flow_runs',
      filter: filterFields.flow_runs,
      list: (workspace, flow_runs) => listRuns(services, workspace, { flow_runs }),
      remove: (workspace, { id }) => runs.delete(workspace, id),
    }),
  ]
}
