// When something must be looked at again because an object was changed: its wakes. Whoever makes a change need not think of them.
// Triggers' own are in steps/watch-silences.ts.

import type { Deployment, WorkPool, WorkQueue } from './deployment.ts'
import { LATE_AFTER } from './late.ts'
import { leaseEnd, leaseOf } from './lease.ts'
import type { ObjectChange } from './object-change.ts'
import { readyUntil } from './readiness.ts'
import type { FlowRun } from './run.ts'
import { type Micros, parseInstant } from './time.ts'
import type { WakeKey } from './wake-key.ts'

/** A wake to be asked for, whether or not one is outstanding. */
export interface DueWake {
  key: WakeKey
  at: Micros
}

/** The wakes that follow from a change. A deletion needs none: whoever is woken finds nothing there. */
export function wakesAfter(
  { workspace, kind, before, after }: ObjectChange,
  now: Micros,
): DueWake[] {
  const rule = RULES[kind]
  if (!rule || !after) return []
  return rule(after, before, now).map(({ at, ...key }) => ({ key: { ...key, workspace }, at }))
}

type Due = Omit<WakeKey, 'workspace'> & { at: Micros }

const RULES: Readonly<Record<string, (after: unknown, before: unknown, now: Micros) => Due[]>> = {
  'flow-run': (after, before) => ofRun(after as FlowRun, before as FlowRun | null),
  deployment: (after) => ofPolled('deployment', after as Deployment),
  'work-queue': (after) => ofPolled('work-queue', after as WorkQueue),
  'work-pool': (after, _, now) => ofPool(after as WorkPool, now),
}

/** A run that waits may become late; one that is held may lose its holder; one that is paused may be paused for too long. */
function ofRun(run: FlowRun, before: FlowRun | null): Due[] {
  const { state } = run
  if (!state || before?.state?.id === state.id) return []
  const lease = leaseOf(state)
  const poller = run.work_queue_id ?? run.deployment_id
  const dueAt = parseInstant(run.next_scheduled_start_time ?? '')
  const waits = state.type === 'SCHEDULED' && state.name !== 'Late'
  const pauseEnd = state.type === 'PAUSED' && parseInstant(state.state_details.pause_timeout ?? '')
  return [
    ...(waits && poller !== null && dueAt !== null
      ? [{ kind: 'late-runs', id: poller, at: dueAt + LATE_AFTER } as const]
      : []),
    ...(lease ? [{ kind: 'lease', id: run.id, at: leaseEnd(state, lease) } as const] : []),
    ...(pauseEnd ? [{ kind: 'pause', id: run.id, at: pauseEnd } as const] : []),
  ]
}

/** What is ready because it was polled is looked at when that is too long ago. */
function ofPolled(kind: 'deployment' | 'work-queue', it: Deployment | WorkQueue): Due[] {
  if (it.status !== 'READY') return []
  const id =
    'work_pool_name' in it && kind === 'work-queue' ? `${it.work_pool_name}/${it.name}` : it.id
  return [{ kind: 'readiness', id: `${kind}/${id}`, at: readyUntil(it) }]
}

/** A pool's workers tell how long it is ready: the first look finds out. */
function ofPool({ name, status }: WorkPool, now: Micros): Due[] {
  return status === 'READY' ? [{ kind: 'readiness', id: `work-pool/${name}`, at: now }] : []
}
