// Watching silences from the moment an automation is saved or enabled: whatever may fire although nothing happens is looked at. Wakes
// that came while it was disabled found nobody, and are armed again here.

import type { OwnedAutomation } from '../core/automation.ts'
import type { Bucket } from '../core/bucket.ts'
import { type CompiledTrigger, compileAutomation } from '../core/compiled-trigger.ts'
import { nextDeadline } from '../core/deadline.ts'
import { bucketKeyOf } from '../core/fold.ts'
import type { ObjectChange } from '../core/object-change.ts'
import type { Services } from '../core/ports.ts'
import type { Micros } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'

type Uses = Pick<Services, 'triggers' | 'scheduler' | 'clock'>

/**
 * A proactive trigger without for_each, or a metric, is looked at now: its first look opens its window. One with for_each waits for
 * events to open theirs; windows that are open already, from before it was disabled or deployed anew, are looked at when they end.
 */
export async function watchSilences(
  { triggers, scheduler, clock }: Uses,
  workspace: Workspace,
  changes: ObjectChange[],
): Promise<void> {
  for (const { kind, after } of changes) {
    if (kind !== 'automation' || !after) continue
    const { automation } = after as OwnedAutomation
    const watching = compileAutomation(automation).triggers.filter(
      ({ posture }) => posture !== 'Reactive',
    )
    if (!automation.enabled || watching.length === 0) continue
    const isEach = watching.some(({ forEach }) => forEach.length > 0)
    const buckets = isEach ? await triggers.buckets(workspace, automation.id) : []
    for (const trigger of watching) {
      for (const [id, at] of looksOf(trigger, buckets, clock.now())) {
        await scheduler.wakeAt({ kind: 'bucket', workspace, id }, at)
      }
    }
  }
}

/** Keys of the buckets to be looked at, and when. */
function looksOf(
  trigger: CompiledTrigger,
  buckets: { key: string; value: unknown }[],
  now: Micros,
): [key: string, at: Micros][] {
  const own = bucketKeyOf(trigger, '')
  if (trigger.forEach.length === 0) return [[own, now]]
  return buckets.flatMap(({ key, value }) => {
    const deadline = key.startsWith(own) ? nextDeadline(trigger, value as Bucket) : null
    return deadline === null ? [] : [[key, Math.max(deadline, now)]]
  })
}
