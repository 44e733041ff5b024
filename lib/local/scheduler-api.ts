// EventBridge Scheduler's REST API over the local timers, as far as @aws-sdk/client-scheduler and a person looking around
// need it: create, get, update, delete and list one-time schedules. rate() and cron() are refused.
import { Hono } from 'hono'
import { z } from 'zod'
import { parseAt } from '../aws/schedule-expression.ts'
import type { Clock } from '../core/ports.ts'
import { MICROS_PER_SECOND } from '../core/time.ts'
import type { Schedule, Timers } from './timers.ts'

const NAME = /^[\w.-]{1,64}$/
const DEFAULT_GROUP = 'default'
const LIST_MAX = 100

const ScheduleBody = z.looseObject({
  GroupName: z.string().regex(NAME).default(DEFAULT_GROUP),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default('UTC'),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  ClientToken: z.string().optional(),
  Target: z.looseObject({ Arn: z.string().min(1), Input: z.string().optional() }),
})

/** Thrown inside; answered with the header by which the SDK knows an error. */
class ApiError extends Error {
  readonly type: 'ValidationException' | 'ConflictException' | 'ResourceNotFoundException'
  constructor(type: ApiError['type'], message: string) {
    super(message)
    this.type = type
  }
}

const STATUS = {
  ValidationException: 400,
  ConflictException: 409,
  ResourceNotFoundException: 404,
} as const

/** Routes below `/schedules`. `groups` exist from the start; there is no way to make others. */
export function schedulerApi(timers: Timers, groups: string[], clock: Clock): Hono {
  const api = new Hono()

  const knownGroup = (group = DEFAULT_GROUP): string => {
    if (groups.includes(group)) return group
    throw new ApiError('ResourceNotFoundException', `Schedule group ${group} does not exist.`)
  }

  const existing = (group: string | undefined, name: string): Schedule => {
    const schedule = timers.get(knownGroup(group), name)
    if (schedule) return schedule
    throw new ApiError('ResourceNotFoundException', `Schedule ${name} does not exist.`)
  }

  function parse(Name: string, body: unknown, created?: number): Schedule {
    const parsed = ScheduleBody.safeParse(body)
    if (!NAME.test(Name) || !parsed.success) {
      throw new ApiError('ValidationException', parsed.error?.message ?? `invalid name: ${Name}`)
    }
    const { ScheduleExpression, ScheduleExpressionTimezone, GroupName } = parsed.data
    if (parseAt(ScheduleExpression, ScheduleExpressionTimezone) === null) {
      throw new ApiError(
        'ValidationException',
        `Invalid Schedule Expression ${ScheduleExpression}; here only at(yyyy-mm-ddThh:mm:ss) is known.`,
      )
    }
    knownGroup(GroupName)
    const now = clock.now() / MICROS_PER_SECOND
    return { ...parsed.data, Name, CreationDate: created ?? now, LastModificationDate: now }
  }

  api.post('/schedules/:name', async (c) => {
    const schedule = parse(c.req.param('name'), await c.req.json())
    if (!(await timers.create(schedule))) {
      const token = timers.get(schedule.GroupName, schedule.Name)?.ClientToken
      if (token === undefined || token !== schedule.ClientToken) {
        throw new ApiError('ConflictException', `Schedule ${schedule.Name} already exists.`)
      }
    }
    return c.json({ ScheduleArn: arnOf(schedule) })
  })

  api.put('/schedules/:name', async (c) => {
    const name = c.req.param('name')
    const body = await c.req.json()
    const was = existing(body.GroupName, name)
    const schedule = parse(name, body, was.CreationDate)
    if (!(await timers.update(schedule))) throw changed(name)
    return c.json({ ScheduleArn: arnOf(schedule) })
  })

  api.get('/schedules/:name', (c) => {
    const { ClientToken: _, ...schedule } = existing(c.req.query('groupName'), c.req.param('name'))
    return c.json({ ...schedule, Arn: arnOf(schedule) })
  })

  api.delete('/schedules/:name', async (c) => {
    const schedule = existing(c.req.query('groupName'), c.req.param('name'))
    if (!(await timers.delete(schedule.GroupName, schedule.Name))) throw changed(schedule.Name)
    return c.json({})
  })

  api.get('/schedules', (c) => {
    const { ScheduleGroup, NamePrefix = '', State, MaxResults, NextToken = '' } = c.req.query()
    const limit = Math.min(Number(MaxResults ?? LIST_MAX), LIST_MAX)
    const found = (ScheduleGroup === undefined ? groups : [knownGroup(ScheduleGroup)])
      .flatMap((group) => timers.list(group))
      .filter(({ Name }) => Name.startsWith(NamePrefix))
      .filter((schedule) => State === undefined || schedule.State === State)
      .map((schedule) => ({ ...schedule, Arn: arnOf(schedule) }))
      .sort((a, b) => (a.Arn < b.Arn ? -1 : 1))
    const from = found.findIndex(({ Arn }) => Arn > NextToken)
    const page = from < 0 ? [] : found.slice(from, from + limit)
    const hasMore = from >= 0 && found.length > from + limit
    return c.json({
      Schedules: page.map(({ Target, ...schedule }) => ({
        ...schedule,
        Target: { Arn: Target.Arn },
      })),
      ...(hasMore ? { NextToken: page.at(-1)?.Arn } : {}),
    })
  })

  api.onError((error, c) => {
    const type = error instanceof ApiError ? error.type : null
    const known = type ?? (error instanceof SyntaxError ? 'ValidationException' : null)
    if (known === null) throw error
    return c.json({ Message: error.message }, STATUS[known], { 'x-amzn-errortype': known })
  })
  return api
}

const changed = (name: string) =>
  new ApiError('ConflictException', `Schedule ${name} was changed meanwhile.`)

const arnOf = ({ GroupName, Name }: Pick<Schedule, 'GroupName' | 'Name'>) =>
  `arn:aws:scheduler:local:000000000000:schedule/${GroupName}/${Name}`
