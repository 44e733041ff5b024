// Wake: a time has come. The wake is taken before anything is read (lib/aws/scheduler.ts says why that loses none); then the
// kind's own step looks at what is there now, for a wake may be stale, late, or one of two.

import type { Services } from '../core/ports.ts'
import type { Micros } from '../core/time.ts'
import type { WakeKey } from '../core/wake-key.ts'
import { type DeliverUses, deliver } from './deliver.ts'
import { endPause } from './end-pause.ts'
import { markLate } from './late.ts'
import { type LaunchUses, launch } from './launch.ts'
import { endLease } from './lease.ts'
import { endReadiness } from './readiness.ts'
import { scheduleRuns } from './schedule-runs.ts'

type Uses = Pick<
  Services,
  'scheduler' | 'events' | 'deployments' | 'workPools' | 'runs' | 'clock' | 'ids' | 'log'
> &
  DeliverUses &
  LaunchUses

/** What is looked at by each kind of wake; answers when to look again, or null. */
type Look = (workspace: string, id: string) => Promise<Micros | null>

/**
 * Takes and handles one wake.
 * @throws Error for a kind nobody knows: a schedule of another version, to be seen among the dead letters
 */
export function wake(services: Uses): (key: WakeKey) => Promise<void> {
  const looks: Record<WakeKey['kind'], Look> = {
    'late-runs': markLate(services),
    schedules: scheduleRuns(services),
    lease: endLease(services),
    launch: launch(services),
    pause: endPause(services),
    readiness: endReadiness(services),
    // These two are not decided here, but when the stream has come to this moment (steps/silence.ts, steps/hold.ts).
    bucket: async (workspace, key) => {
      await services.events.mark({ kind: 'due', workspace, key, at: services.clock.now() })
      return null
    },
    held: async (workspace, eventId) => {
      await services.events.mark({ kind: 'held', workspace, eventId, at: services.clock.now() })
      return null
    },
    delivery: deliver(services),
  }

  return async (key) => {
    const look = Object.hasOwn(looks, key.kind) ? looks[key.kind] : null
    if (!look) throw new Error(`nothing is woken by the kind ${JSON.stringify(key.kind)}`)
    await services.scheduler.takeWake(key)
    const again = await look(key.workspace, key.id)
    if (again !== null) await services.scheduler.wakeAt(key, again)
  }
}
