// What all announcements of changes have in common: an event whose id derives from the object and the change, so that a change that is
// seen twice is announced once.
import type { EventDraft, RelatedResource, Resource } from './event.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import type { Surroundings } from './surroundings.ts'

/** An object before and after a change, null where it was not there, and what was around it. `now` is when it is told. */
export interface Change<T> {
  before: T | null
  after: T | null
  isMoved?: true
  surroundings: Surroundings
  now: string
}

/** What an event says beside its name. */
export interface Telling {
  resource: Resource
  related?: RelatedResource[]
  payload?: Record<string, unknown>
  occurred: string
  follows?: string | null
  /** What makes the change one of its kind, for the id. */
  mark: string
}

interface Named {
  id: string
  name: string
  created: string
  updated: string
}

/** The event of a change to the object of an id. */
export const draft = (id: string, event: string, telling: Telling): EventDraft => ({
  occurred: telling.occurred,
  event,
  resource: telling.resource,
  related: telling.related ?? [],
  payload: telling.payload ?? {},
  id: changeId(id, event, telling.mark),
  follows: telling.follows ?? null,
})

/** The id of the event that tells of one change. */
export const changeId = (id: string, event: string, mark: string): string =>
  uuidv5(`${id}/${event}/${mark}`, NAMESPACE.announcement)

/** `prefect.<kind>.created`, `.updated` or `.deleted`. An object that was only touched is not told of, one of another name is updated. */
export function lifecycle<T extends Named>(
  prefix: string,
  { before, after, isMoved, now }: Change<T>,
  say: (value: T) => Omit<Telling, 'occurred' | 'mark'>,
  isUpdated: (before: T, after: T) => boolean = () => false,
): EventDraft[] {
  if (after && (before || isMoved)) {
    if (before && !isUpdated(before, after)) return []
    const telling = { ...say(after), occurred: after.updated, mark: after.updated }
    return [draft(after.id, `${prefix}.updated`, telling)]
  }
  if (after) {
    const telling = { ...say(after), occurred: after.created, mark: after.created }
    return [draft(after.id, `${prefix}.created`, telling)]
  }
  if (!before) return []
  const telling = { ...say(before), occurred: now, mark: before.updated }
  return [draft(before.id, `${prefix}.deleted`, telling)]
}

/** An object of a kind as the resource of an event: `prefect.flow.<id>`. */
export const resourceOf = (kind: string, { id, name }: { id: string; name: string }): Resource => ({
  'prefect.resource.id': `${kind}.${id}`,
  'prefect.resource.name': name,
})

/** Whether two values are written differently. */
export const differs = (before: unknown, after: unknown): boolean =>
  JSON.stringify(before) !== JSON.stringify(after)
