// Near misses: late events that an automation had a use for by their name and that did not fire it, each with the reason. One of a kind:
// a hundred heartbeats of the wrong oven are one answer.
import type { Automation } from '../core/automation.ts'
import { compileAutomation } from '../core/compiled-trigger.ts'
import type { Event } from '../core/event.ts'
import { type Explanation, objection } from '../core/explain.ts'
import { parseEventFilter } from '../core/filter.ts'
import type { Services } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'
import { explain, nearness } from './explain.ts'
import type { FeedReader } from './feed.ts'

/** Stored events that are looked at, newest first. */
const EVENTS_LOOKED_AT = 5_000
/** Of those that a trigger wants: to explain one, all is replayed that came before it. */
const WANTED_MAX = 4
const MISSES_MAX = 8

export interface NearMiss {
  event: Event
  explanation: Explanation
}

type Uses = Parameters<typeof explain>[0] & Pick<Services, 'clock'>

/** Nearest to firing first, then newest. */
export function nearMisses(services: Uses, readFeed: FeedReader) {
  const explained = explain(services)

  return async (workspace: Workspace, automation: Automation): Promise<NearMiss[]> => {
    const filter = parseEventFilter({}, services.clock.now())
    const stored = (await readFeed(workspace)).backfill(filter, EVENTS_LOOKED_AT).reverse()
    const found: NearMiss[] = []
    for (const event of candidates(automation, stored)) {
      const [explanation] = await explained(workspace, event, [automation])
      if (explanation && explanation.verdict !== 'fired') found.push({ event, explanation })
    }
    const near = ({ explanation }: NearMiss) => nearness(explanation.verdict)
    return found.sort((a, b) => near(b) - near(a))
  }
}

/** Those that a trigger wants, and those that one would want but for a label or a related resource. */
function candidates(automation: Automation, stored: readonly Event[]): Event[] {
  const { triggers } = compileAutomation(automation)
  const kinds = new Set<string>()
  const found: Event[] = []
  let wanted = 0
  for (const event of stored) {
    if (found.length >= MISSES_MAX) break
    const objections = triggers.map((trigger) => objection(automation, trigger, event))
    if (objections.includes(null)) {
      if (wanted < WANTED_MAX) found.push(event)
      wanted += 1
      continue
    }
    const near = objections.find((one) => one && nearness(one.verdict) >= nearness('label'))
    const kind = JSON.stringify(near)
    if (!near || kinds.has(kind)) continue
    kinds.add(kind)
    found.push(event)
  }
  return found
}
