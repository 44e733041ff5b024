// Measuring: what an event adds to a metric. Where that hangs on an earlier event of the same run, the events that it follows are
// read, each once per batch; core says how far back.

import type { CompiledTrigger } from '../core/compiled-trigger.ts'
import type { Event } from '../core/event.ts'
import type { Arrival } from '../core/fold.ts'
import { type Measurement, measuring as measureBack } from '../core/measurement.ts'
import type { Services } from '../core/ports.ts'
import type { MetricName } from '../core/trigger.ts'
import type { Workspace } from '../core/workspace.ts'
import { once } from './batch.ts'

/** Measures one event for a metric; null when it adds nothing, or when nobody knows any more since when. */
export type Measure = (metric: MetricName, event: Event) => Promise<Measurement | null>

/** An event as a trigger's bucket meets it. */
export const arrivalOf = async (
  measure: Measure,
  { trigger, key, event }: { trigger: CompiledTrigger; key: string; event: Event },
): Promise<Arrival> => ({
  trigger,
  key,
  event,
  measurement: trigger.metric && (await measure(trigger.metric.name, event)),
})

/** Events of the batch need not be read. */
export function measuring(
  { events }: Pick<Services, 'events'>,
  workspace: Workspace,
  batch: Event[],
): Measure {
  const present = new Map(batch.map((event) => [event.id, event]))
  const read = once(async (id) => present.get(id) ?? events.get(workspace, id))

  return async (metric, event) => {
    const back = measureBack(metric, event)
    let step = back.next()
    while (!step.done) step = back.next(await read(step.value))
    return step.value
  }
}
