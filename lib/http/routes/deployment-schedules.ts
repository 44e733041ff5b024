// Schedules of deployments, kept within them (Prefect: server/api/deployments.py).
import { z } from 'zod'
import type { Deployment } from '../../core/deployment.ts'
import {
  changeSchedule,
  newSchedule,
  scheduleCreateSchema,
  scheduleUpdateSchema,
} from '../../core/deployment-schema.ts'
import { notFound, Refusal } from '../../core/errors.ts'
import { type Ahead, aheadOf, scheduledRuns } from '../../core/scheduled-run.ts'
import { duration, instant, integer, parseBody } from '../../core/schema.ts'
import {
  ALL_TIME,
  formatInstant,
  MICROS_PER_SECOND,
  type Micros,
  parseInstant,
} from '../../core/time.ts'
import { scheduleAnswer, schedulesAnswer } from '../answers.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'
import { amendDeployment, type DeploymentServices, readDeployment } from './deployment-lookup.ts'

const schedulesSchema = z.array(scheduleCreateSchema)

/** Which runs to make ahead; what is left out is as schedules have it by themselves. */
const aheadSchema = z.object({
  start_time: instant.nullish(),
  end_time: instant.nullish(),
  min_time: duration.nullish(),
  min_runs: integer.nullish(),
  max_runs: integer.nullish(),
})

/** Schedules of one deployment: they share its item. */
const SCHEDULES_MAX = 100

export function deploymentScheduleRoutes(services: DeploymentServices): Route[] {
  const { runs, clock, ids } = services

  const change = (call: Call, decide: (was: Deployment) => Deployment) =>
    amendDeployment(services, call.workspace, idParam(call), decide)

  function requireSchedule({ schedules }: Deployment, id: string): void {
    if (!schedules.some((schedule) => schedule.id === id)) throw notFound('Schedule')
  }

  return [
    {
      method: 'GET',
      path: '/deployments/:id/schedules',
      summary: 'A deployment’s schedules',
      async handle(call) {
        const { schedules } = await readDeployment(services, call.workspace, idParam(call))
        return ok(schedulesAnswer(schedules))
      },
    },
    {
      method: 'POST',
      path: '/deployments/:id/schedules',
      summary: 'Add schedules to a deployment; answers those that were added',
      body: schedulesSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(schedulesSchema, await call.body())
        const now = formatInstant(clock.now())
        const made = sent.map((one) => newSchedule(idParam(call), one, { newId: ids.next, now }))
        await change(call, (was) => withSchedules(was, made))
        return created(made.map(scheduleAnswer))
      },
    },
    {
      method: 'PATCH',
      path: '/deployments/:id/schedules/:schedule',
      summary: 'Change some of a schedule',
      body: scheduleUpdateSchema,
      async handle(call) {
        const sent = parseBody(scheduleUpdateSchema, await call.body())
        const scheduleId = idParam(call, 'schedule')
        await change(call, (was) => {
          requireSchedule(was, scheduleId)
          return changeSchedule(was, scheduleId, sent, formatInstant(clock.now()))
        })
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/deployments/:id/schedules/:schedule',
      summary: 'Delete a schedule',
      async handle(call) {
        const scheduleId = idParam(call, 'schedule')
        await change(call, (was) => {
          requireSchedule(was, scheduleId)
          const schedules = was.schedules.filter(({ id }) => id !== scheduleId)
          return { ...was, schedules }
        })
        return noContent
      },
    },
    {
      method: 'POST',
      path: '/deployments/:id/schedule',
      summary: 'Make runs of a deployment’s schedules for a time of one’s own, past or to come',
      body: aheadSchema,
      async handle(call) {
        const asked = parseBody(aheadSchema, (await call.body()) ?? {})
        const deployment = await readDeployment(services, call.workspace, idParam(call))
        const now = clock.now()
        const { runs: made } = scheduledRuns(deployment, now, aheadAsked(asked, now))
        await runs.create(call.workspace, made)
        return ok(null)
      },
    },
  ]
}

const LAST = parseInstant(ALL_TIME) ?? 0

function aheadAsked(asked: z.output<typeof aheadSchema>, now: Micros): Ahead {
  const from = parseInstant(asked.start_time ?? '') ?? now
  const usual = aheadOf(from)
  const { min_time: reach, min_runs: least, max_runs: most } = asked
  return {
    from,
    until: parseInstant(asked.end_time ?? '') ?? Math.min(usual.until, LAST),
    reach: typeof reach === 'number' ? from + reach * MICROS_PER_SECOND : usual.reach,
    least: least ?? usual.least,
    most: Math.min(most ?? usual.most, usual.most),
  }
}

function withSchedules(was: Deployment, made: Deployment['schedules']): Deployment {
  const schedules = [...was.schedules, ...made]
  if (schedules.length > SCHEDULES_MAX) {
    throw new Refusal(422, `A deployment has at most ${SCHEDULES_MAX} schedules.`)
  }
  return { ...was, schedules }
}
