// Fates: which of some events came late, wait, or were ignored, and by which triggers. Nothing was written down when it happened, but that
// an event waits: the rest is found by replaying what came since each automation was made (docs/decisions/0013-fates.md).
import type { Automation } from '../core/automation.ts'
import { compileAutomation } from '../core/compiled-trigger.ts'
import type { Event } from '../core/event.ts'
import { decidedFinding, type Finding, heldFinding, objection, triggerAt } from '../core/explain.ts'
import { sentence } from '../core/explain-text.ts'
import { type EventFate, type Fates, isCountedFate } from '../core/fates.ts'
import type { Services } from '../core/ports.ts'
import { type Replay, replay } from '../core/replay.ts'
import { ALL_TIME, parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { replayStored } from './replay-stored.ts'

type Uses = Pick<Services, 'events' | 'feed' | 'stopwatch' | 'clock'>

export const fatesOf =
  (services: Uses) =>
  async (
    workspace: Workspace,
    events: readonly Event[],
    automations: readonly Automation[],
  ): Promise<Fates> => {
    const cases = automations.flatMap((automation) => caseOf(automation, events) ?? [])
    const since = cases.map(({ automation }) => automation.created).sort()[0]
    const fates = Object.fromEntries(events.map(({ id }) => [id, [] as EventFate[]]))
    if (since === undefined) return { fates, is_whole: true }
    const runs = cases.map(({ run }) => run)
    const mayWait = events.some(({ follows }) => follows !== null)
    const last =
      events
        .map(({ received }) => received)
        .sort()
        .at(-1) ?? ''
    const until = mayWait ? ALL_TIME : last
    const isWhole = await replayStored(services, workspace, runs, { since, until })
    if (isWhole && mayWait) for (const run of runs) run.pass(services.clock.now())
    for (const { id } of events) {
      const isHeld = mayWait && ((await services.events.leader(workspace, id))?.isHeld ?? false)
      fates[id] = cases.flatMap((one) => toldOf(one, id, isHeld))
    }
    return { fates, is_whole: isWhole }
  }

const toldOf = ({ automation, found }: Case, id: string, isHeld: boolean): EventFate[] =>
  [...(found.get(id) ?? [])].flatMap(([path, finding]) => {
    const { verdict } = finding
    if (!isCountedFate(verdict)) return []
    const source = verdict === 'held' && isHeld ? 'recorded' : 'recomputed'
    const { id: automation_id, name: automation_name } = automation
    return [{ automation_id, automation_name, path, verdict, text: sentence(finding), source }]
  })

/** What is being found out of one automation: by event and by path. */
interface Case {
  automation: Automation
  run: Replay
  found: Map<string, Map<string, Finding>>
}

/** Null: none of the events is wanted by a trigger that remembers, so nothing of the kind can have befallen them. */
function caseOf(automation: Automation, events: readonly Event[]): Case | null {
  const compiled = compileAutomation(automation)
  const wanted = new Map(
    events.flatMap((event) => {
      const paths = compiled.triggers
        .filter((one) => one.hasMemory && objection(automation, one, event) === null)
        .map(({ path }) => path)
      return paths.length > 0 ? [[event.id, paths] as const] : []
    }),
  )
  if (wanted.size === 0) return null
  const found: Case['found'] = new Map([...wanted.keys()].map((id) => [id, new Map()]))
  const run = replay(compiled, {
    from: parseInstant(automation.created) ?? 0,
    fired: () => {},
    watch: (decided) => {
      if (!('event' in decided.arrival)) return
      const { event, trigger } = decided.arrival
      const written = triggerAt(automation.trigger, trigger.path)
      found.get(event.id)?.set(trigger.path, decidedFinding(decided, event, written))
    },
    held: (event) => {
      for (const path of wanted.get(event.id) ?? []) {
        found.get(event.id)?.set(path, heldFinding(event))
      }
    },
  })
  return { automation, run, found }
}
