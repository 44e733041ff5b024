// What templates of an action may name (Prefect: server/events/actions.py `_template_context`): the automation, the event and the
// firing, the events of all child firings, and what the action is about.
import type { Automation } from './automation.ts'
import type { Event } from './event.ts'
import type { Firing } from './firing.ts'

/** A firing and those under it, each before its children. */
export const withChildren = (firing: Firing): Firing[] => [
  firing,
  ...firing.triggering_firings.flatMap(withChildren),
]

/** Ids of all events behind a firing, those of its children after its own: what templates call `events`. */
export const eventIdsOf = (firing: Firing): string[] =>
  withChildren(firing).flatMap(
    ({ counted_event_ids: ids, triggering_event: event }) => ids ?? (event ? [event.id] : []),
  )

/**
 * `more` are objects of the workspace under their own names: `deployment`, `flow_run`, `variables` … `events` among them are all those behind
 * the firing; without it there are only those that fired.
 */
export function actionContext(
  automation: Automation,
  firing: Firing,
  more: Record<string, unknown>,
): object {
  const firings = withChildren(firing)
  const events = firings.map(({ triggering_event }) => triggering_event)
  return {
    automation,
    event: firing.triggering_event,
    labels: firing.triggering_labels,
    firing,
    firings,
    events: events.filter((event): event is Event => event !== null),
    ...more,
  }
}
