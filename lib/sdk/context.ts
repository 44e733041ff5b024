// Which run the present code belongs to. It follows promises and timers by AsyncLocalStorage, so
// many runs share one process.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { FlowRun } from '../core/run.ts'
import type { RunLogger } from './logs.ts'
import type { ResultStorage } from './results.ts'

/** A related resource with the labels that none may lack. */
export type Related = {
  'prefect.resource.id': string
  'prefect.resource.role': string
} & Record<string, string>

export interface RunContext {
  flow: { name: string }
  /** Null for a run that no deployment asked for. */
  deployment: { id: string; name: string } | null
  /** Kept up to date while the run goes on. */
  run: FlowRun
  logger: RunLogger
  /** Whether `console` calls are logged, too. */
  logPrints: boolean
  /** False for a run that no server keeps. */
  isRecorded: boolean
  /** Aborts when the run is cancelled, lost or out of time. */
  signal: AbortSignal
  /** Where results are kept, and whether tasks that say nothing keep theirs. */
  results: ResultStorage
  persistResult: boolean
  /** How often each task and subflow was called so far: it tells one call from the next. */
  calls: Map<string, number>
  /** The task run that is going on within the flow run, if one is. */
  task: { id: string; name: string } | null
}

const contexts = new AsyncLocalStorage<RunContext>()

export const withRun = <T>(context: RunContext, work: () => T): T => contexts.run(context, work)

/** The context, or undefined outside of a run. */
export const currentRun = (): RunContext | undefined => contexts.getStore()

/**
 * The flow run that is going on, in the API's own keys (`id`, `name`, `parameters`, `start_time`
 * …).
 * @throws Error outside of a run
 */
export function flowRun(): FlowRun {
  const context = currentRun()
  if (!context) throw new Error('flowRun() is for code inside of a flow; no flow is running here')
  return context.run
}

/**
 * Aborts when the present flow or task should stop: its run was cancelled or taken away, or its time is up; `reason` says which.
 * Hand it to what takes one, such as `fetch`. A run is Cancelled when its function has ended, and its tasks begin no more.
 * @throws Error outside of a run
 */
export function runSignal(): AbortSignal {
  const context = currentRun()
  if (!context) throw new Error('runSignal() is for code inside of a flow; no flow is running here')
  return context.signal
}

/**
 * The logger of the run that is going on.
 * @throws Error outside of a run
 */
export function getRunLogger(): RunLogger {
  const context = currentRun()
  if (!context) {
    throw new Error('getRunLogger() is for code inside of a flow; use console.log elsewhere')
  }
  return context.logger
}

/** The number of a call among those of one name in the present run, from 0. */
export function nextCall({ calls }: Pick<RunContext, 'calls'>, name: string): number {
  const call = calls.get(name) ?? 0
  calls.set(name, call + 1)
  return call
}

/**
 * The company of everything that happens in a run, as Prefect's client adds it (events/related.py):
 * flow run, flow, deployment, work queue and pool, then tags. Resources already named in `present`
 * are left out.
 */
export function relatedToRun(
  { flow, deployment, run }: Pick<RunContext, 'flow' | 'deployment' | 'run'>,
  present: ReadonlySet<string> = new Set(),
): Related[] {
  const kinds: [kind: string, id: string | null | undefined, name: string | null | undefined][] = [
    ['flow-run', run.id, run.name],
    ['flow', run.flow_id, flow.name],
    ['deployment', deployment?.id, deployment?.name],
    ['work-queue', run.work_queue_id, run.work_queue_name],
    ['work-pool', run.work_pool_id, run.work_pool_name],
  ]
  const related: Related[] = []
  for (const [kind, id, name] of kinds) {
    if (!id) continue
    related.push({
      'prefect.resource.id': `prefect.${kind}.${id}`,
      'prefect.resource.role': kind,
      ...(name && { 'prefect.resource.name': name }),
    })
  }
  for (const tag of [...run.tags].sort()) {
    related.push({ 'prefect.resource.id': `prefect.tag.${tag}`, 'prefect.resource.role': 'tag' })
  }
  return related.filter((resource) => !present.has(resource['prefect.resource.id']))
}
