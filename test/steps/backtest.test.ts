// Backtests against the live road: the same events through the real steps, over tables in memory, with every wake at its time.
import { describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import type { BacktestResult } from '../../lib/core/backtest.ts'
import type { Event } from '../../lib/core/event.ts'
import { formatInstant, type Micros, parseInstant } from '../../lib/core/time.ts'
import type { EventTrigger } from '../../lib/core/trigger.ts'
import { triggerSchema, withNewIds } from '../../lib/core/trigger-schema.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { backtest } from '../../lib/steps/backtest.ts'
import { afterOpening, doughProofed, eventTrigger, OPENING, ovenWarm } from '../core/bakery.ts'
import { BEGINNING, type Fakes, fakes } from '../fakes.ts'
import { lived } from '../live.ts'
import { eventsOf, type TriggerVector, triggerVectors } from '../vectors.ts'

const MINUTE = 60_000_000
const ID = '00000000-0000-4000-8000-000000000500'

const automationOf = (vector: TriggerVector, created: string): Automation => ({
  id: ID,
  created,
  updated: created,
  name: 'bake when proofed',
  description: '',
  enabled: true,
  tags: [],
  trigger: withNewIds(triggerSchema.parse(vector.trigger), () => ID),
  actions: [{ type: 'do-nothing' }],
  actions_on_trigger: [],
  actions_on_resolve: [],
})

/** A vector's events as if its first one came when tests begin. */
function shifted(vector: TriggerVector): Event[] {
  const events = eventsOf(vector)
  const by = instant(BEGINNING) - instant(events[0]?.received ?? '')
  return events.map((event) => moved(event, by))
}

const moved = (event: Event, by: Micros): Event => ({
  ...event,
  occurred: formatInstant(instant(event.occurred) + by),
  received: formatInstant(instant(event.received) + by),
})

const instant = (text: string): Micros => parseInstant(text) ?? Number.NaN

async function backtested(bakery: Fakes, automation: Automation): Promise<BacktestResult> {
  const asked = {
    automation,
    before: null,
    since: instant(automation.created),
    until: bakery.clock.now() + 1,
    msMax: 60_000,
  }
  for await (const line of backtest(bakery.services)(DEFAULT_WORKSPACE, asked)) {
    if ('result' in line) return line.result
  }
  throw new Error('no result')
}

/** What is compared: which events fired it, and when, unless it was held, for a server looks at held events from time to time. */
const comparable = (
  firings: { triggered: string; labels: object; event: Event | null }[],
  isHeld: boolean,
) =>
  firings
    .map(({ triggered, labels, event }) =>
      JSON.stringify([event?.id ?? null, Object.entries(labels).sort(), isHeld || triggered]),
    )
    .sort()

describe('backtest', () => {
  it.each(triggerVectors())(
    'equals what the live road did with the events of $name',
    async (vector) => {
      const bakery = fakes()
      const events = shifted(vector)
      const until = instant(events.at(-1)?.received ?? BEGINNING) + 5 * MINUTE
      const automation = automationOf(vector, BEGINNING)
      const isHeld = events.some(({ follows }) => follows !== null)

      const firings = await lived(bakery, automation, events, { until })
      const result = await backtested(bakery, automation)

      expect(result.firings.now).toBe(firings.length)
      expect(comparable(result.samples, isHeld)).toEqual(
        comparable(
          firings
            .slice(-result.samples.length || firings.length)
            .map(({ triggered, triggering_labels: labels, triggering_event: event }) => ({
              triggered,
              labels,
              event,
            })),
          isHeld,
        ),
      )
    },
  )

  const AFTER = { after: ['oven.warm'], expect: ['dough.proofed'], within: 60 }
  const SILENCE = { ...AFTER, posture: 'Proactive' as const, for_each: ['prefect.resource.id'] }
  const lateOpening = ovenWarm(5, { received: formatInstant(afterOpening(20)) })

  it.each<[string, Partial<EventTrigger>, Event[], number]>([
    ['an opening that came late', AFTER, [doughProofed(10), lateOpening], 1],
    [
      'two that it finds',
      { ...AFTER, threshold: 2 },
      [doughProofed(9), doughProofed(8), lateOpening],
      1,
    ],
    ['what occurred before it', AFTER, [doughProofed(4), lateOpening], 0],
    ['an opening of the same moment', AFTER, [doughProofed(5), ovenWarm(5)], 1],
    ['a silence', SILENCE, [lateOpening], 1],
    ['a broken silence', SILENCE, [doughProofed(10), lateOpening], 0],
  ])('equals what the live road did with %s', async (_, parts, events, count) => {
    const bakery = fakes()
    const trigger = eventTrigger(parts)
    const automation = { ...automationOf({ trigger } as TriggerVector, BEGINNING), trigger }

    const firings = await lived(
      bakery,
      automation,
      events.map((event) => moved(event, instant(BEGINNING) - OPENING)),
      {
        until: instant(BEGINNING) + 5 * MINUTE,
      },
    )
    const result = await backtested(bakery, automation)

    expect(firings).toHaveLength(count)
    expect(result.firings.now).toBe(count)
  })
})
