// Watching for loops while acting: how long the chain of firings is, and whether the automation has firings in hand. Counted in this
// process; only every BUDGET_SHARE firings the table is asked, where all processes draw from one budget.

import { withChildren } from '../core/action-context.ts'
import type { Automation } from '../core/automation.ts'
import type { Event } from '../core/event.ts'
import type { Firing } from '../core/firing.ts'
import {
  BUDGET_SHARE,
  type Budget,
  CHAIN_FIRINGS_MAX,
  countsForBudget,
  depthOfEvent,
  depthOfRun,
  fullAt,
  OUT_OF_BUDGET,
  takeShare,
  tooDeep,
} from '../core/loop.ts'
import type { Services, Stored } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'

/** Automations whose counts a process keeps. Beyond it they all start anew, which lets a share pass and no more. */
const COUNTED_MAX = 10_000

export function loopWatch({
  triggers,
  runs,
  clock,
}: Pick<Services, 'triggers' | 'runs' | 'clock'>) {
  const counts = new Map<string, number>()
  /** The last draw of an automation: those who come while it is going on wait for what it gives. */
  const draws = new Map<string, Promise<boolean>>()

  async function depthBefore(workspace: Workspace, event: Event): Promise<number> {
    const told = depthOfEvent(event)
    if ('depth' in told) return told.depth
    const run = await runs.get(workspace, told.runId)
    return run ? depthOfRun(run.value) : 0
  }

  /** Takes a share out of the automation's budget; false when there is none left. */
  async function draw(workspace: Workspace, automationId: string): Promise<boolean> {
    const key = `${automationId}/budget`
    for (;;) {
      const was = (await triggers.bucket(workspace, key)) as Stored<Budget> | null
      const next = takeShare(was?.value ?? null, clock.now())
      if (!next) return false
      const change = { key, next, was, disposableAt: fullAt(next) }
      if (await triggers.commit(workspace, [change], [])) return true
    }
  }

  function askAgain(name: string): void {
    draws.delete(name)
    counts.set(name, BUDGET_SHARE - 1)
  }

  return {
    /** How many firings led to this one, itself included. */
    async depthOf(workspace: Workspace, firing: Firing): Promise<number> {
      const events = withChildren(firing).flatMap(({ triggering_event }) => triggering_event ?? [])
      const depths = await Promise.all(events.map((event) => depthBefore(workspace, event)))
      return 1 + Math.max(0, ...depths)
    },

    /** Why an automation must stop here, or null. */
    async objection(
      workspace: Workspace,
      automation: Automation,
      { firing, depth }: { firing: Firing; depth: number },
    ): Promise<string | null> {
      if (depth > CHAIN_FIRINGS_MAX) return tooDeep(depth)
      if (!countsForBudget(automation, firing)) return null
      if (counts.size >= COUNTED_MAX) {
        counts.clear()
        draws.clear()
      }
      const name = `${workspace}/${automation.id}`
      const count = (counts.get(name) ?? 0) + 1
      // The firings of a batch come here side by side: only one of them draws, and the others count on.
      counts.set(name, count % BUDGET_SHARE)
      if (count === BUDGET_SHARE) draws.set(name, draw(workspace, automation.id))
      const isDrawn = await draws.get(name)?.catch((error: unknown) => {
        askAgain(name)
        throw error
      })
      if (isDrawn !== false) return null
      askAgain(name)
      return OUT_OF_BUDGET
    },
  }
}
