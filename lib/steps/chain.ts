// The chain an event stands in: what led to it and what came of it, found in the feed by what events say of one another. One
// step back or forth at a time, so that a chain of ten events costs some tens of questions to an index in memory.
import type { Event } from '../core/event.ts'
import { type EventFilter, eventFilterSchema } from '../core/filter.ts'
import type { Services } from '../core/ports.ts'
import { ALL_TIME, formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import type { FeedReader } from './feed.ts'

/** How an event came of the one before: it names it, it fired a trigger, an automation acted, a run was made. */
export type Link = 'follows' | 'fired' | 'acted' | 'ran'

export interface ChainEvent extends Pick<Event, 'id' | 'event' | 'occurred' | 'resource'> {
  /** The event in this chain that it came of; null for where the chain begins, as far as is known. */
  cause: string | null
  link: Link | null
}

export interface Chain {
  /** In order of time. */
  events: ChainEvent[]
  /** False when there is more than CHAIN_SHOWN_MAX. */
  isWhole: boolean
}

/** Events of one chain: whoever fires a hundred runs reads on at one of them. */
const CHAIN_SHOWN_MAX = 60
/** Events asked for at once. */
const PAGE_MAX = 50

const EVENT = 'prefect.event.'
const RUN = 'prefect.flow-run.'
const ACTION = 'prefect.automation.action.'

export const chainOf =
  ({ events }: Pick<Services, 'events'>, readFeed: FeedReader) =>
  async (workspace: Workspace, id: string): Promise<Chain | null> => {
    const start = await events.get(workspace, id)
    if (!start) return null
    const index = await readFeed(workspace)
    const ask = (filter: Partial<EventFilter>): Event[] => {
      const whole = eventFilterSchema.parse({ order: 'ASC', ...filter })
      const occurred = { since: formatInstant(0), until: ALL_TIME }
      return index.query({ filter: { ...whole, occurred }, limit: PAGE_MAX }).events
    }

    const known = new Map([[start.id, start]])
    const waiting = [start]
    for (let event = waiting.shift(); event; event = waiting.shift()) {
      if (known.size >= CHAIN_SHOWN_MAX) break
      for (const near of nearOf(event, ask)) {
        if (known.has(near.id) || known.size >= CHAIN_SHOWN_MAX) continue
        known.set(near.id, near)
        waiting.push(near)
      }
    }
    return { events: linked([...known.values()]), isWhole: waiting.length === 0 }
  }

type Ask = (filter: Partial<EventFilter>) => Event[]

const relatedTo = (id: string): Partial<EventFilter> => ({
  any_resource: { id: [id], id_prefix: null, labels: null },
})

const ofResource = (id: string): Partial<EventFilter> => ({
  resource: { id: [id], id_prefix: null, labels: null, distinct: false },
})

/**
 * Events one step away.
 *
 * 1. before: those it names, as the event it follows, that fired its automation, or that told of the firing.
 * 2. after:  those that name it so; and those of its own resource that follow it.
 * 3. runs:   what a run was made by, and the states of the runs that an action made.
 */
function nearOf(event: Event, ask: Ask): Event[] {
  const named = [event.follows, ...eventsNamedBy(event)].filter((id) => id !== null)
  const before = named.length > 0 ? ask({ id: { id: named } }) : []
  const after = ask(relatedTo(`${EVENT}${event.id}`))
  const own = event.resource['prefect.resource.id'] ?? ''
  const following = ask({
    ...ofResource(own),
    ...(event.event.startsWith(ACTION) ? { event: namesBeginning(ACTION) } : {}),
  }).filter(({ follows }) => follows === event.id)
  const runs = runsOf(event).flatMap((run) =>
    own === run ? madeBy(run, ask) : ask(ofResource(run)),
  )
  return [...before, ...after, ...following, ...runs]
}

const namesBeginning = (prefix: string): EventFilter['event'] => ({
  prefix: [prefix],
  exclude_prefix: null,
  name: null,
  exclude_name: null,
})

const madeBy = (run: string, ask: Ask): Event[] =>
  ask({ ...relatedTo(run), event: namesBeginning(ACTION) })

/** Events that an event names as its causes, by their ids. */
const eventsNamedBy = ({ related }: Event): string[] =>
  related
    .map((resource) => resource['prefect.resource.id'] ?? '')
    .filter((id) => id.startsWith(EVENT))
    .map((id) => id.slice(EVENT.length))

/** The run that an event is of, and those that an action made. */
const runsOf = ({ event, resource, related }: Event): string[] =>
  [resource, ...(event.startsWith(ACTION) ? related : [])]
    .map((one) => one['prefect.resource.id'] ?? '')
    .filter((id) => id.startsWith(RUN))

/** In order of time; at one moment causes come before what came of them. */
function linked(events: Event[]): ChainEvent[] {
  const inOrder = events.toSorted((a, b) => compare(a.occurred, b.occurred) || compare(a.id, b.id))
  const ids = new Set(events.map(({ id }) => id))
  const chain = inOrder.map((one): ChainEvent => {
    const { id, event, occurred, resource } = one
    const cause = causeOf(one, inOrder)
    return { id, event, occurred, resource, ...(cause && ids.has(cause.cause) ? cause : NONE) }
  })
  const causes = new Map(chain.map(({ id, cause }) => [id, cause]))
  const depths = new Map(chain.map(({ id }) => [id, depthOf(id, causes)]))
  const depth = ({ id }: ChainEvent) => depths.get(id) ?? 0
  return chain.sort((a, b) => compare(a.occurred, b.occurred) || depth(a) - depth(b))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Causes before an event. Events may name one another in a circle: senders choose what they name. */
function depthOf(id: string, causes: ReadonlyMap<string, string | null>): number {
  let depth = 0
  for (let at = causes.get(id); at && depth < CHAIN_SHOWN_MAX; at = causes.get(at)) depth += 1
  return depth
}

const NONE = { cause: null, link: null }

/** The nearest cause there is: a firing rather than what fired it, the action that made a run rather than nothing. */
function causeOf(event: Event, chain: Event[]): { cause: string; link: Link } | null {
  const role = (name: string) =>
    event.related
      .find((one) => one['prefect.resource.role'] === name)
      ?.['prefect.resource.id']?.slice(EVENT.length)
  const isEnd = event.event.startsWith(ACTION) && !event.event.endsWith('.triggered')
  if (isEnd && event.follows) return { cause: event.follows, link: 'follows' }
  const firing = role('automation-triggered-event')
  if (firing) return { cause: firing, link: 'acted' }
  const trigger = role('triggering-event')
  if (trigger) return { cause: trigger, link: 'fired' }
  if (event.follows) return { cause: event.follows, link: 'follows' }
  const own = event.resource['prefect.resource.id'] ?? ''
  if (!own.startsWith(RUN)) return null
  const action = chain.find((one) => one.event.startsWith(ACTION) && runsOf(one).includes(own))
  return action ? { cause: action.id, link: 'ran' } : null
}
