// Loops, as far as they can be told without reading anything.
import { describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import type { Event } from '../../lib/core/event.ts'
import type { Firing } from '../../lib/core/firing.ts'
import {
  BUDGET_FIRINGS,
  BUDGET_PER_SECOND,
  BUDGET_SHARE,
  type Budget,
  CHAIN_BREAK_SECONDS,
  CHAIN_LABEL,
  chainLabels,
  chainRunLabels,
  countsForBudget,
  depthOfEvent,
  depthOfRun,
  fullAt,
  takeShare,
} from '../../lib/core/loop.ts'
import { afterOpening, bakeryEvent } from './bakery.ts'

const AUTOMATION = { 'prefect.resource.id': 'prefect.automation.a' }
const CREATOR = { ...AUTOMATION, 'prefect.resource.role': 'creator' }
const RUN = { 'prefect.resource.id': 'prefect.flow-run.r', 'prefect.resource.role': 'flow-run' }

describe('how many firings led to an event', () => {
  it.each<[string, string, Partial<Event>, object]>([
    ['none to one from outside', 'dough.proofed', {}, { depth: 0 }],
    [
      'one to an action',
      'prefect.automation.action.executed',
      { resource: AUTOMATION },
      { depth: 1 },
    ],
    [
      'as many to an action as its automation says',
      'prefect.automation.triggered',
      { resource: { ...AUTOMATION, [CHAIN_LABEL]: '7' } },
      { depth: 7 },
    ],
    [
      'none to the saving of an automation',
      'prefect.automation.updated',
      { resource: AUTOMATION },
      { depth: 0 },
    ],
    [
      'one to a run that an automation made',
      'prefect.flow-run.Running',
      { related: [CREATOR] },
      { depth: 1 },
    ],
    [
      'as many to a run as its creator says',
      'prefect.flow-run.Running',
      { related: [{ ...CREATOR, [CHAIN_LABEL]: '3' }] },
      { depth: 3 },
    ],
    [
      'as many as the run says in which it was emitted',
      'dough.proofed',
      { related: [RUN] },
      { runId: 'r' },
    ],
    [
      'none to one with a label that anybody may write',
      'dough.proofed',
      { resource: { 'prefect.resource.id': 'oven', [CHAIN_LABEL]: '99' } },
      { depth: 0 },
    ],
    [
      'as if unlabelled where the label is no number',
      'prefect.flow-run.Running',
      { related: [{ ...CREATOR, [CHAIN_LABEL]: 'x' }] },
      { depth: 0 },
    ],
  ])('%s', (_, name, parts, expected) => {
    expect(depthOfEvent(bakeryEvent(name, 0, parts))).toEqual(expected)
  })

  it('a run is labelled with its depth, but for the ordinary one', () => {
    const created_by = { id: 'a', type: 'AUTOMATION', display_value: null }

    expect(chainRunLabels(1, 0)).toEqual({})
    expect(depthOfRun({ labels: chainRunLabels(1, 0), created_by })).toBe(1)
    expect(depthOfRun({ labels: chainRunLabels(5, 0), created_by })).toBe(5)
    expect(depthOfRun({ labels: {}, created_by: null })).toBe(0)
    expect([chainLabels(1), chainLabels(5)]).toEqual([{}, { [CHAIN_LABEL]: '5' }])
  })

  it.each([
    [CHAIN_BREAK_SECONDS - 1, 5],
    [CHAIN_BREAK_SECONDS, 0],
  ])('a run that waits %i s carries on %i', (seconds, depth) => {
    const created_by = { id: 'a', type: 'AUTOMATION', display_value: null }

    expect(depthOfRun({ labels: chainRunLabels(5, seconds), created_by })).toBe(depth)
  })
})

describe('a budget', () => {
  const drain = (budget: Budget | null, shares: number, at = 0): Budget | null => {
    let left = budget
    for (let i = 0; i < shares; i += 1) left = takeShare(left, afterOpening(at))
    return left
  }
  const SHARES = BUDGET_FIRINGS / BUDGET_SHARE

  it('is gone after so many firings at once, and not before', () => {
    const last = drain(null, SHARES)

    expect(last).toMatchObject({ firings: 0 })
    expect(takeShare(last, afterOpening(0))).toBeNull()
  })

  it('comes back as time goes by, and no more than it was', () => {
    const empty = drain(null, SHARES)
    const seconds = BUDGET_SHARE / BUDGET_PER_SECOND

    expect(takeShare(empty, afterOpening(seconds - 1))).toBeNull()
    expect(takeShare(empty, afterOpening(seconds))).toMatchObject({ firings: 0 })
    expect(takeShare(empty, afterOpening(1e6))).toMatchObject({
      firings: BUDGET_FIRINGS - BUDGET_SHARE,
    })
    expect(empty && fullAt(empty)).toBe(afterOpening(BUDGET_FIRINGS / BUDGET_PER_SECOND))
  })

  it.each<[string, Partial<Event>, string, boolean]>([
    ['of an event from outside', {}, 'run-deployment', false],
    ['of an event from outside, when the automation calls out', {}, 'call-webhook', true],
    [
      'of an event about a deployment',
      { resource: { 'prefect.resource.id': 'prefect.deployment.d' } },
      'do-nothing',
      true,
    ],
    ['of an event in the company of a flow run', { related: [RUN] }, 'do-nothing', true],
  ])('counts firings %s: %#', (_, parts, type, counts) => {
    const automation = { actions: [{ type }], actions_on_trigger: [], actions_on_resolve: [] }
    const firing = { triggering_event: bakeryEvent('dough.proofed', 0, parts) }

    expect(countsForBudget(automation as unknown as Automation, firing as Firing)).toBe(counts)
  })
})
