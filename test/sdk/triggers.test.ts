import { expect, it } from 'vitest'
import {
  automationOf,
  DeploymentCompoundTrigger,
  DeploymentEventTrigger,
  DeploymentMetricTrigger,
  DeploymentSequenceTrigger,
  DeploymentTrigger,
} from '../../lib/sdk/triggers.ts'

const deployment = { id: 'd1', name: 'daily' }
const triggerOf = (trigger: Parameters<typeof automationOf>[0]) =>
  automationOf(trigger, deployment, 1).trigger

it('a deployment’s trigger becomes an automation that the deployment owns and that runs it', () => {
  const trigger = DeploymentEventTrigger({
    match_related: { 'prefect.resource.id': 'prefect.flow.1' },
    expect: new Set(['dough.proofed']),
    parameters: { grams: '{{ event.payload.grams }}' },
    schedule_after: 'PT2H',
  })

  expect(automationOf(trigger, deployment, 2)).toEqual({
    name: 'daily__automation_2',
    description: '',
    enabled: true,
    tags: [],
    trigger: {
      type: 'event',
      match: {},
      match_related: { 'prefect.resource.id': 'prefect.flow.1' },
      after: [],
      expect: ['dough.proofed'],
      for_each: [],
      posture: 'Reactive',
      threshold: 1,
      within: 0,
    },
    actions: [
      {
        type: 'run-deployment',
        source: 'selected',
        deployment_id: 'd1',
        parameters: { grams: '{{ event.payload.grams }}' },
        job_variables: null,
        schedule_after: 7200,
      },
    ],
    actions_on_trigger: [],
    actions_on_resolve: [],
    owner_resource: 'prefect.deployment.d1',
  })
})

it('a metric trigger becomes Prefect’s, with five minutes where nothing is said', () => {
  const trigger = DeploymentMetricTrigger({
    match_related: { 'prefect.resource.id': 'prefect.tag.production' },
    metric: { name: 'successes', operator: '<', threshold: 0.9, range: { hours: 1 } },
  })

  expect(triggerOf(trigger)).toEqual({
    type: 'metric',
    match: {},
    match_related: { 'prefect.resource.id': 'prefect.tag.production' },
    posture: 'Metric',
    metric: { name: 'successes', operator: '<', threshold: 0.9, range: 3600, firing_for: 300 },
  })
})

it('a review is sent as the server keeps it, and not at all when there is none', () => {
  const review = { block_document_id: 'b1', postpone: '2h', body: { due: '{{ review.due }}' } }
  const options = { expect: 'dough.proofed', schedule_after: 'PT2H' }

  const actionOf = (trigger: Parameters<typeof automationOf>[0]) =>
    automationOf(trigger, deployment, 1).actions[0]

  expect(actionOf(DeploymentEventTrigger({ ...options, review }))?.review).toEqual({
    block_document_id: 'b1',
    postpone: 7200,
    body: '{\n  "due": "{{ review.due }}"\n}',
  })
  expect(actionOf(DeploymentEventTrigger(options))).not.toHaveProperty('review')
})

it.each([
  ['ISO 8601', 'PT2H', 7200],
  ['seconds', 7200, 7200],
  ['units', { hours: 2 }, 7200],
  ['parts of units', { minutes: 1, seconds: 0.5 }, 60.5],
  ['short', '90s', 90],
])('schedule_after takes %s', (_, given, seconds) => {
  const { actions } = automationOf(DeploymentTrigger({ schedule_after: given }), deployment, 1)

  expect(actions[0]?.schedule_after).toBe(seconds)
})

it.each([
  ['a word', 'soon', /schedule_after: "soon" is not a duration; try/],
  ['the past', -1, /schedule_after: -1 lies in the past/],
])('schedule_after refuses %s', (_, given, message) => {
  const trigger = DeploymentTrigger({ schedule_after: given })

  expect(() => automationOf(trigger, deployment, 1)).toThrow(message)
})

it('a silence is waited for ten seconds when nothing else is said', () => {
  expect(triggerOf(DeploymentTrigger({ posture: 'Proactive' }))).toMatchObject({ within: 10 })
})

it('composites hold triggers, nested as they like', () => {
  const trigger = DeploymentCompoundTrigger({
    require: 'any',
    triggers: [
      { expect: 'dough.proofed' },
      DeploymentSequenceTrigger({
        within: '5m',
        triggers: [{ expect: 'a' }, { expect: 'b' }],
      }),
    ],
  })

  expect(triggerOf(trigger)).toMatchObject({
    type: 'compound',
    require: 'any',
    within: null,
    triggers: [
      { type: 'event', expect: ['dough.proofed'] },
      { type: 'sequence', within: 300, triggers: [{ expect: ['a'] }, { expect: ['b'] }] },
    ],
  })
})
