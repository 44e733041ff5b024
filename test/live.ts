// The live road with time passing: the real steps over tables in memory, every wake at its moment, on a clock that moves from one to the
// next.
import type { DynamoDBRecord } from 'aws-lambda'
import type { Automation } from '../lib/core/automation.ts'
import { compileAutomation } from '../lib/core/compiled-trigger.ts'
import type { Event } from '../lib/core/event.ts'
import type { Firing } from '../lib/core/firing.ts'
import { bucketKeyOf } from '../lib/core/fold.ts'
import { type Micros, parseInstant } from '../lib/core/time.ts'
import { DEFAULT_WORKSPACE } from '../lib/core/workspace.ts'
import { act, evaluate, publish, wake } from '../lib/entries.ts'
import { accept } from '../lib/steps/accept.ts'
import { batchOf, type Fakes } from './fakes.ts'

const instant = (text: string): Micros => parseInstant(text) ?? Number.NaN

/** The real steps, and a clock that stops at every wake on its way. */
function live(bakery: Fakes, options: { acts?: boolean }) {
  const { services, clock, wakes, take } = bakery
  const handlers = [evaluate(services), publish(services)]
  const acting = options.acts ? act(services) : null
  const awaken = wake(services)
  const firings: Firing[] = []

  async function settle(): Promise<void> {
    for (let records = take('events'); records.length > 0; records = take('events')) {
      for (const handler of handlers) await handler(batchOf(records))
      const changed = take('objects')
      firings.push(...changed.flatMap(firingIn))
      if (acting) await acting(batchOf(changed.filter(isFiring)))
    }
  }

  async function passTo(moment: Micros, isIncluded: boolean): Promise<void> {
    for (;;) {
      const next = wakes.toSorted((a, b) => a.at - b.at)[0]
      if (!next || next.at > moment || (next.at === moment && !isIncluded)) break
      clock.advance(Math.max(0, next.at - clock.now()) / 1_000_000)
      wakes.splice(wakes.indexOf(next), 1)
      await awaken(next.key)
      await settle()
    }
    clock.advance(Math.max(0, moment - clock.now()) / 1_000_000)
  }

  return { firings, settle, passTo }
}

const isFiring = ({ dynamodb, eventName }: DynamoDBRecord): boolean =>
  eventName === 'INSERT' && dynamodb?.NewImage?.k?.S === 'firing'

const firingIn = (record: DynamoDBRecord): Firing[] =>
  isFiring(record) ? [JSON.parse(record.dynamodb?.NewImage?.d?.S ?? '{}') as Firing] : []

/** The firings of an automation that lives through these events, each stored when it was received, and then until a moment. */
export async function lived(
  bakery: Fakes,
  automation: Automation,
  events: Event[],
  { until, acts = false }: { until: Micros; acts?: boolean },
): Promise<Firing[]> {
  const { services } = bakery
  const road = live(bakery, { acts })
  await services.automations.create(DEFAULT_WORKSPACE, { automation, owner: null })
  for (const trigger of compileAutomation(automation).triggers) {
    if (trigger.posture === 'Reactive' || trigger.forEach.length > 0) continue
    const key = { workspace: DEFAULT_WORKSPACE, id: bucketKeyOf(trigger, '') }
    await services.scheduler.wakeAt({ kind: 'bucket', ...key }, bakery.clock.now())
  }
  for (const { received, ...draft } of events) {
    await road.passTo(instant(received), false)
    await accept(services)(DEFAULT_WORKSPACE, [draft])
    await road.settle()
  }
  await road.passTo(until, true)
  return road.firings
}
