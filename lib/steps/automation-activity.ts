// What an automation has done and is about to do: its firings, from the feed, and the buckets that it is counting in.
import type { Automation } from '../core/automation.ts'
import type { Bucket } from '../core/bucket.ts'
import type { Event } from '../core/event.ts'
import { eventFilterSchema } from '../core/filter.ts'
import type { Services, Workspace } from '../core/ports.ts'
import { ALL_TIME, formatInstant } from '../core/time.ts'
import { compileAutomation } from '../core/trigger.ts'
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
