// The states of flow runs: those they were in, those proposed for them, and the heartbeats of whoever holds one (Prefect:
// server/api/flow_runs.py, flow_run_states.py). What a run may enter is decided in core/orchestration.ts.
import { z } from 'zod'
import { notFound, Refusal } from '../../core/errors.ts'
import { resourceId } from '../../core/event.ts'
import { isUuid } from '../../core/ids.ts'
import { proposeState } from '../../core/orchestration.ts'
import { descending } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import type { FlowRun } from '../../core/run.ts'
import { heartbeatSchema, setStateSchema } from '../../core/run-schema.ts'
import { LEASE_SECONDS, slotLeaseOf } from '../../core/run-slot.ts'
import { dictionary, parseBody } from '../../core/schema.ts'
import { hearOf } from '../../steps/lease.ts'
import { type Moved, moveRun } from '../../steps/move-run.ts'
import { resumeWithInput } from '../../steps/resume-run.ts'
import { returnUnused, secureSlot, slotsOf } from '../../steps/slots.ts'
import { filterFields, listRuns } from '../listing.ts'
import { type Answer, type Call, idParam, ok, type Route } from '../route.ts'
import { bulkLimit } from './bulk.ts'

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

const resumeSchema = z.object({ run_input: dictionary(z.unknown()).nullish() })
const bulkStateSchema = z.object({
  flow_runs: filterFields.flow_runs,
  ...setStateSchema.shape,
  limit: bulkLimit,
})

export const runStateRoutes = (services: Uses): Route[] => [
  ...historyOfStates(services),
  ...proposals(services),
]

function proposals(services: Uses): Route[] {
  const { runs, clock, ids } = services
  const move = moveRun(services)
  const options = (force: boolean) => ({ force, now: clock.now(), newStateId: ids.next() })

  function answer(call: Call, moved: Moved | null): Answer {
    if (!moved) throw noRunOf(idParam(call))
    return { status: moved.written ? 201 : 200, body: moved.answer }
  }

  return [
    {
      method: 'POST',
      path: '/flow_runs/:id/set_state',
      summary: 'Propose a state for a flow run',
      body: setStateSchema,
      answers: [201, 200],
      async handle(call) {
        const { state, force } = parseBody(setStateSchema, await call.body())
        const id = idParam(call)
        const slot = force ? null : await secureSlot(services, call.workspace, id, state.type)
        const decide = (run: FlowRun) => proposeState(run, state, { ...options(force), slot })
        const moved = await move(call.workspace, id, decide)
        await returnUnused(services, call.workspace, slot, moved?.answer.state)
        return answer(call, moved)
      },
    },
    {
      method: 'POST',
      path: '/flow_runs/bulk_set_state',
      summary: 'Propose a state for up to 50 flow runs that meet a filter',
      body: bulkStateSchema,
      async handle(call) {
        const { flow_runs, state, force, limit } = parseBody(bulkStateSchema, await call.body())
        const meant = await listRuns(services, call.workspace, { flow_runs })
        const results: object[] = []
        for (const { id } of meant.sort(descending(({ id }) => id)).slice(0, limit)) {
          const decide = (run: FlowRun) => proposeState(run, state, options(force))
          const moved = await move(call.workspace, id, decide)
          if (moved) results.push({ flow_run_id: id, ...moved.answer })
        }
        return ok({ results })
      },
    },
    {
      method: 'POST',
      path: '/flow_runs/:id/heartbeat',
      summary: 'Say that the process which holds a flow run is still at work',
      body: heartbeatSchema,
      async handle(call) {
        const { holder } = parseBody(heartbeatSchema, await call.body())
        const heard = await hearOf({ runs, clock })(call.workspace, idParam(call), holder)
        if (!heard) throw notFound('Flow run')
        const slot = heard.held ? slotLeaseOf(heard.state) : null
        if (slot) await slotsOf(services, call.workspace).renew(slot, LEASE_SECONDS)
        return ok(heard)
      },
    },
    {
      method: 'POST',
      path: '/flow_runs/:id/resume',
      summary: 'Let a paused flow run go on, with the input that it waits for',
      body: resumeSchema,
      answers: [201, 200],
      async handle(call) {
        const { run_input } = parseBody(resumeSchema, (await call.body()) ?? {})
        const resume = resumeWithInput(services)
        const asked = run_input ?? {}
        return answer(call, await resume(call.workspace, idParam(call), asked, options(false)))
      },
    },
  ]
}

function historyOfStates({ runs, events }: Uses): Route[] {
  return [
    {
      method: 'GET',
      path: '/flow_run_states',
      query: { flow_run_id: z.guid() },
      summary: 'The states a flow run has been in, in order',
      async handle(call) {
        const id = idParam({ ...call, params: { id: call.query.get('flow_run_id') ?? '' } })
        return ok(await runs.states(call.workspace, id))
      },
    },
    {
      method: 'GET',
      path: '/flow_run_states/:id',
      summary: 'A state that a flow run was in, as long as the event is kept that tells of it',
      async handle(call) {
        const id = idParam(call)
        const event = await events.get(call.workspace, id)
        const run = event && resourceId(event).replace('prefect.flow-run.', '')
        const states = run && isUuid(run) ? await runs.states(call.workspace, run) : []
        const found = states.find((state) => state.id === id)
        if (!found) throw notFound('Flow run state')
        return ok(found)
      },
    },
  ]
}

/** In the words of Prefect's orchestration, which are others than those of its routes. */
const noRunOf = (id: string) =>
  new Refusal(404, `Flow run with id ${id} not found`, { key: 'exception_message' })
