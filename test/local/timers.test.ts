// The local timers through the real SDK client: Scheduler's wire, its promises, and a clock that moves only when told.

import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge'
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MICROS_PER_SECOND, parseInstant } from '../../lib/core/time.ts'
import { type AwsEndpoint, startAwsEndpoint } from '../../lib/local/aws-endpoint.ts'
import { schedulerApi } from '../../lib/local/scheduler-api.ts'
import { startTimers, type Timers } from '../../lib/local/timers.ts'
import type { Table } from '../../lib/store/client.ts'
import { memoryTable } from '../../lib/store/memory.ts'
import { clientTo, silent } from './database.ts'

const GROUPS = ['default', 'ovens']
const NINE = parseInstant('2026-11-21T09:00:00Z') as number

let now: number
let table: Table
let timers: Timers
let endpoint: AwsEndpoint
let client: SchedulerClient
let invoked: string[]
let failures: number
let events: PutEventsRequestEntry[]

const clock = { now: () => now }

async function start(): Promise<void> {
  const invoke = async (arn: string, input: string) => {
    if (failures > 0) {
      failures -= 1
      throw new Error('the oven is out')
    }
    invoked.push(`${arn} ${input}`)
  }
  timers = await startTimers({ table, groups: GROUPS, clock, log: silent, invoke })
  endpoint = await startAwsEndpoint({
    scheduler: schedulerApi(timers, GROUPS, clock),
    putEvents: async (entries) => {
      events.push(...entries)
    },
  })
  client = new SchedulerClient(clientTo(endpoint.url))
}

async function stop(): Promise<void> {
  client.destroy()
  await timers.stop()
  await endpoint.stop()
}

beforeEach(async () => {
  now = NINE
  table = memoryTable()
  invoked = []
  failures = 0
  events = []
  await start()
})
afterEach(stop)

async function moveTo(instant: string): Promise<void> {
  now = parseInstant(instant) as number
  await timers.drain()
}

const schedule = (Name: string, at: string) => ({
  Name,
  GroupName: 'ovens',
  ScheduleExpression: `at(${at})`,
  FlexibleTimeWindow: { Mode: 'OFF' as const },
  ActionAfterCompletion: 'DELETE' as const,
  Target: { Arn: 'arn:wake', RoleArn: 'arn:role', Input: `{"oven":"${Name}"}` },
})
const create = (Name: string, at: string, more = {}) =>
  client.send(new CreateScheduleCommand({ ...schedule(Name, at), ...more }))
const get = (Name: string) => client.send(new GetScheduleCommand({ Name, GroupName: 'ovens' }))

describe('a schedule', () => {
  it('fires at its time, not before, once, and is gone', async () => {
    await create('a', '2026-11-21T10:00:00')

    await moveTo('2026-11-21T09:59:59.999Z')
    const before = [...invoked]
    await moveTo('2026-11-21T10:00:00Z')
    await moveTo('2026-11-21T11:00:00Z')

    expect(before).toEqual([])
    expect(invoked).toEqual(['arn:wake {"oven":"a"}'])
    await expect(get('a')).rejects.toThrow(ResourceNotFoundException)
  })

  it('fires by itself within milliseconds of a time given with milliseconds', async () => {
    const fired = new Promise<number>((resolve) => {
      const at = Date.now() + 60
      now = Date.now() * 1000
      const real = { now: () => Date.now() * 1000 }
      const invoke = async () => resolve(Date.now() - at)
      startTimers({ table, groups: GROUPS, clock: real, log: silent, invoke }).then((own) =>
        own.create({
          ...schedule('soon', new Date(at).toISOString().slice(0, -1)),
          ScheduleExpressionTimezone: 'UTC',
          State: 'ENABLED',
          CreationDate: 0,
          LastModificationDate: 0,
        }),
      )
    })

    const lateMs = await fired

    expect(lateMs).toBeGreaterThanOrEqual(0)
    expect(lateMs).toBeLessThan(50)
  })

  it('with decimals passes through the real client untouched', async () => {
    await create('a', '2026-11-21T10:00:00.250')

    expect((await get('a')).ScheduleExpression).toBe('at(2026-11-21T10:00:00.250)')
    await moveTo('2026-11-21T10:00:00.249Z')
    expect(invoked).toEqual([])
    await moveTo('2026-11-21T10:00:00.250Z')
    expect(invoked).toHaveLength(1)
  })

  it.each([
    ['Europe/Berlin', '2026-11-21T10:30:00', '2026-11-21T09:30:00Z'],
    ['Europe/Berlin', '2026-12-21T10:30:00', '2026-12-21T09:30:00Z'],
    ['Asia/Kolkata', '2026-11-21T15:00:00', '2026-11-21T09:30:00Z'],
    ['America/New_York', '2027-03-14T03:00:00', '2027-03-14T07:00:00Z'],
    ['America/New_York', '2027-03-14T01:59:59', '2027-03-14T06:59:59Z'],
  ])('in %s at %s fires at %s', async (ScheduleExpressionTimezone, wall, instant) => {
    await create('a', wall, { ScheduleExpressionTimezone })

    now = (parseInstant(instant) as number) - 1
    await timers.drain()
    const before = invoked.length
    await moveTo(instant)

    expect([before, invoked.length]).toEqual([0, 1])
  })

  it('survives a restart, and fires then if it became due meanwhile', async () => {
    await create('due', '2026-11-21T10:00:00')
    await create('later', '2026-11-21T12:00:00')
    await stop()

    now = parseInstant('2026-11-21T11:00:00Z') as number
    await start()
    await timers.drain()

    expect(invoked).toEqual(['arn:wake {"oven":"due"}'])
    await moveTo('2026-11-21T12:00:00Z')
    expect(invoked).toHaveLength(2)
  })

  it('stays and is tried again, ever later, until its target takes it', async () => {
    failures = 2
    await create('a', '2026-11-21T10:00:00')

    await moveTo('2026-11-21T10:00:00Z')
    await expect(get('a')).resolves.toMatchObject({ Name: 'a' })
    await moveTo('2026-11-21T10:00:01Z')
    await moveTo('2026-11-21T10:00:02.999Z')
    const early = [...invoked]
    await moveTo('2026-11-21T10:00:03Z')

    expect(early).toEqual([])
    expect(invoked).toHaveLength(1)
  })

  it('keeps a change made while it fires', async () => {
    await create('a', '2026-11-21T10:00:00')
    const [was] = timers.list('ovens')
    now = parseInstant('2026-11-21T10:00:00Z') as number

    timers.check()
    if (was) await timers.update({ ...was, ScheduleExpression: 'at(2026-11-21T11:00:00)' })
    await timers.drain()
    await moveTo('2026-11-21T11:00:00Z')

    expect(invoked).toHaveLength(2)
  })

  it('that stays after completion fires once all the same, also after a restart', async () => {
    await create('a', '2026-11-21T10:00:00', { ActionAfterCompletion: 'NONE' })
    await moveTo('2026-11-21T10:00:00Z')
    await stop()

    await start()
    await timers.drain()

    expect(invoked).toHaveLength(1)
    await expect(get('a')).resolves.toMatchObject({ ActionAfterCompletion: 'NONE' })
  })
})

describe('the Scheduler API', () => {
  it('gets what was created, with Scheduler’s defaults', async () => {
    const { ScheduleArn } = await create('a', '2026-11-21T10:00:00', {
      Description: 'bake',
      ActionAfterCompletion: undefined,
    })

    expect(await get('a')).toMatchObject({
      ...schedule('a', '2026-11-21T10:00:00'),
      Arn: ScheduleArn,
      Description: 'bake',
      State: 'ENABLED',
      ActionAfterCompletion: 'NONE',
      ScheduleExpressionTimezone: 'UTC',
      CreationDate: new Date(NINE / 1000),
    })
  })

  it('refuses a second schedule of one name, but not the same request again', async () => {
    await create('a', '2026-11-21T10:00:00', { ClientToken: 'once' })

    await expect(create('a', '2026-11-21T10:00:00')).rejects.toThrow(ConflictException)
    await expect(
      create('a', '2026-11-21T10:00:00', { ClientToken: 'once' }),
    ).resolves.toMatchObject({ ScheduleArn: expect.stringContaining('ovens/a') })
  })

  it('moves a schedule to another time', async () => {
    await create('a', '2026-11-21T10:00:00')

    await client.send(new UpdateScheduleCommand(schedule('a', '2026-11-21T11:00:00')))
    await moveTo('2026-11-21T10:30:00Z')
    const before = invoked.length
    await moveTo('2026-11-21T11:00:00Z')

    expect([before, invoked.length]).toEqual([0, 1])
  })

  it('fires nothing that was deleted or is disabled', async () => {
    await create('a', '2026-11-21T10:00:00')
    await create('b', '2026-11-21T10:00:00', { State: 'DISABLED' })

    await client.send(new DeleteScheduleCommand({ Name: 'a', GroupName: 'ovens' }))
    await moveTo('2026-11-21T11:00:00Z')

    expect(invoked).toEqual([])
  })

  it('lists schedules by group and prefix, page by page', async () => {
    for (const name of ['a1', 'a2', 'a3', 'b1']) await create(name, '2026-11-21T10:00:00')
    const list = (NextToken?: string) =>
      client.send(
        new ListSchedulesCommand({ GroupName: 'ovens', NamePrefix: 'a', MaxResults: 2, NextToken }),
      )

    const first = await list()
    const second = await list(first.NextToken)

    expect(first.Schedules?.map(({ Name }) => Name)).toEqual(['a1', 'a2'])
    expect(second.Schedules?.map(({ Name }) => Name)).toEqual(['a3'])
    expect(second.NextToken).toBeUndefined()
  })

  it.each([
    ['an unknown schedule', () => get('none'), ResourceNotFoundException],
    [
      'an unknown group',
      () => create('a', '2026-11-21T10:00:00', { GroupName: 'x' }),
      ResourceNotFoundException,
    ],
    ['a rate', () => create('a', '', { ScheduleExpression: 'rate(1 hour)' }), ValidationException],
    ['a day that is none', () => create('a', '2026-02-30T10:00:00'), ValidationException],
    [
      'an unknown zone',
      () => create('a', '2026-11-21T10:00:00', { ScheduleExpressionTimezone: 'Mars/Base' }),
      ValidationException,
    ],
    ['a name too long', () => create('a'.repeat(65), '2026-11-21T10:00:00'), ValidationException],
  ])('refuses %s by the error the SDK knows', async (_, call, error) => {
    await expect(call()).rejects.toThrow(error)
  })
})

describe('the bus', () => {
  it('hands on the entries that the real EventBridge client puts, and answers their ids', async () => {
    const bus = new EventBridgeClient(clientTo(endpoint.url))
    const Time = new Date((NINE + MICROS_PER_SECOND) / 1000)
    const entry = { Source: 'bakery', DetailType: 'dough.proofed', Detail: '{"loaves":2}', Time }

    const answer = await bus.send(new PutEventsCommand({ Entries: [entry, entry] }))

    expect(answer.FailedEntryCount).toBe(0)
    expect(new Set(answer.Entries?.map(({ EventId }) => EventId)).size).toBe(2)
    expect(events).toEqual([entry, entry])
    bus.destroy()
  })
})
