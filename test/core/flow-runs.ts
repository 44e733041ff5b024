// What flow runs tell: the events of a run that went through some states, as `announce` makes them of the real thing.
import { runStateEvent } from '../../lib/core/announce-run.ts'
import type { Event } from '../../lib/core/event.ts'
import { uuidv5 } from '../../lib/core/ids.ts'
import type { FlowRun, StateType } from '../../lib/core/run.ts'
import { newFlowRun } from '../../lib/core/run-creation.ts'
import { enterState, newState } from '../../lib/core/run-state.ts'
import type { MetricQuery, MetricTrigger } from '../../lib/core/trigger.ts'
import { afterOpening } from './bakery.ts'

/** States whose type is not their name. */
const TYPES: Record<string, StateType> = {
  Late: 'SCHEDULED',
  AwaitingRetry: 'SCHEDULED',
  Retrying: 'RUNNING',
}

const IDS = '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6afe'
const FLOW = '11111111-1111-4111-8111-111111111111'

/**
 * The events of a run in order, from a story such as `Scheduled 0, Pending 5, Running 6, Completed 60`: states, and when they
 * were entered, in seconds after opening. Equal stories of one run have equal events.
 */
export function runEvents(story: string, run = 'bread'): Event[] {
  let before: FlowRun | null = null
  return story.split(', ').flatMap((step, i) => {
    const [name = '', seconds] = step.split(' ')
    const type = TYPES[name] ?? (name.toUpperCase() as StateType)
    const now = afterOpening(Number(seconds))
    const stateId = uuidv5(`${run}/${i}/${step}`, IDS)
    const next: FlowRun = before
      ? enterState(before, newState(before.id, { type, name }, { id: stateId, now }))
      : newFlowRun(
          {
            id: uuidv5(run, IDS),
            stateId,
            flowId: FLOW,
            deployment: null,
            state: { type, name },
            now,
          },
          { name: run },
        )
    const drafts = runStateEvent(before, next, { flow: null, deployment: null, workPool: null })
    before = next
    return drafts.map((draft) => ({ ...draft, received: draft.occurred }))
  })
}

/** A metric trigger with Prefect's defaults, for all runs: breaches when fewer than nine of ten succeed. */
export const metricTrigger = (query: Partial<MetricQuery> = {}): MetricTrigger => ({
  type: 'metric',
  id: '00000000-0000-4000-8000-000000000009',
  match: {},
  match_related: {},
  posture: 'Metric',
  metric: {
    name: 'successes',
    operator: '<',
    threshold: 0.9,
    range: 300,
    firing_for: 300,
    ...query,
  },
})
