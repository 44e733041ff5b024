// Entries of actions on their way to EventBridge, through the real client against an endpoint that a test plays.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventBuses } from '../../lib/aws/event-buses.ts'
import { PUT_EVENT_SOURCE } from '../../lib/core/action-schema.ts'
import type { BusEntry } from '../../lib/core/outgoing.ts'
import { BUS_SOURCE } from '../../lib/names.ts'

const ENTRY: BusEntry = { bus: null, source: 'tripline', detailType: 'Baked', detail: '{"loaf":1}' }

let answer: { status: number; body: object } = { status: 200, body: {} }
const asked: unknown[] = []
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    asked.push(JSON.parse(body))
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(answer.body))
  })
})
let client: EventBridgeClient

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  client = new EventBridgeClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  })
})
afterAll(() => {
  client.destroy()
  server.close()
})

const putting = (entry: BusEntry) => eventBuses({ client, bus: 'ours' }).put(entry)

describe('an entry', () => {
  it('goes onto our bus unless it names another, and tells the id it got there', async () => {
    answer = { status: 200, body: { FailedEntryCount: 0, Entries: [{ EventId: 'e1' }] } }

    const handed = await putting(ENTRY)
    await putting({ ...ENTRY, bus: 'theirs' })

    expect(handed).toEqual({ kind: 'taken', details: { event_id: 'e1' } })
    expect(asked).toEqual(
      ['ours', 'theirs'].map((EventBusName) => ({
        Entries: [{ EventBusName, Source: 'tripline', DetailType: 'Baked', Detail: '{"loaf":1}' }],
      })),
    )
  })

  it.each([
    [
      'may not be put',
      400,
      { __type: 'AccessDeniedException', message: 'not authorized' },
      'refused',
    ],
    ['comes too fast', 400, { __type: 'ThrottlingException', message: 'slow down' }, 'failed'],
    ['meets a service that is broken', 500, { __type: 'InternalException' }, 'failed'],
    [
      'is no event to EventBridge',
      200,
      { FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail', ErrorMessage: 'no JSON' }] },
      'refused',
    ],
    [
      'is not taken now',
      200,
      { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'sorry' }] },
      'failed',
    ],
  ])('that %s says whether it is worth another try', async (_, status, body, kind) => {
    answer = { status, body }

    expect(await putting(ENTRY)).toMatchObject({ kind })
  })

  it('without credentials fails at once, and says so', async () => {
    const poor = new EventBridgeClient({
      region: 'us-east-1',
      credentials: () =>
        Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })),
    })

    const handed = await eventBuses({ client: poor, bus: 'ours' }).put(ENTRY)

    expect(handed).toEqual({ kind: 'refused', reason: 'CredentialsProviderError: none' })
  })
})

it('the source of entries is the one that the inbound rule leaves out', () => {
  expect(PUT_EVENT_SOURCE).toBe(BUS_SOURCE)
})
