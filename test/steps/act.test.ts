// Firings carried out over tables in memory: what each action does, what is told of it, and that a second delivery does no harm.
import { beforeEach, describe, expect, it } from 'vitest'
import { invocationId } from '../../lib/core/action.ts'
import { type Action, actionSchema } from '../../lib/core/action-schema.ts'
import type { Automation } from '../../lib/core/automation.ts'
import type { Deployment } from '../../lib/core/deployment.ts'
import { blankDeployment } from '../../lib/core/deployment-schema.ts'
import type { Event } from '../../lib/core/event.ts'
import type { Firing } from '../../lib/core/firing.ts'
import { NAMESPACE, uuidv5 } from '../../lib/core/ids.ts'
import type { FlowRun } from '../../lib/core/run.ts'
import { newFlowRun } from '../../lib/core/run-creation.ts'
import { enterState, newState, type ProposedState } from '../../lib/core/run-state.ts'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { act } from '../../lib/steps/act.ts'
import { newQueue } from '../../lib/steps/place.ts'
import { bakeryEvent, eventTrigger } from '../core/bakery.ts'
import { BEGINNING, type Fakes, fakes, newEvents } from '../fakes.ts'

const AUTOMATION = '00000000-0000-4000-8000-000000000500'
const OTHER = '00000000-0000-4000-8000-000000000501'
const DEPLOYMENT = '00000000-0000-4000-8000-0000000000d1'
const RUN = '00000000-0000-4000-8000-0000000000f1'
const POOL = '00000000-0000-4000-8000-0000000000b1'
const QUEUE = '00000000-0000-4000-8000-0000000000b2'
const NOBODY = '00000000-0000-4000-8000-00000000dead'

const automation = (id: string, actions: Action[] = []): Automation => ({
  id,
  created: '2026-01-01T00:00:00.000000Z',
  updated: '2026-01-01T00:00:00.000000Z',
  name: 'bake when proofed',
  description: '',
  enabled: true,
  tags: [],
  trigger: eventTrigger({ expect: ['dough.proofed'] }),
  actions,
  actions_on_trigger: [],
  actions_on_resolve: [],
})

const deployment: Deployment = {
  ...blankDeployment(DEPLOYMENT, { name: 'bake', flow_id: NOBODY }, BEGINNING),
}

const relating = (kind: string, id: string) => ({
  'prefect.resource.id': `prefect.${kind}.${id}`,
  'prefect.resource.role': 'target',
})

const firing = (parts: Partial<Event> = {}, seconds = 0): Firing => {
  const event = bakeryEvent('dough.proofed', seconds, parts)
  return {
    id: uuidv5(`firing of ${event.id}`, NAMESPACE.firing),
    automation_id: AUTOMATION,
    automation_name: 'bake when proofed',
    path: '',
    trigger_states: ['Triggered'],
    triggered: BEGINNING,
    triggering_labels: {},
    triggering_event: event,
    triggering_firings: [],
  }
}

let bakery: Fakes
let deliver: (...firings: Firing[]) => Promise<void>

beforeEach(async () => {
  bakery = fakes()
  const step = act(bakery.services)
  deliver = (...firings) => step(firings.map((one) => ({ workspace: HOME, firing: one })))
  const { deployments, workPools, automations, clock } = bakery.services
  await deployments.create(HOME, deployment)
  const pool = { id: POOL, name: 'ovens' }
  const queue = { ...newQueue(pool, { name: 'default' }, BEGINNING), id: QUEUE }
  await workPools.create(
    HOME,
    {
      ...pool,
      created: BEGINNING,
      updated: BEGINNING,
      description: null,
      type: 'process',
      base_job_template: {},
      is_paused: false,
      concurrency_limit: null,
      status: 'READY',
      status_since: null,
      default_queue_id: QUEUE,
      storage_configuration: {},
    },
    queue,
  )
  await automations.create(HOME, { automation: automation(OTHER), owner: null })
  expect(clock.now()).toBeGreaterThan(0)
})

const withActions = (...actions: object[]) =>
  bakery.services.automations.create(HOME, {
    automation: automation(
      AUTOMATION,
      actions.map((action) => actionSchema.parse(action)),
    ),
    owner: null,
  })

async function withRun(...states: ProposedState[]): Promise<void> {
  const [first = { type: 'SCHEDULED' as const }, ...rest] = states
  const now = bakery.clock.now()
  let run: FlowRun = newFlowRun(
    { id: RUN, stateId: NOBODY, flowId: NOBODY, deployment, state: first, now },
    {},
  )
  for (const state of rest) run = enterState(run, newState(RUN, state, { id: NOBODY, now }))
  await bakery.services.runs.create(HOME, [run])
}

/** Events told since the last call. */
const told = () => newEvents(bakery)

/** What was told of the end of an action. */
const ends = async () =>
  (await told())
    .filter(({ event }) => /action\.(executed|failed)$/.test(event))
    .map(({ event, payload, related }) => ({
      end: event.split('.').at(-1),
      status: payload.status_code,
      reason: payload.reason,
      target: related.find((one) => one['prefect.resource.role'] === 'target')?.[
        'prefect.resource.id'
      ],
    }))

describe('act', () => {
  it.each([
    [
      'deployment',
      200,
      async () => (await bakery.services.deployments.get(HOME, DEPLOYMENT))?.value.paused,
      DEPLOYMENT,
    ],
    [
      'work-pool',
      204,
      async () => (await bakery.services.workPools.get(HOME, 'ovens'))?.value.is_paused,
      POOL,
    ],
    [
      'work-queue',
      204,
      async () =>
        (await bakery.services.workPools.queue(HOME, 'ovens', 'default'))?.value.is_paused,
      QUEUE,
    ],
    [
      'automation',
      204,
      async () => !(await bakery.services.automations.get(HOME, OTHER))?.value.automation.enabled,
      OTHER,
    ],
  ])('pauses and resumes a %s, selected or inferred', async (kind, status, isPaused, id) => {
    const field = `${kind.replace('-', '_')}_id`
    await withActions({ type: `pause-${kind}`, source: 'selected', [field]: id })
    await deliver(firing())
    expect(await isPaused()).toBe(true)
    expect(await ends()).toEqual([
      { end: 'executed', status, reason: undefined, target: `prefect.${kind}.${id}` },
    ])

    const was = await bakery.services.automations.get(HOME, AUTOMATION)
    const resume = actionSchema.parse({ type: `resume-${kind}`, source: 'inferred' })
    if (was) {
      await bakery.services.automations.replace(
        HOME,
        { automation: automation(AUTOMATION, [resume]), owner: null },
        was,
      )
    }
    await deliver(firing({ related: [relating(kind, id)] }, 1))

    expect(await isPaused()).toBe(false)
    expect(await ends()).toEqual([
      { end: 'executed', status, reason: undefined, target: `prefect.${kind}.${id}` },
    ])
  })

  it.each([
    [
      'pause-deployment',
      'deployment_id',
      404,
      "Unexpected status from 'pause-deployment' action: 404",
    ],
    ['run-deployment', 'deployment_id', 404, "Unexpected status from 'run-deployment' action: 404"],
    [
      'pause-work-queue',
      'work_queue_id',
      404,
      "Unexpected status from 'pause-work-queue' action: 404",
    ],
    [
      'pause-automation',
      'automation_id',
      404,
      "Unexpected status from 'pause-automation' action: 404",
    ],
    ['pause-work-pool', 'work_pool_id', undefined, `Work pool ${NOBODY} not found`],
    ['call-webhook', 'block_document_id', 404, "Unexpected status from 'call-webhook' action: 404"],
  ])('%s of what is not there fails, and says so', async (type, field, status, reason) => {
    await withActions({ type, [field]: NOBODY })

    await deliver(firing())

    expect(await ends()).toEqual([expect.objectContaining({ end: 'failed', status, reason })])
  })

  it.each([
    [{ type: 'pause-deployment', source: 'inferred' }, 'No deployment could be inferred'],
    [{ type: 'run-deployment', source: 'inferred' }, 'No deployment could be inferred'],
    [{ type: 'resume-work-pool', source: 'inferred' }, 'No work pool could be inferred'],
    [{ type: 'resume-work-queue', source: 'inferred' }, 'No work queue could be inferred'],
    [{ type: 'resume-automation', source: 'inferred' }, 'No automation could be inferred'],
    [{ type: 'cancel-flow-run' }, 'No flow run could be inferred'],
    [{ type: 'delete-flow-run' }, 'No flow run could be inferred'],
  ])('fails when the event names nothing to act on: %o', async (action, reason) => {
    await withActions(action)

    await deliver(firing())

    expect(await ends()).toEqual([
      expect.objectContaining({ end: 'failed', status: undefined, reason }),
    ])
  })

  const RUNNING: ProposedState = { type: 'RUNNING' }
  const SUSPENDED: ProposedState = {
    type: 'PAUSED',
    name: 'Suspended',
    state_details: { pause_reschedule: true },
  }

  it.each([
    [
      'cancels a running run',
      { type: 'cancel-flow-run' },
      RUNNING,
      'CANCELLING',
      'Cancelling',
      201,
      undefined,
    ],
    [
      'cancels a scheduled run at once, which Prefect reports as a failure',
      { type: 'cancel-flow-run' },
      { type: 'SCHEDULED' } as ProposedState,
      'CANCELLED',
      'Cancelled',
      201,
      'Failed to set state: Scheduled flow run has no infrastructure to terminate.',
    ],
    ['suspends', { type: 'suspend-flow-run' }, RUNNING, 'PAUSED', 'Suspended', 201, undefined],
    ['resumes', { type: 'resume-flow-run' }, SUSPENDED, 'SCHEDULED', 'Resuming', 201, undefined],
    [
      'does not resume what is not paused',
      { type: 'resume-flow-run' },
      RUNNING,
      'RUNNING',
      'Running',
      200,
      'Failed to resume flow run: Cannot resume a flow run that is not paused.',
    ],
    [
      'changes to any state',
      { type: 'change-flow-run-state', name: 'Burnt', state: 'FAILED' },
      RUNNING,
      'FAILED',
      'Burnt',
      201,
      undefined,
    ],
    [
      'does not cancel what is over',
      { type: 'cancel-flow-run' },
      { type: 'COMPLETED' } as ProposedState,
      'COMPLETED',
      'Completed',
      200,
      'Failed to set state: Run is already in terminal state COMPLETED.',
    ],
  ])('%s', async (_, action, from, type, name, status, reason) => {
    await withRun({ type: 'SCHEDULED' }, from)
    await withActions(action)

    await deliver(firing({ related: [relating('flow-run', RUN)] }))

    const run = (await bakery.services.runs.get(HOME, RUN))?.value
    expect(run?.state).toMatchObject({ type, name })
    expect(await ends()).toEqual([
      {
        end: reason ? 'failed' : 'executed',
        status,
        reason,
        target: `prefect.flow-run.${RUN}`,
      },
    ])
  })

  it('deletes a run', async () => {
    await withRun()
    await withActions({ type: 'delete-flow-run' })

    await deliver(firing({ related: [relating('flow-run', RUN)] }))

    expect(await bakery.services.runs.get(HOME, RUN)).toBeNull()
    expect(await ends()).toEqual([expect.objectContaining({ end: 'executed', status: 204 })])
  })

  it('a run is named by the labels of a silence, which has no event', async () => {
    await withRun({ type: 'SCHEDULED' }, RUNNING)
    await withActions({ type: 'cancel-flow-run' })
    const labels = { 'prefect.resource.id': `prefect.flow-run.${RUN}` }

    await deliver({ ...firing(), triggering_event: null, triggering_labels: labels })

    expect((await bakery.services.runs.get(HOME, RUN))?.value.state?.type).toBe('CANCELLING')
  })

  it('a second delivery does not move a run again that somebody has moved on', async () => {
    await withRun({ type: 'SCHEDULED' }, RUNNING)
    await withActions({ type: 'change-flow-run-state', state: 'FAILED' })
    const failing = firing({ related: [relating('flow-run', RUN)] })
    await deliver(failing)
    const was = await bakery.services.runs.get(HOME, RUN)
    if (!was) throw new Error('the run is gone')
    const now = bakery.clock.now()
    const again = newState(RUN, { type: 'SCHEDULED' }, { id: OTHER, now })
    await bakery.services.runs.replace(HOME, enterState(was.value, again), was)

    await deliver(failing)

    expect((await bakery.services.runs.get(HOME, RUN))?.value.state?.type).toBe('SCHEDULED')
  })

  it('a run that was moved before a crash is found moved: the action was executed', async () => {
    await withRun({ type: 'SCHEDULED' }, RUNNING)
    await withActions({ type: 'cancel-flow-run' })
    const cancelling = firing({ related: [relating('flow-run', RUN)] })
    const was = await bakery.services.runs.get(HOME, RUN)
    if (!was) throw new Error('the run is gone')
    const id = uuidv5(invocationId(cancelling, 0), NAMESPACE.state)
    const moved = newState(RUN, { type: 'CANCELLING' }, { id, now: bakery.clock.now() })
    await bakery.services.runs.replace(HOME, enterState(was.value, moved), was)

    await deliver(cancelling)

    expect(await ends()).toEqual([expect.objectContaining({ end: 'executed', status: 201 })])
  })

  it('a database that fails lets the batch come again', async () => {
    await withActions({ type: 'pause-deployment', deployment_id: DEPLOYMENT })
    const { deployments } = bakery.services
    const down = new Error('throttled')
    const failing = act({
      ...bakery.services,
      deployments: { ...deployments, get: () => Promise.reject(down) },
    })

    await expect(failing([{ workspace: HOME, firing: firing() }])).rejects.toBe(down)
    expect(await told()).toEqual([])

    await deliver(firing())
    expect(await ends()).toEqual([expect.objectContaining({ end: 'executed' })])
  })
})

describe('an idempotency key', () => {
  const keyed = (days?: number) => ({
    type: 'run-deployment',
    deployment_id: DEPLOYMENT,
    idempotency_key: 'loaf {{ event.payload.loaf }}',
    ...(days ? { idempotency_window: days } : {}),
  })
  const runs = async () => (await bakery.services.runs.list(HOME, { newest: 10 })).length
  const loaf = (number: number | null, seconds: number): Firing => ({
    ...firing({ payload: number === null ? {} : { loaf: number } }, seconds),
    triggered: new Date(bakery.clock.now() / 1000).toISOString().replace('Z', '000Z'),
  })

  it('makes one run of two firings that read alike, and tells of the same', async () => {
    await withActions(keyed())

    await deliver(loaf(1, 0))
    await deliver(loaf(1, 1))
    await deliver(loaf(2, 2))

    expect(await runs()).toBe(2)
    expect((await ends()).map(({ status }) => status)).toEqual([201, 200, 201])
  })

  it('makes one run of two firings that read alike and come in one batch', async () => {
    await withActions(keyed())

    await deliver(loaf(1, 0), loaf(1, 1), loaf(2, 2))

    expect(await runs()).toBe(2)
    expect((await ends()).map(({ end }) => end)).toEqual(['executed', 'executed', 'executed'])
  })

  it.each([
    ['within the window', 23 * 3600, 1],
    ['after it', 25 * 3600, 2],
  ])('%s', async (_, seconds, count) => {
    await withActions(keyed(1))
    await deliver(loaf(1, 0))

    bakery.clock.advance(seconds)
    await deliver(loaf(1, 1))

    expect(await runs()).toBe(count)
  })

  it('that reads as nothing is none', async () => {
    await withActions({ ...keyed(), idempotency_key: '{{ event.payload.loaf }}' })

    await deliver(loaf(null, 0), loaf(null, 1))

    expect(await runs()).toBe(2)
  })
})
