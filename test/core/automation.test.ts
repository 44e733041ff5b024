import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AUTOMATION_BYTES_MAX,
  parseAutomationCreate,
  parseAutomationPatch,
  parseAutomationUpdate,
} from '../../lib/core/automation.ts'
import { Refusal } from '../../lib/core/errors.ts'

let ids = 0
const context = {
  newId: () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`,
  now: 0,
  templates: {
    template: (text: string) => (text.includes('{{ x') ? 'it does not end' : null),
    parameters: (parameters: Record<string, unknown>) =>
      'bad' in parameters ? ['bad: it does not end'] : [],
  },
}
const DEPLOYMENT = '00000000-0000-4000-8000-000000000001'
const bakeWhenProofed = {
  name: 'bake when proofed',
  trigger: { type: 'event', posture: 'Reactive', expect: ['dough.proofed'] },
  actions: [{ type: 'run-deployment', deployment_id: DEPLOYMENT }],
}
const create = (body: unknown) => parseAutomationCreate(body, context).automation
const withTrigger = (trigger: unknown) => create({ ...bakeWhenProofed, trigger }).trigger
const withActions = (actions: unknown) => create({ ...bakeWhenProofed, actions }).actions

const placesOf = (ask: () => unknown) => {
  try {
    ask()
    return []
  } catch (error) {
    if (error instanceof Refusal) return error.faults.map(({ loc }) => loc.join('.')).sort()
    throw error
  }
}

describe('reading automations', () => {
  it('gives every trigger a new id, children too', () => {
    const child = { type: 'event', posture: 'Reactive', id: DEPLOYMENT }

    const trigger = withTrigger({ require: 'all', within: null, triggers: [child, child] })

    const inside = 'triggers' in trigger ? trigger.triggers.map(({ id }) => id) : []
    expect(new Set([trigger.id, ...inside, DEPLOYMENT]).size).toBe(4)
  })

  it.each([
    [{ 'prefect.resource.role': 'flow' }],
    [[]],
    [[{ b: 'x', a: ['z', 'y'] }, {}]],
    [{ a: [] }],
  ])('match_related %j is echoed in the shape it was sent', (match_related) => {
    expect(withTrigger({ posture: 'Reactive', match_related })).toMatchObject({ match_related })
  })

  it('names the owner apart from the automation', () => {
    const { automation, owner } = parseAutomationCreate(
      { ...bakeWhenProofed, owner_resource: 'prefect.deployment.1' },
      context,
    )

    expect(owner).toBe('prefect.deployment.1')
    expect(automation).not.toHaveProperty('owner_resource')
  })

  it('an action without type is the kind whose fields it has', () => {
    expect(
      withActions([{}, { deployment_id: DEPLOYMENT }, { state: 'FAILED' }, { state: 'nonsense' }]),
    ).toMatchObject([
      { type: 'do-nothing' },
      { type: 'run-deployment', source: 'selected' },
      { type: 'change-flow-run-state', force: false },
      { type: 'do-nothing' },
    ])
  })

  it('a trigger that shows no kind lacks the fields of all kinds', () => {
    expect(placesOf(() => withTrigger({}))).toEqual([
      'body.trigger.posture',
      'body.trigger.require',
      'body.trigger.triggers',
      'body.trigger.within',
    ])
  })

  it.each<[unknown, string[]]>([
    [{ a: 1 }, ['.a']],
    [[{ a: ['x', null] }], ['.a', '.a.1']],
    [[{}, { a: 1 }, { b: 1 }, 2], ['.a']],
    [
      [{}, 2],
      ['', '.1'],
    ],
    ['x', ['']],
  ])('refuses match_related %j where Prefect does', (match_related, places) => {
    const found = placesOf(() => withTrigger({ posture: 'Reactive', match_related }))

    expect([...new Set(found)]).toEqual(places.map((place) => `body.trigger.match_related${place}`))
  })

  it('does not ask for the deployment of a run that cannot be scheduled', () => {
    expect(placesOf(() => withActions([{ type: 'run-deployment', schedule_after: -1 }]))).toEqual([
      'body.actions.0.schedule_after',
    ])
  })

  it('does not ask how many children a trigger requires that have faults themselves', () => {
    const inner = { require: 2, within: null, triggers: [] }

    expect(placesOf(() => withTrigger({ require: 3, within: null, triggers: [inner] }))).toEqual([
      'body.trigger.triggers.0',
    ])
  })

  it('a metric trigger looks back five minutes and waits as long, unless it says otherwise', () => {
    const metric = { name: 'lateness', operator: '>', threshold: 60 }

    for (const kind of [{ type: 'metric' }, { posture: 'Metric' }]) {
      expect(withTrigger({ ...kind, metric })).toMatchObject({
        type: 'metric',
        posture: 'Metric',
        match: {},
        match_related: {},
        metric: { ...metric, range: 300, firing_for: 300 },
      })
    }
  })

  it.each([
    ['no metric', { metric: undefined }, ['metric']],
    ['another posture', { posture: 'Reactive' }, ['posture']],
    [
      'a metric without all it needs',
      { metric: { name: 'successes' } },
      ['metric.operator', 'metric.threshold'],
    ],
    ['an unknown metric', { name: 'failures' }, ['metric.name']],
    ['an unknown operator', { operator: '==' }, ['metric.operator']],
    ['a threshold that is no number', { threshold: 'high' }, ['metric.threshold']],
    ['a range of less than a minute', { range: 59 }, ['metric.range']],
    ['a range of more than a year', { range: 'P366D' }, ['metric.range']],
    ['a negative firing_for', { firing_for: -1 }, ['metric.firing_for']],
  ])('refuses a metric trigger with %s', (_, parts, places) => {
    const { metric, posture, ...query } = parts as Record<string, unknown>
    const whole = { name: 'successes', operator: '<', threshold: 0.9, range: 60, firing_for: 0 }
    const asked = 'metric' in parts ? metric : { ...whole, ...query }

    expect(
      placesOf(() =>
        withTrigger({ type: 'metric', ...(posture ? { posture } : {}), metric: asked }),
      ),
    ).toEqual(places.map((place) => `body.trigger.${place}`))
  })

  it('says which template of which action is wrong', () => {
    const notification = { type: 'send-notification', block_document_id: DEPLOYMENT, body: '{{ x' }
    const run = { type: 'run-deployment', deployment_id: DEPLOYMENT, parameters: { bad: 1 } }

    expect(placesOf(() => withActions([notification, run]))).toEqual([
      'body.actions.0.body',
      'body.actions.1.parameters',
    ])
  })

  it('an object as payload becomes indented text', () => {
    const call = { type: 'call-webhook', block_document_id: DEPLOYMENT, payload: { a: [1] } }

    expect(withActions([call])).toMatchObject([{ payload: '{\n  "a": [\n    1\n  ]\n}' }])
  })

  it.each([
    [
      'a label named __proto__',
      () => withTrigger(JSON.parse('{"posture":"Reactive","match":{"__proto__":"x"}}')),
      'body.trigger.match',
    ],
    ['a trigger nested too deeply', () => withTrigger(nested(500)), 'body'],
    [
      'an automation too large to store',
      () => create({ ...bakeWhenProofed, description: 'x'.repeat(AUTOMATION_BYTES_MAX) }),
      'body',
    ],
  ])('refuses %s', (_, ask, place) => {
    expect(placesOf(ask)).toEqual([place])
  })

  it('an update keeps id and creation, a patch changes nothing but enabled', () => {
    const was = create(bakeWhenProofed)

    const updated = parseAutomationUpdate(
      { ...bakeWhenProofed, name: 'x' },
      { ...context, now: 1 },
    )(was)
    const patched = parseAutomationPatch({ enabled: 'no' }, { now: 2 })(was)

    expect(updated).toMatchObject({ id: was.id, created: was.created, name: 'x' })
    expect(updated.updated).toBe('1970-01-01T00:00:00.000001Z')
    expect(patched).toEqual({ ...was, enabled: false, updated: '1970-01-01T00:00:00.000002Z' })
  })

  it('answers anything with an automation or a refusal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => placesOf(() => create(value))).not.toThrow()
        expect(() => placesOf(() => withTrigger(value))).not.toThrow()
        expect(() => placesOf(() => withActions([value]))).not.toThrow()
      }),
    )
  })
})

const nested = (levels: number): unknown =>
  levels === 0 ? { posture: 'Reactive' } : { within: 1, triggers: [nested(levels - 1)] }
