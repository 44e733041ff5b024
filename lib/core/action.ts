// Actions: what a firing sets off, and the events that tell of it (Prefect: server/events/actions.py, samples of its server).
import type { Action } from './action-schema.ts'
import type { Automation } from './automation.ts'
import type { EventDraft, RelatedResource, Resource } from './event.ts'
import type { Firing } from './firing.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import { chainLabels } from './loop.ts'
import { formatInstant, parseInstant } from './time.ts'
import type { Trigger } from './trigger.ts'

/** What came of one action. */
export interface ActionOutcome {
  /** That of the API call Prefect would have made; null when it did not come so far. */
  statusCode: number | null
  /** Why it failed; null when it was executed. */
  reason: string | null
  /** What else the events' payload says: `validation_error`, `response_body` … */
  details?: Record<string, unknown>
  /** What it acted on (role `target`) and what it made (role `flow-run`). */
  related: RelatedResource[]
}

/** The actions for every firing, then those for its state, numbered through. */
export function actionsOf(automation: Automation, firing: Firing): Action[] {
  const isTriggered = firing.trigger_states.includes('Triggered')
  const isResolved = firing.trigger_states.includes('Resolved')
  return [
    ...automation.actions,
    ...(isTriggered ? automation.actions_on_trigger : []),
    ...(isResolved ? automation.actions_on_resolve : []),
  ]
}

/** The reason that Prefect gives for a call that its API answered with such a status. */
export const unexpectedStatus = (type: string, status: number): string =>
  `Unexpected status from '${type}' action: ${status}`

/** One action of one firing. Everything it makes gets its id from here. */
export const invocationId = (firing: Firing, actionIndex: number): string =>
  uuidv5(`${firing.id}/${actionIndex}`, NAMESPACE.action)

/** The run that a firing's run-deployment action makes: carried out twice, it makes one. */
export const triggeredRunId = (firing: Firing, actionIndex: number): string =>
  uuidv5(`${firing.id}/${actionIndex}/run`, NAMESPACE.action)

const announcementId = (firing: Pick<Firing, 'id'>, what: string): string =>
  uuidv5(`${firing.id}/${what}`, NAMESPACE.announcement)

/** The id of the event that tells of a firing: once it is stored, the firing has been acted on. */
export const toldEventId = (firing: Pick<Firing, 'id'>, state: 'triggered' | 'resolved'): string =>
  announcementId(firing, state)

/** A firing that is told of, with the automation it is of. */
export interface Told {
  automation: Automation
  firing: Firing
  /** How many firings led here, this one included (loop.ts). */
  depth: number
}

const stateOf = ({ trigger_states }: Firing): 'resolved' | 'triggered' =>
  trigger_states.includes('Resolved') ? 'resolved' : 'triggered'

/** `prefect.automation.triggered` or `.resolved`: the firing itself as an event. */
export function triggeredEvent({ automation, firing, depth }: Told): EventDraft {
  const state = stateOf(firing)
  return {
    occurred: firing.triggered,
    event: `prefect.automation.${state}`,
    resource: automationResource(automation, {
      ...postureOf(automation.trigger),
      ...chainLabels(depth),
    }),
    related: triggeringEvent(firing),
    payload: {
      triggering_labels: firing.triggering_labels,
      triggering_event: firing.triggering_event,
    },
    id: announcementId(firing, state),
    follows: null,
  }
}

/** `prefect.automation.action.triggered`: an action begins, with all that is known of it so far. */
export function actionBegan(
  { automation, firing, depth }: Told,
  { index, type }: { index: number; type: string },
  { related, occurred }: { related: RelatedResource[]; occurred: string },
): EventDraft {
  const triggered: RelatedResource = {
    'prefect.resource.id': `prefect.event.${announcementId(firing, stateOf(firing))}`,
    'prefect.resource.role': 'automation-triggered-event',
  }
  return {
    occurred,
    event: 'prefect.automation.action.triggered',
    resource: automationResource(automation, {
      'prefect.trigger-type': automation.trigger.type,
      ...postureOf(automation.trigger),
      ...chainLabels(depth),
    }),
    related: [...related, triggered, ...triggeringEvent(firing)],
    payload: {
      action_index: index,
      action_type: type,
      invocation: invocationId(firing, index),
    },
    id: announcementId(firing, `${index}/triggered`),
    follows: firing.triggering_event?.id ?? null,
  }
}

/** `prefect.automation.action.executed` or `.failed`, following the event that told of the beginning, whoever is at hand by then. */
export function actionEnded(
  began: EventDraft,
  { reason, details, statusCode }: Omit<ActionOutcome, 'related'>,
  occurred: string,
): EventDraft {
  return {
    ...began,
    occurred: later(occurred),
    event: `prefect.automation.action.${reason === null ? 'executed' : 'failed'}`,
    payload: {
      ...began.payload,
      ...(reason === null ? {} : { reason }),
      ...details,
      ...(statusCode === null ? {} : { status_code: statusCode }),
    },
    id: endIdOf(began),
    follows: began.id,
  }
}

/** The id of the event that tells what came of an action: once it is stored, the action is over. */
export const endedEventId = (firing: Firing, index: number): string =>
  endIdOf({ id: announcementId(firing, `${index}/triggered`) })

/** That id, of the event that told of the beginning. */
export const endIdOf = ({ id }: Pick<EventDraft, 'id'>): string =>
  uuidv5(`${id}/ended`, NAMESPACE.announcement)

/** A microsecond after, so that whoever sorts by time sees the end after the beginning. */
const later = (instant: string): string => formatInstant((parseInstant(instant) ?? 0) + 1)

function automationResource(automation: Automation, labels: Resource): Resource {
  return {
    'prefect.resource.id': `prefect.automation.${automation.id}`,
    'prefect.resource.name': automation.name,
    ...labels,
  }
}

const postureOf = (trigger: Trigger): Resource =>
  'posture' in trigger ? { 'prefect.posture': trigger.posture } : {}

const triggeringEvent = (firing: Firing): RelatedResource[] =>
  firing.triggering_event
    ? [
        {
          'prefect.resource.id': `prefect.event.${firing.triggering_event.id}`,
          'prefect.resource.role': 'triggering-event',
        },
      ]
    : []
