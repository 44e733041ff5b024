// What is said of an automation before it is saved: deployments that are not there, and parameters that they would not take.
import { beforeEach, describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { api } from '../../lib/entries.ts'
import { check } from '../../lib/steps/check.ts'
import { feedReader } from '../../lib/steps/feed.ts'
import { doughProofed, eventTrigger } from '../core/bakery.ts'
import { BEGINNING, type Fakes, fakes } from '../fakes.ts'

let bakery: Fakes
let deploymentId: string

const post = async (path: string, body: object) => {
  const answer = await api(bakery.services).request(`/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await answer.json()) as { id: string; warnings: object[] }
}

beforeEach(async () => {
  bakery = fakes()
  const { id: flow_id } = await post('/flows/', { name: 'bake' })
  const schema = {
    type: 'object',
    properties: { degrees: { type: 'integer' } },
    required: ['degrees'],
  }
  const deployment = { name: 'daily', flow_id, parameter_openapi_schema: schema }
  deploymentId = (await post('/deployments/', { ...deployment, enforce_parameter_schema: true })).id
  const { received, ...event } = doughProofed(0, { payload: { degrees: 230, dough: 'rye' } })
  await bakery.services.feed.append(DEFAULT_WORKSPACE, [
    { ...event, received: BEGINNING, occurred: BEGINNING },
  ])
})

const GONE = '00000000-0000-4000-8000-0000000000ff'

const warnings = (action: object, parts: object = {}) =>
  check(bakery.services, feedReader(bakery.services))(DEFAULT_WORKSPACE, {
    id: '00000000-0000-4000-8000-000000000500',
    created: BEGINNING,
    updated: BEGINNING,
    name: 'bake when proofed',
    description: '',
    enabled: true,
    tags: [],
    trigger: eventTrigger({ expect: ['dough.proofed'] }),
    actions: [
      {
        type: 'run-deployment',
        source: 'selected',
        schedule_after: 0,
        job_variables: null,
        ...action,
      },
    ],
    actions_on_trigger: [],
    actions_on_resolve: [],
    ...parts,
  } as unknown as Automation)

describe('check', () => {
  it('has nothing to say of parameters that the deployment takes', async () => {
    const parameters = { degrees: '{{ event.payload.degrees }}' }

    expect(await warnings({ deployment_id: deploymentId, parameters })).toEqual([])
  })

  it.each([
    [{ degrees: '{{ event.payload.dough }}' }, "'rye' is not of type 'integer'"],
    [{ degrees: 'hot' }, "'hot' is not of type 'integer'"],
    [{}, "'degrees' is a required property"],
  ])('rehearses %j with the last event of the kind', async (parameters, fault) => {
    const [warning, ...others] = await warnings({ deployment_id: deploymentId, parameters })

    expect(others).toEqual([])
    expect(warning?.path).toBe('actions.0')
    expect(warning?.message).toContain('With the last such event, dough.proofed of oven.1')
    expect(warning?.message).toContain(fault)
  })

  it.each([
    [{ degrees: 'about {{ event.payload.degrees }}' }, 'degrees is always text'],
    [{ degrees: '{{ event.resource.id }}' }, 'degrees is always text'],
    [{ degrees: '{{ event.payload.degrees | string }}' }, 'degrees is always text'],
    [{ degrees: '{{ (event.payload.degrees > 200) }}' }, 'degrees is always true or false'],
    [{ degrees: '{{ [1, 2] }}' }, 'degrees is always a list'],
    [{ degrees: 'hot' }, "'hot' is not of type 'integer'"],
    [{}, "'degrees' is a required property"],
  ])('knows without an event that %j is not taken', async (parameters, fault) => {
    const never = { trigger: eventTrigger({ expect: ['never.seen'] }) }

    const found = await warnings({ deployment_id: deploymentId, parameters }, never)

    expect(found.map(({ path }) => path)).toEqual(['actions.0.parameters'])
    expect(found[0]?.message).toContain(fault)
  })

  it.each([
    [{ degrees: '{{ event.payload.degrees }}' }],
    [{ degrees: '{{ event.payload.degrees | int }}' }],
    [{ degrees: 230 }],
    [{ degrees: { __prefect_kind: 'workspace_variable', variable_name: 'heat' } }],
  ])('without an event has nothing to say of %j', async (parameters) => {
    const never = { trigger: eventTrigger({ expect: ['never.seen'] }) }

    expect(await warnings({ deployment_id: deploymentId, parameters }, never)).toEqual([])
  })

  it.each([
    ['block', { type: 'call-webhook', payload: '', block_document_id: GONE }, 'block_document_id'],
    ['automation', { type: 'pause-automation', automation_id: GONE }, 'automation_id'],
    ['work pool', { type: 'pause-work-pool', work_pool_id: GONE }, 'work_pool_id'],
    ['work queue', { type: 'pause-work-queue', work_queue_id: GONE }, 'work_queue_id'],
  ])('misses the %s of an action, where it is not there', async (kind, action, field) => {
    expect(await warnings(action)).toEqual([
      { path: `actions.0.${field}`, message: `There is no ${kind} ${GONE}.` },
    ])
  })

  it('misses a deployment that is not there', async () => {
    const missing = '00000000-0000-4000-8000-00000000dead'

    expect(await warnings({ deployment_id: missing, parameters: {} })).toEqual([
      { path: 'actions.0.deployment_id', message: `There is no deployment ${missing}.` },
    ])
  })

  it('answers over REST', async () => {
    const trigger = { type: 'event', posture: 'Reactive', expect: ['a'], match: { tier: [] } }
    const asked = { name: 'x', trigger, actions: [{ type: 'do-nothing' }] }

    expect((await post('/automations/check', asked)).warnings).toEqual([
      { path: 'trigger.match.tier', message: 'An empty list matches nothing, so it never fires.' },
    ])
  })
})
