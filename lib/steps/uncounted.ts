// Events that a bucket should have counted and has not: those that are stored but still on their way to it, and those that came before the
// window that expects them. The feed has them, which another reader of the stream fills; what it has not yet, this process may have seen.
import type { Bucket, Window } from '../core/bucket.ts'
import type { CompiledTrigger } from '../core/compiled-trigger.ts'
import type { Event } from '../core/event.ts'
import { parseEventFilter } from '../core/filter.ts'
import { isUncounted } from '../core/opening.ts'
import { inCausalOrder } from '../core/ordering.ts'
import { formatInstant, parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import type { FeedReader } from './feed.ts'
import type { ActiveAutomation } from './registry.ts'

/** Events of a window that are compared with what was counted. A silence is about few of them, and a count is reached by few. */
const WINDOW_EVENTS_MAX = 1_000

/** Events that this process remembers having seen: more than come while the feed's reader catches up. */
const SEEN_EVENTS_MAX = 1_000

/** From `start` on, before `end`. */
export type Span = Pick<Window, 'start' | 'end'>

/** Where to look for what. */
export interface Search {
  active: ActiveAutomation
  trigger: CompiledTrigger
  key: string
  bucket: Bucket | null
  span: Span
}

export interface Uncounted {
  /** Notes events that an opening may ask for soon. */
  seen(workspace: Workspace, events: readonly Event[]): void
  /** In the order in which they are evaluated. */
  find(workspace: Workspace, search: Search): Promise<Event[]>
}

export function uncountedEvents(readFeed: FeedReader): Uncounted {
  let latest: { workspace: Workspace; event: Event }[] = []

  return {
    seen(workspace, events) {
      const added = events.map((event) => ({ workspace, event }))
      latest = [...latest, ...added].slice(-SEEN_EVENTS_MAX)
    },

    async find(workspace, { active, trigger, key, bucket, span }) {
      const { start, end } = span
      const occurred = { since: formatInstant(start), until: formatInstant(end - 1) }
      const index = await readFeed(workspace)
      const filter = parseEventFilter({ occurred, ...namesOf(trigger) }, end)
      const stored = index.backfill(filter, WINDOW_EVENTS_MAX)
      const here = latest.flatMap((one) => (one.workspace === workspace ? [one.event] : []))
      const found = new Map([...here, ...stored].map((event) => [event.id, event]))
      const missed = [...found.values()].filter((event) => {
        const at = parseInstant(event.occurred) ?? 0
        return (
          at >= start &&
          at < end &&
          event.received >= active.automation.created &&
          isUncounted(trigger, { key, taken: bucket?.taken ?? '' }, event)
        )
      })
      return inCausalOrder(missed)
    },
  }
}

/** As much of the trigger's names as a filter of the feed can say: it may let others pass, but keeps none from passing. */
function namesOf({ names }: CompiledTrigger): { event?: { prefix: string[] } } {
  const prefix = names.listed.map(({ glob }) => ('text' in glob ? glob.text : ''))
  return prefix.includes('') ? {} : { event: { prefix } }
}
