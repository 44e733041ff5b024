// One sample of every event that Prefect's server emitted for a changed object (announce.samples.json), made by us of the change
// that it tells of. Ids are ours to derive, but for states.
import { describe, expect, it } from 'vitest'
import { announce } from '../../lib/core/announce.ts'
import {
  type ConcurrencyLimit,
  newLimit,
  ownLimitName,
  tagLimitName,
} from '../../lib/core/concurrency-limit.ts'
import type { Deployment, Flow, WorkPool, WorkQueue } from '../../lib/core/deployment.ts'
import { blankDeployment } from '../../lib/core/deployment-schema.ts'
import type { EventDraft } from '../../lib/core/event.ts'
import type { FlowRun, State, StateType } from '../../lib/core/run.ts'
import { newFlowRun } from '../../lib/core/run-creation.ts'
import type { Surroundings } from '../../lib/core/surroundings.ts'
import type { Variable } from '../../lib/core/variable.ts'
import samples from './announce.samples.json' with { type: 'json' }

type Sample = keyof typeof samples
const sample = (name: Sample) => samples[name] as unknown as EventDraft

const NOBODY: Surroundings = { flow: null, deployment: null, workPool: null }
const CREATED = '2026-11-21T07:00:00.000000Z'

/** The resource in a role of a sample, as id and name. */
function inRole(event: EventDraft, role: string) {
  const found = event.related.find((resource) => resource['prefect.resource.role'] === role)
  if (!found) return null
  const id = found['prefect.resource.id']?.split('.').at(-1) ?? ''
  return { id, name: found['prefect.resource.name'] ?? '', labels: found }
}

const own = (event: EventDraft) => ({
  id: event.resource['prefect.resource.id']?.split('.').at(-1) ?? '',
  name: event.resource['prefect.resource.name'] ?? '',
  created: CREATED,
  updated: CREATED,
})

function surroundingsOf(event: EventDraft): Surroundings {
  const flow = inRole(event, 'flow')
  const deployment = inRole(event, 'deployment')
  const pool = inRole(event, 'work-pool')
  return {
    flow: flow && ({ id: flow.id, name: flow.name } as Flow),
    deployment: deployment && ({ id: deployment.id, name: deployment.name } as Deployment),
    workPool: pool && ({ type: pool.labels['prefect.work-pool.type'] } as WorkPool),
  }
}

/** Where something waits, as a sample has it. */
function queueOf(event: EventDraft) {
  const queue = inRole(event, 'work-queue')
  const pool = inRole(event, 'work-pool')
  return {
    work_queue_id: queue?.id ?? null,
    work_queue_name: queue?.name ?? null,
    work_pool_id: pool?.id ?? null,
    work_pool_name: pool?.name ?? null,
  }
}

/** What a sample says, without the id where it is not the state's. */
const said = ({ id, ...event }: EventDraft) => event

describe('a flow run’s new state', () => {
  const states: Sample[] = [
    'prefect.flow-run.Scheduled',
    'prefect.flow-run.Late',
    'prefect.flow-run.Running',
    'prefect.flow-run.Completed',
    'prefect.flow-run.Cancelled',
    'prefect.flow-run.Suspended',
    'prefect.flow-run.Forced',
  ]

  it.each(states)('is told of as %s', (name) => {
    const event = sample(name)
    const run = runOf(event)

    expect(
      announce({ kind: 'flow-run', before: null, after: run }, surroundingsOf(event), ''),
    ).toEqual([event])
  })

  it('is told of once: a run that was only touched has no news', () => {
    const run = runOf(sample('prefect.flow-run.Running'))

    const touched = { ...run, labels: { a: 1 } }

    expect(announce({ kind: 'flow-run', before: run, after: touched }, NOBODY, '')).toEqual([])
  })

  it('names a run’s tags, and resources without a name when they are gone', () => {
    const run = { ...runOf(sample('prefect.flow-run.Late')), tags: ['bakery'], created_by: null }

    const [event] = announce({ kind: 'flow-run', before: null, after: run }, NOBODY, '')

    expect(event?.related).toContainEqual({
      'prefect.resource.id': 'prefect.tag.bakery',
      'prefect.resource.role': 'tag',
    })
    expect(event?.related[0]).not.toHaveProperty('prefect.resource.name')
  })
})

function runOf(event: EventDraft): FlowRun {
  const { id, name } = own(event)
  const flow = inRole(event, 'flow')
  const deployment = inRole(event, 'deployment')
  const creator = inRole(event, 'creator')
  const payload = event.payload as {
    initial_state: { type: StateType; name: string } | null
    validated_state: { type: StateType; name: string; message?: string; pause_reschedule?: string }
  }
  const { validated_state: to, initial_state: from } = payload
  const state: State = {
    id: event.id,
    type: to.type,
    name: to.name,
    timestamp: event.occurred,
    message: to.message ?? null,
    data: null,
    state_details: { pause_reschedule: to.pause_reschedule === 'true' },
  }
  const start = { id, stateId: 'x', flowId: flow?.id ?? '', deployment: null, now: 0 }
  return {
    ...newFlowRun({ ...start, state: { type: 'PENDING' } }, { name, queue: queueOf(event) }),
    deployment_id: deployment?.id ?? null,
    run_count: Number(event.resource['prefect.run-count']),
    created_by: creator && { id: creator.id, type: 'AUTOMATION', display_value: creator.name },
    state,
    previous_state: from && { ...from, id: event.follows ?? '', message: null },
  }
}

describe('a deployment', () => {
  function deploymentOf(event: EventDraft, over: Partial<Deployment> = {}): Deployment {
    const { id, name } = own(event)
    const flow_id = inRole(event, 'flow')?.id ?? ''
    return { ...blankDeployment(id, { name, flow_id }, CREATED), ...queueOf(event), ...over }
  }

  it.each<[Sample, (event: EventDraft) => [Deployment | null, Deployment | null]]>([
    [
      'prefect.deployment.created',
      (event) => [null, deploymentOf(event, { created: event.occurred })],
    ],
    ['prefect.deployment.deleted', (event) => [deploymentOf(event), null]],
    [
      'prefect.deployment.updated',
      (event) => [
        deploymentOf(event, { description: 'None' }),
        deploymentOf(event, { updated: event.occurred }),
      ],
    ],
    [
      'prefect.deployment.ready',
      (event) => [
        deploymentOf(event),
        deploymentOf(event, { status: 'READY', last_polled: event.occurred }),
      ],
    ],
    [
      'prefect.deployment.not-ready',
      (event) => [
        deploymentOf(event, { status: 'READY' }),
        deploymentOf(event, { updated: event.occurred }),
      ],
    ],
  ])('is told of as %s', (name, change) => {
    const event = sample(name)
    const [before, after] = change(event)

    const told = announce(
      { kind: 'deployment', before, after },
      surroundingsOf(event),
      event.occurred,
    )

    expect(told.map(said)).toEqual([said(event)])
  })

  it('is not told of when it is only polled', () => {
    const before = deploymentOf(sample('prefect.deployment.ready'), { status: 'READY' })
    const after = { ...before, last_polled: CREATED }

    expect(announce({ kind: 'deployment', before, after }, NOBODY, '')).toEqual([])
  })
})

describe('a work pool', () => {
  function poolOf(event: EventDraft, over: Partial<WorkPool> = {}): WorkPool {
    return {
      ...own(event),
      description: null,
      type: event.resource['prefect.work-pool.type'] ?? '',
      base_job_template: {},
      is_paused: false,
      concurrency_limit: null,
      status: 'NOT_READY',
      status_since: null,
      default_queue_id: inRole(event, 'default-queue')?.id ?? '',
      storage_configuration: {},
      ...over,
    }
  }
  const moved = (event: EventDraft, status: WorkPool['status']) =>
    poolOf(event, { status, status_since: event.occurred })

  it.each<[Sample, (event: EventDraft) => [WorkPool | null, WorkPool | null]]>([
    ['prefect.work-pool.created', (event) => [null, poolOf(event, { created: event.occurred })]],
    ['prefect.work-pool.deleted', (event) => [poolOf(event), null]],
    ['prefect.work-pool.ready', (event) => [poolOf(event), moved(event, 'READY')]],
    [
      'prefect.work-pool.not-ready',
      (event) => [poolOf(event, { status: 'READY' }), moved(event, 'NOT_READY')],
    ],
    ['prefect.work-pool.paused', (event) => [poolOf(event), moved(event, 'PAUSED')]],
  ])('is told of as %s', (name, change) => {
    const event = { ...sample(name), follows: null }
    const [before, after] = change(event)

    const told = announce({ kind: 'work-pool', before, after }, NOBODY, event.occurred)

    expect(told.map(said)).toEqual([said(event)])
  })

  it('tells of its states in a chain', () => {
    const event = sample('prefect.work-pool.ready')
    const first = poolOf(event)
    const ready: WorkPool = {
      ...first,
      status: 'READY',
      status_since: '2026-11-21T08:00:00.000000Z',
    }
    const paused: WorkPool = {
      ...first,
      status: 'PAUSED',
      status_since: '2026-11-21T09:00:00.000000Z',
    }

    const [one] = announce({ kind: 'work-pool', before: first, after: ready }, NOBODY, '')
    const [two] = announce({ kind: 'work-pool', before: ready, after: paused }, NOBODY, '')

    expect(one?.follows).toBeNull()
    expect(two?.follows).toBe(one?.id)
  })
})

describe('a work queue', () => {
  function queue(event: EventDraft, over: Partial<WorkQueue> = {}): WorkQueue {
    const pool = inRole(event, 'work-pool')
    return {
      ...own(event),
      description: '',
      is_paused: false,
      concurrency_limit: null,
      priority: 1,
      work_pool_id: pool?.id ?? '',
      work_pool_name: pool?.name ?? '',
      filter: null,
      last_polled: null,
      status: 'NOT_READY',
      ...over,
    }
  }
  const moved = (event: EventDraft, status: WorkQueue['status']) =>
    queue(event, { status, updated: event.occurred })

  it.each<[Sample, (event: EventDraft) => [WorkQueue | null, WorkQueue | null]]>([
    ['prefect.work-queue.created', (event) => [null, queue(event, { created: event.occurred })]],
    ['prefect.work-queue.deleted', (event) => [queue(event), null]],
    ['prefect.work-queue.ready', (event) => [queue(event), moved(event, 'READY')]],
    ['prefect.work-queue.paused', (event) => [queue(event), moved(event, 'PAUSED')]],
  ])('is told of as %s', (name, change) => {
    const event = sample(name)
    const [before, after] = change(event)

    const told = announce(
      { kind: 'work-queue', before, after },
      surroundingsOf(event),
      event.occurred,
    )

    expect(told.map(said)).toEqual([said(event)])
  })
})

describe('flows, variables, automations', () => {
  it('tells of a new flow', () => {
    const event = sample('prefect.flow.created')
    const flow = { ...own(event), ...event.payload, created: event.occurred }

    const told = announce({ kind: 'flow', before: null, after: flow }, NOBODY, '')

    expect(told.map(said)).toEqual([said(event)])
  })

  it.each<[Sample, 'created' | 'updated' | 'deleted']>([
    ['prefect.variable.created', 'created'],
    ['prefect.variable.updated', 'updated'],
    ['prefect.variable.deleted', 'deleted'],
  ])('%s', (name, what) => {
    const event = sample(name)
    const at = { created: event.occurred, updated: event.occurred }
    const variable = { ...own(event), ...event.payload, ...at } as Variable
    const before = what === 'created' ? null : { ...variable, value: 'other' }
    const after = what === 'deleted' ? null : variable
    const was = what === 'deleted' ? variable : before

    const told = announce({ kind: 'variable', before: was, after }, NOBODY, event.occurred)

    expect(told.map(said)).toEqual([said(event)])
  })

  it.each<[Sample, 'created' | 'updated' | 'deleted']>([
    ['prefect.automation.created', 'created'],
    ['prefect.automation.updated', 'updated'],
    ['prefect.automation.deleted', 'deleted'],
  ])('%s', (name, what) => {
    const event = sample(name)
    const automation = event.payload as Record<string, string>
    const owned = (over: object = {}) => ({ automation: { ...automation, ...over }, owner: null })
    const before = what === 'created' ? null : owned(what === 'updated' ? { description: 'd' } : {})
    const after = what === 'deleted' ? null : owned()

    const told = announce({ kind: 'automation', before, after }, NOBODY, event.occurred)

    const occurred = what === 'deleted' ? event.occurred : automation[what]
    expect(told.map(said)).toEqual([{ ...said(event), occurred }])
  })

  it('keeps a webhook’s slug to itself, also when it is rotated', () => {
    const webhook = { id: 'w', name: 'push', slug: 'secret', created: CREATED, updated: CREATED }
    const rotated = { ...webhook, slug: 'another' }

    const told = announce({ kind: 'webhook', before: webhook, after: rotated }, NOBODY, '')

    expect(told.map(({ event }) => event)).toEqual(['prefect-cloud.webhook.rotated'])
    expect(JSON.stringify(told)).not.toMatch(/secret|another/)
  })

  it('gives one change one id, and another change another', () => {
    const flow = { ...own(sample('prefect.flow.created')), tags: [], labels: {} }
    const again = { ...flow, created: '2026-11-21T08:00:00.000000Z' }
    const idOf = (after: object) =>
      announce({ kind: 'flow', before: null, after }, NOBODY, '')[0]?.id

    expect(idOf(flow)).toBe(idOf({ ...flow }))
    expect(idOf(again)).not.toBe(idOf(flow))
  })
})

describe('concurrency limits', () => {
  const ID = '11111111-1111-4111-8111-111111111111'
  const limit = (over: Partial<ConcurrencyLimit> = {}) =>
    newLimit(
      { name: 'oven', limit: 2, ...over },
      { id: ID, created: CREATED, updated: '2026-11-21T08:00:00.000000Z' },
    )
  const told = (before: ConcurrencyLimit | null, after: ConcurrencyLimit | null) =>
    announce({ kind: 'concurrency-limit', before, after }, NOBODY, '2026-11-21T09:00:00.000000Z')

  it.each([
    ['created', null, limit(), CREATED],
    ['updated', limit({ limit: 1 }), limit(), '2026-11-21T08:00:00.000000Z'],
    ['updated', limit({ active: false }), limit(), '2026-11-21T08:00:00.000000Z'],
    ['deleted', limit(), null, '2026-11-21T09:00:00.000000Z'],
  ])('are told of when they are %s', (word, before, after, occurred) => {
    expect(told(before, after)).toMatchObject([
      {
        event: `prefect.concurrency-limit.${word}`,
        occurred,
        resource: {
          'prefect.resource.id': `prefect.concurrency-limit.${ID}`,
          'prefect.resource.name': 'oven',
        },
        payload: { name: 'oven', limit: 2, active: true, slot_decay_per_second: 0 },
      },
    ])
  })

  it('are not told of when slots are taken, nor when they are a deployment’s own', () => {
    expect(told(limit(), limit({ active_slots: 1, denied_slots: 2 }))).toEqual([])
    expect(told(null, limit({ name: ownLimitName(ID) }))).toEqual([])
  })

  it('of tags are told of by their tags', () => {
    expect(told(null, limit({ name: tagLimitName('hot') }))).toMatchObject([
      {
        resource: { 'prefect.resource.name': 'hot' },
        payload: { tag: 'hot', concurrency_limit: 2 },
      },
    ])
  })
})
