// Inference: which thing an action means that names none: the one the triggering event is about (Prefect: server/events/actions.py
// `_first_resource_of_kind`).
import type { Resource } from './event.ts'
import type { Firing } from './firing.ts'
import { parseUuid } from './ids.ts'

/** The first resource of a kind, such as `deployment`, in the triggering event, the one it is about before the related ones. */
export function resourceOfKind(firing: Firing, kind: string): Resource | null {
  const event = firing.triggering_event
  if (!event) return null
  const resources = [event.resource, ...event.related]
  return (
    resources.find(
      (resource) => kindOf(resource['prefect.resource.id'] ?? '') === `prefect.${kind}`,
    ) ?? null
  )
}

/** The id of that resource, or why there is none, in Prefect's words. */
export function inferId(firing: Firing, kind: string): { id: string } | { reason: string } {
  const name = kind.replaceAll('-', ' ')
  const resource = resourceOfKind(firing, kind)
  const id = resource && idOf(resource['prefect.resource.id'] ?? '')
  if (id) return { id }
  if (!firing.triggering_event) return { reason: `No event to infer the ${name}` }
  return { reason: `No ${name} could be inferred` }
}

/** A flow run may also be named by the labels of the bucket: a silence has no event, but a run it is about. */
export function inferFlowRunId(firing: Firing): { id: string } | { reason: string } {
  const labelled = firing.triggering_labels['prefect.resource.id'] ?? ''
  const id = kindOf(labelled) === 'prefect.flow-run' ? idOf(labelled) : null
  if (id) return { id }
  const inferred = inferId(firing, 'flow-run')
  return 'id' in inferred ? inferred : { reason: 'No flow run could be inferred' }
}

const kindOf = (resourceId: string): string =>
  resourceId.slice(0, Math.max(0, resourceId.lastIndexOf('.')))

const idOf = (resourceId: string): string | null =>
  parseUuid(resourceId.slice(resourceId.lastIndexOf('.') + 1))
