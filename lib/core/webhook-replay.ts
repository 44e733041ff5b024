// An event of a webhook, sent again. It is an event of its own, which says of which one it is the copy; and unless it is asked for,
// it has no consequences: whoever looks into something must not set it off a second time.
import type { Event, EventDraft, RelatedResource } from './event.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import { ACTIONS_LABEL } from './match.ts'
import { PROVENANCE } from './webhook.ts'

/** The webhook among an event's related resources; undefined for an event that is none of its. */
export const webhookOf = (event: Event, webhookId: string): RelatedResource | undefined =>
  event.related.find(
    (resource) =>
      resource['prefect.resource.role'] === 'webhook' &&
      resource['prefect.resource.id'] === `prefect-cloud.webhook.${webhookId}`,
  )

/** `replay` names the request for it: asked twice under one name, it is one event. */
export function replayOf(
  event: Event,
  webhook: RelatedResource,
  { replay, now, actions }: { replay: string; now: string; actions: boolean },
): EventDraft {
  const { received, ...draft } = event
  const { [ACTIONS_LABEL]: _, ...labels } = webhook
  const told: RelatedResource = {
    ...labels,
    [PROVENANCE.replayOf]: event.id,
    ...(actions ? {} : { [ACTIONS_LABEL]: 'off' }),
  }
  return {
    ...draft,
    id: uuidv5(`${event.id}/replay/${replay}`, NAMESPACE.delivery),
    occurred: now,
    related: event.related.map((resource) => (resource === webhook ? told : resource)),
    follows: null,
  }
}
