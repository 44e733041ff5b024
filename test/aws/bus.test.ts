// Events to the bus and from it, over the real EventBridge client.
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import type { EventBridgeEvent } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { eventBus } from '../../lib/aws/bus.ts'
import { ofEnvelope, takeArrival } from '../../lib/aws/inbound.ts'
import type { Event, EventDraft } from '../../lib/core/event.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { BEGINNING, fakes } from '../fakes.ts'
import { answering } from './answering.ts'

interface Entry {
  Source: string
  DetailType: string
  Detail: string
}

function bus(prefixes: string[], failed = 0) {
  const requests: Entry[][] = []
  const { services, logged } = fakes()
  const client = new EventBridgeClient(
    answering(({ body }) => {
      requests.push((body as { Entries: Entry[] }).Entries)
      return { status: 200, body: { FailedEntryCount: failed, Entries: [] } }
    }),
  )
  return { bus: eventBus({ client, bus: 'b', prefixes, log: services.log }), requests, logged }
}

const event = (name: string, payload: Record<string, unknown> = {}): Event => ({
  id: '01a1fcfb-40da-7c77-89f8-20ac49f399f2',
  occurred: BEGINNING,
  received: BEGINNING,
  event: name,
  resource: { 'prefect.resource.id': 'bread.1' },
  related: [],
  payload,
  follows: null,
})

describe('events that go out', () => {
  it('are those whose name begins with a prefix', async () => {
    const { bus: out, requests } = bus(['bread.'])

    await out.publish(DEFAULT_WORKSPACE, [event('bread.baked'), event('oven.cold')])

    expect(requests.flat().map(({ DetailType }) => DetailType)).toEqual(['bread.baked'])
    expect(requests.flat()[0]?.Source).toBe('tripline')
    expect(JSON.parse(requests.flat()[0]?.Detail ?? '')).toMatchObject({
      workspace: DEFAULT_WORKSPACE,
      event: 'bread.baked',
    })
  })

  it('go in requests of ten, and of no more bytes than one may have', async () => {
    const { bus: out, requests } = bus(['*'])
    const large = event('bread.baked', { crumbs: 'x'.repeat(100_000) })

    await out.publish(
      DEFAULT_WORKSPACE,
      Array.from({ length: 12 }, () => event('bread.baked')),
    )
    await out.publish(DEFAULT_WORKSPACE, [large, large, large])

    expect(requests.map((entries) => entries.length)).toEqual([10, 2, 2, 1])
  })

  it('leave out one that is too large, and say so', async () => {
    const { bus: out, requests, logged } = bus(['*'])

    await out.publish(DEFAULT_WORKSPACE, [event('bread.baked', { crumbs: 'x'.repeat(300_000) })])

    expect(requests).toEqual([])
    expect(logged).toMatchObject([{ level: 'warn' }])
  })

  it('come again when the bus took not all of them', async () => {
    const { bus: out } = bus(['*'], 1)

    await expect(out.publish(DEFAULT_WORKSPACE, [event('bread.baked')])).rejects.toThrow('refused')
  })
})

const envelope = (change: Partial<EventBridgeEvent<string, unknown>> = {}) => ({
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: '111122223333',
  time: '2026-11-21T09:00:00Z',
  region: 'us-east-1',
  resources: ['arn:aws:s3:::bakery', 'arn:aws:s3:::oven'],
  detail: { object: { key: 'bread.txt' } },
  ...change,
})

const message = (body: unknown) => ({ body: JSON.stringify(body), messageAttributes: {} })

describe('events that come in', () => {
  it('are events of the first resource their envelope names', () => {
    expect(ofEnvelope(envelope())).toMatchObject({
      event: 'aws.s3.object-created',
      occurred: '2026-11-21T09:00:00.000000Z',
      resource: { 'prefect.resource.id': 'arn:aws:s3:::bakery' },
      related: [{ 'prefect.resource.id': 'arn:aws:s3:::oven' }],
      payload: { detail: { object: { key: 'bread.txt' } } },
    })
  })

  it('are the same event when they are delivered again', () => {
    expect(ofEnvelope(envelope()).id).toBe(ofEnvelope(envelope()).id)
    expect(ofEnvelope(envelope({ id: 'another' })).id).not.toBe(ofEnvelope(envelope()).id)
  })

  it('may not be one of Prefect’s own: it is logged and dropped', async () => {
    const { services, logged } = fakes()
    const accepted: EventDraft[] = []
    const take = takeArrival({
      accept: async (_, drafts) => accepted.push(...drafts),
      acceptFrame: async () => {},
      log: services.log,
    })

    await take(message(envelope({ source: 'prefect.flow-run' })))
    await take(message(envelope()))

    expect(accepted.map(({ event }) => event)).toEqual(['aws.s3.object-created'])
    expect(logged).toMatchObject([{ level: 'warn' }])
  })
})
