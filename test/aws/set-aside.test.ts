import type { DynamoDBRecord } from 'aws-lambda'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type DeadLetter, settingAside, TRIES_MAX } from '../../lib/aws/set-aside.ts'
import { LostRace } from '../../lib/core/errors.ts'
import type { StreamHandler } from '../../lib/store/stream.ts'
import { batchOf, fakes } from '../fakes.ts'

const record = (eventID: string): DynamoDBRecord => ({ eventID, dynamodb: { SequenceNumber: '1' } })

let letters: Map<string, DeadLetter>
const deployed = (handler: StreamHandler) =>
  settingAside(handler, {
    bucket: 'letters',
    log: fakes().services.log,
    keep: async (name, letter) => void letters.set(name, letter),
  })
const failing =
  (error: Error): StreamHandler =>
  () =>
    Promise.reject(error)

beforeEach(() => {
  letters = new Map()
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})

describe('a record', () => {
  it('that fails by its own fault is set aside after some tries, whole', async () => {
    const handler = deployed(failing(new Error('poison')))

    for (let tries = 1; tries < TRIES_MAX; tries += 1) {
      await expect(handler(batchOf([record('a')]))).rejects.toThrow('poison')
    }
    const response = await handler(batchOf([record('a')]))

    expect(response).toEqual({ batchItemFailures: [] })
    expect([...letters.keys()]).toEqual(['a'])
    expect(letters.get('a')?.payload).toEqual(batchOf([record('a')]))
  })

  it.each([
    ['a throttle', Object.assign(new Error('slow down'), { name: 'ThrottlingException' })],
    ['an error of the server', Object.assign(new Error('oops'), { $fault: 'server' })],
    ['a lost connection', Object.assign(new Error('reset'), { code: 'ECONNRESET' })],
  ])('that meets %s is never set aside', async (_, error) => {
    const handler = deployed(failing(error))

    for (let tries = 0; tries < 3 * TRIES_MAX; tries += 1) {
      await expect(handler(batchOf([record('a')]))).rejects.toThrow(error)
    }
    expect(letters.size).toBe(0)
  })

  it('is not set aside for a batch that fails: Lambda cuts it in two first', async () => {
    const handler = deployed(failing(new Error('poison')))

    for (let tries = 0; tries < 3 * TRIES_MAX; tries += 1) {
      await expect(handler(batchOf([record('a'), record('b')]))).rejects.toThrow('poison')
    }
    expect(letters.size).toBe(0)
  })

  it('is not set aside for races that it lost: the traffic is at fault', async () => {
    const handler = deployed(failing(new LostRace('lost the race 50 times')))

    for (let tries = 0; tries < 3 * TRIES_MAX; tries += 1) {
      await expect(handler(batchOf([record('a')]))).rejects.toThrow('lost the race')
    }
    expect(letters.size).toBe(0)
  })

  it('that could not be kept is not done', async () => {
    const handler = settingAside(failing(new Error('poison')), {
      bucket: 'letters',
      log: fakes().services.log,
      keep: () => Promise.reject(new Error('no bucket')),
    })

    for (let tries = 1; tries < TRIES_MAX; tries += 1) {
      await expect(handler(batchOf([record('a')]))).rejects.toThrow('poison')
    }
    await expect(handler(batchOf([record('a')]))).rejects.toThrow('no bucket')
  })
})

describe('records that are done', () => {
  it('are counted in one line that CloudWatch reads', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const handler = deployed(async () => ({ batchItemFailures: [] }))

    await handler(batchOf([record('a'), record('b')]))

    const line = JSON.parse(String(write.mock.calls.at(-1)?.[0]))
    expect(line).toMatchObject({
      Records: 2,
      _aws: { CloudWatchMetrics: [{ Namespace: 'Tripline' }] },
    })
  })
})
