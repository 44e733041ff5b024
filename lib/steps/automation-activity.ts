// What an automation has done and is about to do: its firings, from the feed, and the buckets that it is counting in.
import type { Automation } from '../core/automation.ts'
import type { Bucket } from '../core/bucket.ts'
import { compileAutomation } from '../core/compiled-trigger.ts'
import type { Event, RelatedResource } from '../core/event.ts'
import { eventFilterSchema } from '../core/filter.ts'
import type { Services } from '../core/ports.ts'
import { ALL_TIME, formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import type { FeedReader } from './feed.ts'

/** A trigger's count that has begun and is not over. */
export interface OpenBucket {
  /** The trigger's path in the automation; '' for the only one. */
  trigger: string
  posture: 'Reactive' | 'Proactive'
  /** The values that are counted apart. */
  key: string[]
  count: number
  threshold: number
  start: string
  /** Null: without end. */
  end: string | null
}

/** Buckets of one answer. */
const OPEN_BUCKETS_MAX = 100

/** Those that a trigger of the automation, as it is now, is counting in; the ones that end first come first. */
export const openBuckets =
  ({ triggers, clock }: Pick<Services, 'triggers' | 'clock'>) =>
  async (workspace: Workspace, automation: Automation): Promise<OpenBucket[]> => {
    const compiled = compileAutomation(automation)
    const found = await triggers.buckets(workspace, automation.id)
    const now = clock.now()
    const open = found.flatMap(({ key, value }): OpenBucket[] => {
      const [, path, hash] = key.split('/')
      const trigger = compiled.triggers.find((one) => one.path === path && one.hash === hash)
      const { key: values, window } = value as Bucket
      if (!trigger || trigger.posture === 'Metric' || !window) return []
      const isEndless = trigger.within === 0
      if (!isEndless && window.end <= now) return []
      const { posture, threshold } = trigger
      const count = Math.max(0, window.count)
      const [start, end] = [
        formatInstant(window.start),
        isEndless ? null : formatInstant(window.end),
      ]
      return [{ trigger: trigger.path, posture, key: values, count, threshold, start, end }]
    })
    return open
      .sort((a, b) => ((a.end ?? ALL_TIME) < (b.end ?? ALL_TIME) ? -1 : 1))
      .slice(0, OPEN_BUCKETS_MAX)
  }

/** A firing with what set it off and what came of it, as events tell. */
export interface ToldFiring {
  /** The event that told of it. */
  event: Event
  /** The event that set it off; null for a silence, and where that event is gone. */
  trigger: Event | null
  /** Runs that its actions made, as resources. */
  runs: RelatedResource[]
}

/** Ended actions that are looked through for the runs of some firings. */
const ACTIONS_MAX = 200

/** An automation's firings with their causes and runs, newest first. */
export function toldFirings({ events }: Pick<Services, 'events'>, readFeed: FeedReader) {
  const firings = firingsOf(readFeed)

  return async (workspace: Workspace, id: string, limit: number): Promise<ToldFiring[]> => {
    const filter = eventFilterSchema.parse({
      event: { name: ['prefect.automation.action.executed'] },
      resource: { id: [`prefect.automation.${id}`] },
    })
    const occurred = { since: formatInstant(0), until: ALL_TIME }
    const index = await readFeed(workspace)
    const ended = index.query({ filter: { ...filter, occurred }, limit: ACTIONS_MAX }).events
    const told = await firings(workspace, id, limit)
    return Promise.all(
      told.map(async (event): Promise<ToldFiring> => {
        const trigger = eventIn(event.related, 'triggering-event')
        const actions = ended.filter(
          ({ related }) => eventIn(related, 'automation-triggered-event') === event.id,
        )
        return {
          event,
          trigger: trigger === null ? null : await events.get(workspace, trigger),
          runs: actions.flatMap(({ related }) => related.filter(isRun)),
        }
      }),
    )
  }
}

const isRun = (resource: RelatedResource): boolean =>
  resource['prefect.resource.role'] === 'flow-run'

/** The id of the event that is named in a role. */
function eventIn(related: readonly RelatedResource[], role: string): string | null {
  const found = related.find((one) => one['prefect.resource.role'] === role)
  return found?.['prefect.resource.id']?.replace(/^prefect\.event\./, '') ?? null
}

/** The events that told of an automation's firings, newest first. */
export const firingsOf =
  (readFeed: FeedReader) =>
  async (workspace: Workspace, automationId: string, limit: number): Promise<Event[]> => {
    const filter = eventFilterSchema.parse({
      event: { name: ['prefect.automation.triggered', 'prefect.automation.resolved'] },
      resource: { id: [`prefect.automation.${automationId}`] },
    })
    const occurred = { since: formatInstant(0), until: ALL_TIME }
    return (await readFeed(workspace)).query({ filter: { ...filter, occurred }, limit }).events
  }
