// Performing: each kind of action, and what Prefect reports of it (server/events/actions.py): the status its API would have answered,
// and its words when something failed. What fails for its own reason is an outcome, and never tried again; what fails for ours is
// thrown, and the batch comes again: then whatever was done already is found done.
import { type ActionOutcome, invocationId, type Told, unexpectedStatus } from '../core/action.ts'
import { actionContext } from '../core/action-context.ts'
import type { Action } from '../core/action-schema.ts'
import type { RelatedResource } from '../core/event.ts'
import { NAMESPACE, uuidv5 } from '../core/ids.ts'
import { inferFlowRunId, inferId } from '../core/inference.ts'
import { type Orchestrated, proposeState } from '../core/orchestration.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { planRun, type RunPlan, repeated } from '../core/run-plan.ts'
import type { ProposedState } from '../core/run-state.ts'
import { formatInstant, MICROS_PER_SECOND } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { once } from './batch.ts'
import { type MoveOptions, moveRun, resumeRun, unchanged } from './move-run.ts'
import { pausing } from './pause.ts'
import { type Notice, noticeOf } from './review-notice.ts'
import { sending } from './send.ts'
import { templateObjects } from './template-objects.ts'

export type PerformUses = Pick<
  Services,
  | 'events'
  | 'automations'
  | 'flows'
  | 'deployments'
  | 'runs'
  | 'workPools'
  | 'variables'
  | 'blocks'
  | 'deliveries'
  | 'scheduler'
  | 'clock'
  | 'stopwatch'
>

/** What became of an action: what it came to, or that it is on its way, which is told of when it has arrived. */
export type Performed =
  | { outcome: ActionOutcome; run?: FlowRun | null; notice?: Notice | null }
  | { underway: RelatedResource[]; start: (began: Began) => Promise<void> }

/** The event that told of the beginning. */
type Began = Parameters<ReturnType<typeof sending>['start']>[1]

/** One action of a firing, by its place. */
export type Doing = Told & { index: number }

type ActionOf<T extends Action['type']> = Extract<Action, { type: T }>

type Performers = {
  [T in Action['type']]: (doing: Doing, action: ActionOf<T>) => Promise<Performed>
}

interface Command {
  kind: string
  /** The id that the action names. */
  id: string | null
  /** What the API answers when it is done. */
  status: number
  /** False when there is no such thing. */
  carryOut: (id: string) => Promise<boolean>
}

/** Performs actions of a workspace; within one batch each deployment is read once. */
export function performer(services: PerformUses, workspace: Workspace) {
  const { clock, workPools, runs } = services
  const deploymentOf = once((id) => services.deployments.get(workspace, id))
  const objects = templateObjects(services, workspace)
  const pause = pausing(services, workspace)
  const send = sending(services, workspace, objects)

  async function runDeployment(
    doing: Doing,
    action: ActionOf<'run-deployment'>,
  ): Promise<Performed> {
    const meant = chosen(doing, action.source, action.deployment_id, 'deployment')
    if ('reason' in meant) return failed(null, meant.reason)
    const deployment = (await deploymentOf(meant.id))?.value
    if (!deployment) return missing(action.type, target('deployment', meant.id))
    const texts = [JSON.stringify(action.parameters ?? {}), action.idempotency_key ?? '']
    const named = await objects.named(texts, doing.firing)
    const plan = planRun({
      ...doing,
      action,
      deployment,
      context: actionContext(doing.automation, doing.firing, { deployment, ...named }),
      variables: await objects.variables(),
      stopwatch: services.stopwatch,
      now: clock.now(),
    })
    const earlier = await runOfKey(plan)
    const made = earlier ? repeated(deployment, earlier) : plan
    const run = earlier ?? plan.run
    if (!action.review || run === null) return made
    const asking = { doing, review: action.review, run, deployment }
    return { ...made, notice: await noticeOf(services, send, asking) }
  }

  /** The run that an idempotency key has made within its window. */
  async function runOfKey({ keyed }: RunPlan): Promise<FlowRun | null> {
    if (!keyed) return null
    const [same, before] = await Promise.all([
      runs.get(workspace, keyed.id),
      runs.get(workspace, keyed.before.id),
    ])
    if (same) return same.value
    return before && before.value.created > keyed.before.since ? before.value : null
  }

  /** States get their ids from the invocation: who finds one there has moved the run before. */
  async function move(
    doing: Doing,
    type: Action['type'],
    decide: (run: FlowRun, options: Omit<MoveOptions, 'force'>) => Orchestrated,
  ): Promise<Performed> {
    const meant = inferFlowRunId(doing.firing)
    if ('reason' in meant) return failed(null, meant.reason)
    const related = [target('flow-run', meant.id)]
    const newStateId = uuidv5(invocationId(doing.firing, doing.index), NAMESPACE.state)
    let wasMoved = false
    const moved = await moveRun(services)(workspace, meant.id, (run) => {
      wasMoved = run.state?.id === newStateId || run.previous_state?.id === newStateId
      return wasMoved ? unchanged(run) : decide(run, { now: clock.now(), newStateId })
    })
    if (!moved) return missing(type, ...related)
    const { status, details } = moved.answer
    const statusCode = moved.written || wasMoved ? 201 : 200
    if (status === 'ACCEPT' || !('reason' in details)) return executed(statusCode, ...related)
    const verb = type === 'resume-flow-run' ? 'resume flow run' : 'set state'
    return failed(statusCode, `Failed to ${verb}: ${details.reason}`, ...related)
  }

  const setState = (doing: Doing, type: Action['type'], state: ProposedState, force = false) =>
    move(doing, type, (run, options) => proposeState(run, state, { ...options, force }))

  /** Does something to the thing that an action means. */
  async function command(
    doing: Doing,
    { type, source }: { type: Action['type']; source: 'selected' | 'inferred' },
    { kind, id, status, carryOut }: Command,
  ): Promise<Performed> {
    const meant = chosen(doing, source, id, kind)
    if ('reason' in meant) return failed(null, meant.reason)
    const related = target(kind, meant.id)
    return (await carryOut(meant.id)) ? executed(status, related) : missing(type, related)
  }

  const pauseDeployment =
    (isPaused: boolean) =>
    (doing: Doing, action: ActionOf<'pause-deployment' | 'resume-deployment'>) =>
      command(doing, action, {
        kind: 'deployment',
        id: action.deployment_id,
        status: 200,
        carryOut: (id) => pause.deployment(id, isPaused),
      })

  const pauseWorkQueue =
    (isPaused: boolean) =>
    (doing: Doing, action: ActionOf<'pause-work-queue' | 'resume-work-queue'>) =>
      command(doing, action, {
        kind: 'work-queue',
        id: action.work_queue_id,
        status: 204,
        carryOut: (id) => pause.workQueue(id, isPaused),
      })

  const pauseAutomation =
    (isPaused: boolean) =>
    (doing: Doing, action: ActionOf<'pause-automation' | 'resume-automation'>) =>
      command(doing, action, {
        kind: 'automation',
        id: action.automation_id,
        status: 204,
        carryOut: (id) => pause.automation(id, !isPaused),
      })

  /** Prefect reads a pool before it pauses it, for the name: one that is missing is told of in other words. */
  const pauseWorkPool =
    (isPaused: boolean) =>
    async (
      doing: Doing,
      { source, work_pool_id }: ActionOf<'pause-work-pool' | 'resume-work-pool'>,
    ): Promise<Performed> => {
      const meant = chosen(doing, source, work_pool_id, 'work-pool')
      if ('reason' in meant) return failed(null, meant.reason)
      const pool = (await workPools.list(workspace)).find(({ id }) => id === meant.id)
      if (!pool || !(await pause.workPool(pool.name, isPaused))) {
        return failed(null, `Work pool ${meant.id} not found`)
      }
      return executed(204, {
        ...target('work-pool', pool.id),
        'prefect.resource.name': pool.name,
      })
    }

  const performers: Performers = {
    'do-nothing': async () => executed(null),
    'run-deployment': runDeployment,
    'pause-deployment': pauseDeployment(true),
    'resume-deployment': pauseDeployment(false),
    'pause-work-pool': pauseWorkPool(true),
    'resume-work-pool': pauseWorkPool(false),
    'pause-work-queue': pauseWorkQueue(true),
    'resume-work-queue': pauseWorkQueue(false),
    'pause-automation': pauseAutomation(true),
    'resume-automation': pauseAutomation(false),

    'cancel-flow-run': (doing, { type }) =>
      setState(doing, type, {
        type: 'CANCELLING',
        message: `Cancelled by Automation ${doing.automation.id}`,
      }),
    'suspend-flow-run': (doing, { type }) =>
      setState(doing, type, {
        type: 'PAUSED',
        name: 'Suspended',
        message: `Suspended by Automation ${doing.automation.id}`,
        state_details: {
          pause_timeout: formatInstant(clock.now() + SUSPENDED_SECONDS_MAX * MICROS_PER_SECOND),
          pause_reschedule: true,
        },
      }),
    'change-flow-run-state': (doing, { type, name, state, message, force }) =>
      setState(
        doing,
        type,
        {
          type: state,
          name,
          message: message || `State changed by Automation ${doing.automation.id}`,
        },
        force,
      ),
    'resume-flow-run': (doing, { type }) =>
      move(doing, type, (run, options) => resumeRun(run, { ...options, force: false })),
    'delete-flow-run': async ({ firing }, { type }) => {
      const meant = inferFlowRunId(firing)
      if ('reason' in meant) return failed(null, meant.reason)
      const related = target('flow-run', meant.id)
      const wasThere = await runs.delete(workspace, meant.id)
      return wasThere ? executed(204, related) : missing(type, related)
    },

    'call-webhook': async (doing, action) => onItsWay(await send.callWebhook(doing, action)),
    'send-notification': async (doing, action) =>
      onItsWay(await send.sendNotification(doing, action)),
    'put-event': async (doing, action) => onItsWay(await send.putEvent(doing, action)),
  }

  function onItsWay(sent: Awaited<ReturnType<typeof send.callWebhook>>): Performed {
    if ('outcome' in sent) return sent
    const { related, parcel } = sent
    return { underway: related, start: (began) => send.start(parcel, began) }
  }

  return (doing: Doing, action: Action): Promise<Performed> => {
    // Each performer takes the kind of action that it stands beside.
    const perform = performers[action.type] as (doing: Doing, action: Action) => Promise<Performed>
    return perform(doing, action)
  }
}

/** How long a suspended run waits to be resumed before it fails (Prefect: the same). */
const SUSPENDED_SECONDS_MAX = 3_600

/** The id that an action names, or that the triggering event implies. */
const chosen = (
  { firing }: Told,
  source: 'selected' | 'inferred',
  id: string | null,
  kind: string,
): { id: string } | { reason: string } =>
  source === 'selected' && id !== null ? { id } : inferId(firing, kind)

const target = (kind: string, id: string): RelatedResource => ({
  'prefect.resource.id': `prefect.${kind}.${id}`,
  'prefect.resource.role': 'target',
})

const executed = (statusCode: number | null, ...related: RelatedResource[]): Performed => ({
  outcome: { statusCode, reason: null, related },
})

const failed = (
  statusCode: number | null,
  reason: string,
  ...related: RelatedResource[]
): Performed => ({ outcome: { statusCode, reason, related } })

const missing = (type: string, ...related: RelatedResource[]): Performed =>
  failed(404, unexpectedStatus(type, 404), ...related)
