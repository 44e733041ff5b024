// What a wake is for. It names a thing and not what to do with it: who is woken reads the thing again, and decides by that.
import type { Workspace } from './workspace.ts'

/** What is to be looked at. What `id` names depends on the kind. */
export interface WakeKey {
  kind:
    | 'late-runs' // of a deployment or work queue
    | 'schedules' // of a deployment
    | 'readiness' // `deployment/<id>`, `work-queue/<pool>/<name>` or `work-pool/<name>`
    | 'lease' // on a run
    | 'launch' // of a run of a push pool
    | 'pause' // of a run
    | 'bucket' // of a trigger
    | 'held' // an event that waits for the one it follows
    | 'delivery'
  workspace: Workspace
  id: string
}
