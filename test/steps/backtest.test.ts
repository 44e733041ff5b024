// Backtests against the live road: the same events through the real steps, over tables in memory, with every wake at its time.
import { describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import type { BacktestResult } from '../../lib/core/backtest.ts'
import type { Event } from '../../lib/core/event.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/ports.ts'
import { formatInstant, type Micros, parseInstant } from '../../lib/core/time.ts'
import { triggerSchema, withNewIds } from '../../lib/core/trigger-schema.ts'
import { backtest } from '../../lib/steps/backtest.ts'
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
  const shift = (text: string) => formatInstant(instant(text) + by)
  return events.map((event) => ({
    ...event,
    occurred: shift(event.occurred),
    received: shift(event.received),
  }))
}

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
})
