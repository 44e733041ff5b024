// The runs that a deployment's schedules make ahead of their time (Prefect: models/deployments.py, _generate_scheduled_flow_runs). Ids
// derive from the schedule as it was last changed and from the time, so that looking twice makes no run twice, and so that a run
// tells whether the deployment would still make it.
import type { Deployment, DeploymentSchedule } from './deployment.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import type { FlowRun } from './run.ts'
import { newFlowRun } from './run-creation.ts'
import { timesFrom } from './schedule.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros } from './time.ts'

/** How far ahead a schedule has runs. */
export interface Ahead {
  from: Micros
  /** None after this moment. */
  until: Micros
  /** They reach at least so far, */
  reach: Micros
  /** and are at least so many, */
  least: number
  /** and never more than this. */
  most: number
}

/** For an hour, and three at least; but a hundred at most, and none further ahead than a hundred days (Prefect's settings). */
const RUNS_MIN = 3
const RUNS_MAX = 100
const REACH: Micros = 3_600 * MICROS_PER_SECOND
const AHEAD_MAX: Micros = 100 * 86_400 * MICROS_PER_SECOND

/** How far ahead schedules have runs when nobody asks for anything else. */
export const aheadOf = (from: Micros): Ahead => ({
  from,
  until: from + AHEAD_MAX,
  reach: from + REACH,
  least: RUNS_MIN,
  most: RUNS_MAX,
})

/** The tag of every such run (Prefect's own). */
const TAG = 'auto-scheduled'

const SCHEDULED_RUNS = '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6b03'

/** Runs to be made: those among them that are there already stay as they are. */
export interface ScheduledRuns {
  runs: FlowRun[]
  /** When to look again, so that some are always ahead; null when no schedule goes on. */
  again: Micros | null
}

/** What the schedules of a deployment ask for, from now on unless told otherwise; nothing while it is paused. */
export function scheduledRuns(
  deployment: Deployment,
  now: Micros,
  ahead: Ahead = aheadOf(now),
): ScheduledRuns {
  const runs: FlowRun[] = []
  const looks: Micros[] = []
  for (const schedule of deployment.paused ? [] : deployment.schedules.filter((s) => s.active)) {
    const times = timesAhead(schedule, ahead)
    runs.push(...times.map((at) => scheduledRun(deployment, schedule, at, now)))
    const look = times.at(-RUNS_MIN) ?? times[0]
    if (look !== undefined) looks.push(look)
    else if (hasTimes(schedule, now)) looks.push(now + AHEAD_MAX / 2)
  }
  return { runs, again: looks.length > 0 ? Math.min(...looks) : null }
}

function timesAhead(schedule: DeploymentSchedule, ahead: Ahead): Micros[] {
  const most = Math.min(schedule.max_scheduled_runs ?? ahead.most, ahead.most)
  const times: Micros[] = []
  for (const at of timesFrom(schedule.schedule, ahead.from)) {
    if (at > ahead.until || times.length >= most) break
    times.push(at)
    if (times.length >= ahead.least && at >= ahead.reach) break
  }
  return times
}

const hasTimes = (schedule: DeploymentSchedule, now: Micros): boolean =>
  timesFrom(schedule.schedule, now).next().done !== true

/** The names of the kinds of schedules (Prefect's classes), shown of one without a slug. */
const kindOf = ({ schedule }: DeploymentSchedule): string => {
  if ('cron' in schedule) return 'CronSchedule'
  return 'rrule' in schedule ? 'RRuleSchedule' : 'IntervalSchedule'
}

function scheduledRun(
  deployment: Deployment,
  schedule: DeploymentSchedule,
  at: Micros,
  now: Micros,
): FlowRun {
  const scheduled_time = formatInstant(at)
  const id = runIdOf(deployment, schedule, scheduled_time)
  const start = {
    id,
    stateId: firstStateId(id),
    flowId: deployment.flow_id,
    deployment,
    state: {
      type: 'SCHEDULED',
      message: 'Flow run scheduled',
      state_details: { scheduled_time },
    },
    now,
  } as const
  const run = newFlowRun(start, {
    parameters: schedule.parameters,
    tags: [TAG],
    idempotency_key: `scheduled ${deployment.id} ${schedule.id} ${scheduled_time}`,
    created_by: {
      id: schedule.id,
      type: 'SCHEDULE',
      display_value: schedule.slug ?? kindOf(schedule),
    },
  })
  return { ...run, auto_scheduled: true }
}

const runIdOf = (deployment: Deployment, schedule: DeploymentSchedule, time: string): string =>
  uuidv5(
    `${deployment.id}/${deployment.updated}/${schedule.id}/${schedule.updated}/${time}`,
    SCHEDULED_RUNS,
  )

const firstStateId = (runId: string): string => uuidv5(`${runId}/scheduled`, NAMESPACE.state)

/** Whether a state is the one a schedule put its run in, of which nobody is told (as Prefect does). */
export const isFirstOfSchedule = (run: FlowRun, stateId: string): boolean =>
  run.auto_scheduled && stateId === firstStateId(run.id)

/** Whether a schedule made the run, nobody has begun it, and the deployment as it is now would not make it. */
export function isObsolete(run: FlowRun, deployment: Deployment): boolean {
  if (!run.auto_scheduled || run.state?.type !== 'SCHEDULED' || run.run_count > 0) return false
  if (run.deployment_id !== deployment.id) return false
  const schedule = deployment.schedules.find(({ id }) => id === run.created_by?.id)
  if (!schedule?.active || deployment.paused) return true
  const time = run.idempotency_key?.split(' ').at(-1) ?? ''
  return run.id !== runIdOf(deployment, schedule, time)
}
