// The event of a flow run's new state, named after the state (Prefect: server/orchestration/instrumentation_policies.py). It has
// the state's id and follows the state before, so that triggers see a run's states in order however they arrive.
import type { EventDraft, RelatedResource } from './event.ts'
import { CHAIN_LABEL } from './loop.ts'
import type { FlowRun, State } from './run.ts'
import { isFirstOfSchedule } from './scheduled-run.ts'
import {
  flowResource,
  queueResource,
  related,
  type Surroundings,
  workPoolResource,
} from './surroundings.ts'

/** No event when the state is still the one before, when a schedule made the run, or when the run is gone: deleting one is not told of. */
export function runStateEvent(
  before: FlowRun | null,
  run: FlowRun | null,
  surroundings: Surroundings,
): EventDraft[] {
  const state = run?.state
  if (!run || !state || before?.state?.id === state.id) return []
  if (isFirstOfSchedule(run, state.id)) return []
  const from = run.previous_state
  return [
    {
      occurred: state.timestamp,
      event: `prefect.flow-run.${state.name}`,
      resource: {
        'prefect.resource.id': `prefect.flow-run.${run.id}`,
        'prefect.resource.name': run.name,
        'prefect.run-count': String(run.run_count),
        'prefect.state-message': (state.message ?? '').slice(0, STATE_MESSAGE_LENGTH_MAX),
        'prefect.state-name': state.name,
        'prefect.state-timestamp': pythonInstant(state.timestamp),
        'prefect.state-type': state.type,
      },
      related: companyOf(run, surroundings),
      payload: {
        intended: { from: from?.type ?? null, to: state.type },
        initial_state: from && describe(from),
        validated_state: describe(state),
      },
      id: state.id,
      follows: from && !isFirstOfSchedule(run, from.id) ? from.id : null,
    },
  ]
}

/** Characters of a state's message in the event (Prefect: TRUNCATE_STATE_MESSAGES_AT). */
const STATE_MESSAGE_LENGTH_MAX = 100_000

/** The offset written out and no empty fraction, as Python's isoformat. */
const pythonInstant = (instant: string): string =>
  instant.replace('.000000Z', 'Z').replace('Z', '+00:00')

function describe(state: Pick<State, 'type' | 'name' | 'message'> & Partial<State>) {
  const { type, name, message, state_details } = state
  return {
    type,
    name,
    ...(message ? { message: message.slice(0, STATE_MESSAGE_LENGTH_MAX) } : {}),
    ...(type === 'PAUSED' && state_details
      ? { pause_reschedule: String(state_details.pause_reschedule ?? false) }
      : {}),
  }
}

/** Events have at most 100 related resources: of a run's tags as many are named. */
const TAGS_MAX = 90

function companyOf(run: FlowRun, surroundings: Surroundings): RelatedResource[] {
  const { created_by: creator } = run
  const creatorKind = CREATOR_KINDS[creator?.type ?? '']
  return [
    ...flowResource(run.flow_id, surroundings),
    ...related('deployment', run.deployment_id, 'deployment', surroundings.deployment?.name),
    ...queueResource(run),
    ...workPoolResource(run, surroundings),
    ...run.tags.slice(0, TAGS_MAX).flatMap((tag) => related('tag', tag, 'tag', null)),
    ...(creator && creatorKind
      ? related(creatorKind, creator.id, 'creator', creator.display_value, chainOf(run))
      : []),
  ]
}

/** Says how long the chain of firings is that the run stands in (loop.ts). */
const chainOf = ({ labels }: FlowRun): Record<string, string> =>
  labels[CHAIN_LABEL] === undefined ? {} : { [CHAIN_LABEL]: String(labels[CHAIN_LABEL]) }

const CREATOR_KINDS: Readonly<Record<string, string>> = {
  AUTOMATION: 'automation',
  DEPLOYMENT: 'deployment',
}
