// Act: a firing's actions are carried out, and each is told of by events. Runs of a batch are made together. A second delivery finds
// the end of an action told of, and leaves it alone; what was done but not yet told of is found done, for ids derive from causes.
import {
  actionBegan,
  actionEnded,
  actionsOf,
  endedEventId,
  type Told,
  triggeredEvent,
} from '../core/action.ts'
import type { Action } from '../core/action-schema.ts'
import type { Automation } from '../core/automation.ts'
import type { EventDraft } from '../core/event.ts'
import type { Firing } from '../core/firing.ts'
import { pausedEvent } from '../core/loop.ts'
import type { Services, StoredFiring } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { accept } from './accept.ts'
import { groupBy, once } from './batch.ts'
import { loopWatch } from './loop-watch.ts'
import { pausing } from './pause.ts'
import { type PerformUses, performer } from './perform.ts'

type Uses = PerformUses & Pick<Services, 'triggers' | 'events' | 'log'>

/** What a firing comes to: runs to make, then events to tell, then what must not happen before they are told. */
interface Carried {
  runs: FlowRun[]
  events: EventDraft[]
  afterwards: (() => Promise<unknown>)[]
}

export function act(services: Uses) {
  const watch = loopWatch(services)

  return async (stored: StoredFiring[]): Promise<void> => {
    for (const [workspace, firings] of groupBy(stored, ({ workspace }) => workspace)) {
      const carry = carryOut(services, workspace, watch)
      const carried = await Promise.all(firings.map(({ firing }) => carry(firing)))
      const runs = carried.flatMap(({ runs }) => runs)
      if (runs.length > 0) await services.runs.create(workspace, runs)
      const events = carried.flatMap(({ events }) => events)
      await accept(services)(workspace, events)
      for (const { afterwards } of carried) for (const step of afterwards) await step()
    }
  }
}

/** Within a batch each automation is read once. */
function carryOut(services: Uses, workspace: Workspace, watch: ReturnType<typeof loopWatch>) {
  const automationOf = once((id) => services.automations.get(workspace, id))
  const perform = performer(services, workspace)
  const now = () => formatInstant(services.clock.now())

  /** Told first, then paused: after a crash in between it is told again, as the same event, and paused. */
  function stop(automation: Automation, firing: Firing, reason: string): Carried {
    services.log.warn('automation paused', { automation: automation.id, reason })
    const events = automation.enabled
      ? [pausedEvent(automation, { firing, reason, occurred: now() })]
      : []
    const pause = pausing(services, workspace)
    return { runs: [], events, afterwards: [() => pause.automation(automation.id, false)] }
  }

  async function carryAction(told: Told, action: Action, index: number): Promise<Carried> {
    const { type } = action
    const isRepeatable = type === 'run-deployment' || type === 'do-nothing'
    if (!isRepeatable && (await isOver(told.firing, index))) return NOTHING
    const performed = await perform({ ...told, index }, action)
    const occurred = now()
    const related = 'underway' in performed ? performed.underway : performed.outcome.related
    const began = actionBegan(told, { index, type }, { related, occurred })
    if ('underway' in performed) {
      return { runs: [], events: [began], afterwards: [() => performed.start(began)] }
    }
    const { outcome, run, notice } = performed
    const ended = actionEnded(began, outcome, occurred)
    return {
      runs: run ? [run] : [],
      events: [began, ended, ...(notice?.events ?? [])],
      afterwards: notice?.afterwards ?? [],
    }
  }

  const isOver = async (firing: Firing, index: number): Promise<boolean> =>
    (await services.events.get(workspace, endedEventId(firing, index))) !== null

  return async (firing: Firing): Promise<Carried> => {
    const automation = (await automationOf(firing.automation_id))?.value.automation
    if (!automation) {
      services.log.info('a firing of a deleted automation', { firing: firing.id })
      return NOTHING
    }
    const depth = await watch.depthOf(workspace, firing)
    const objection = await watch.objection(workspace, automation, { firing, depth })
    if (objection) return stop(automation, firing, objection)
    const told = { automation, firing, depth }
    const carried: Carried[] = [{ ...NOTHING, events: [triggeredEvent(told)] }]
    for (const [index, action] of actionsOf(automation, firing).entries()) {
      carried.push(await carryAction(told, action, index))
    }
    return {
      runs: carried.flatMap(({ runs }) => runs),
      events: carried.flatMap(({ events }) => events),
      afterwards: carried.flatMap(({ afterwards }) => afterwards),
    }
  }
}

const NOTHING: Carried = { runs: [], events: [], afterwards: [] }
