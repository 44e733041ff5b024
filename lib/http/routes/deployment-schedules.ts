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
import { parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import { amend } from '../../steps/amend.ts'
import { scheduleAnswer, schedulesAnswer } from '../answers.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'
import { type DeploymentServices, readDeployment } from './deployments.ts'

const schedulesSchema = z.array(scheduleCreateSchema)

/** Schedules of one deployment: they share its item. */
const SCHEDULES_MAX = 100

export function deploymentScheduleRoutes(services: DeploymentServices): Route[] {
  const { deployments, clock, ids } = services

  async function change(call: Call, decide: (was: Deployment) => Deployment): Promise<void> {
    const id = idParam(call)
    const changed = await amend<Deployment>(
      () => deployments.get(call.workspace, id),
      decide,
      (deployment, was) => deployments.replace(call.workspace, deployment, was),
    )
    if (!changed) throw notFound('Deployment')
  }

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
  ]
}

function withSchedules(was: Deployment, made: Deployment['schedules']): Deployment {
  const schedules = [...was.schedules, ...made]
  if (schedules.length > SCHEDULES_MAX) {
    throw new Refusal(422, `A deployment has at most ${SCHEDULES_MAX} schedules.`)
  }
  return { ...was, schedules }
}
