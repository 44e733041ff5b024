// Actions: what a firing sets off, and the events that tell of it (Prefect: server/events/actions.py, samples of its server).
import type { Automation } from './automation.ts'
import type { Event, RelatedResource, Resource } from './event.ts'
import type { Firing } from './firing.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import type { Trigger } from './trigger.ts'

/** What came of one action. `statusCode` is that of the API call Prefect would have made; 2xx means executed. */
export interface ActionOutcome {
  statusCode: number
  /** Why it failed; null when it was executed. */
  reason: string | null
  /** Set when parameters did not fit the deployment's schema. */
  validationError?: string
  /** What it acted on (role `target`) and what it made (role `flow-run`). */
  related: RelatedResource[]
}

/** One action of one firing. Everything it makes gets its id from here. */
export const invocationId = (firing: Firing, actionIndex: number): string =>
  uuidv5(`${firing.id}/${actionIndex}`, NAMESPACE.action)

/** The run that a firing's run-deployment action makes: carried out twice, it makes one. */
export const triggeredRunId = (firing: Firing, actionIndex: number): string =>
  uuidv5(`${firing.id}/${actionIndex}/run`, NAMESPACE.action)

const announcementId = (firing: Firing, what: string): string =>
  uuidv5(`${firing.id}/${what}`, NAMESPACE.announcement)

type Draft = Omit<Event, 'received'>

/** `prefect.automation.triggered` or `.resolved`: the firing itself as an event. */
export function triggeredEvent(automation: Automation, firing: Firing): Draft {
  const state = firing.trigger_states.includes('Resolved') ? 'resolved' : 'triggered'
  return {
    occurred: firing.triggered,
    event: `prefect.automation.${state}`,
    resource: automationResource(automation, postureOf(automation.trigger)),
    related: triggeringEvent(firing),
    payload: {
      triggering_labels: firing.triggering_labels,
      triggering_event: firing.triggering_event,
    },
    id: announcementId(firing, state),
    follows: null,
  }
}

/** `action.triggered`, then `action.executed` or `action.failed`, each following the one before. */
export function actionEvents(
  automation: Automation,
  firing: Firing,
  action: { index: number; type: string },
  outcome: ActionOutcome,
  occurred: string,
): Draft[] {
  const resource = automationResource(automation, {
    'prefect.trigger-type': automation.trigger.type,
    ...postureOf(automation.trigger),
  })
  const related = [
    ...outcome.related,
    {
      'prefect.resource.id': `prefect.event.${announcementId(firing, 'triggered')}`,
      'prefect.resource.role': 'automation-triggered-event',
    },
    ...triggeringEvent(firing),
  ]
  const payload = {
    action_index: action.index,
    action_type: action.type,
    invocation: invocationId(firing, action.index),
  }
  const began = announcementId(firing, `${action.index}/triggered`)
  const ended = outcome.reason === null ? 'executed' : 'failed'
  const why =
    outcome.reason === null
      ? {}
      : {
          reason: outcome.reason,
          ...(outcome.validationError ? { validation_error: outcome.validationError } : {}),
        }
  return [
    {
      occurred,
      event: 'prefect.automation.action.triggered',
      resource,
      related,
      payload,
      id: began,
      follows: firing.triggering_event?.id ?? null,
    },
    {
      occurred,
      event: `prefect.automation.action.${ended}`,
      resource,
      related,
      payload: { ...payload, ...why, status_code: outcome.statusCode },
      id: announcementId(firing, `${action.index}/ended`),
      follows: began,
    },
  ]
}

function automationResource(automation: Automation, labels: Resource): Resource {
  return {
    'prefect.resource.id': `prefect.automation.${automation.id}`,
    'prefect.resource.name': automation.name,
    ...labels,
  }
}

const postureOf = (trigger: Trigger): Resource =>
  trigger.type === 'event' ? { 'prefect.posture': trigger.posture } : {}

const triggeringEvent = (firing: Firing): RelatedResource[] =>
  firing.triggering_event
    ? [
        {
          'prefect.resource.id': `prefect.event.${firing.triggering_event.id}`,
          'prefect.resource.role': 'triggering-event',
        },
      ]
    : []
