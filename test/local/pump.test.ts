// The pump against the embedded database: what Lambda's event source mappings promise, kept here too.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DynamoDBRecord } from 'aws-lambda'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LostRace } from '../../lib/core/errors.ts'
import { type Pump, type PumpOptions, startPump } from '../../lib/local/pump.ts'
import type { Consumer } from '../../lib/local/shard.ts'
import type { StreamHandler } from '../../lib/store/stream.ts'
import { type Database, silent, startDatabase } from './database.ts'

let database: Database
let directory: string
let pumps: Pump[]
let prefix = ''
let tests = 0

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tripline-pump-'))
  pumps = []
  tests += 1
  prefix = `${tests}/`
})
afterEach(async () => {
  await Promise.all(pumps.map((pump) => pump.stop()))
  rmSync(directory, { recursive: true, force: true })
})

function pumpOf(consumers: Consumer[], options: Partial<PumpOptions> = {}): Pump {
  const { streams, streamArns } = database
  const file = (name: string) => join(directory, name)
  const pump = startPump({
    streams,
    streamArns,
    file,
    log: silent,
    consumers,
    retryMs: 1,
    ...options,
  })
  pumps.push(pump)
  return pump
}

/** The test's own items, by the last part of their key. */
const namesIn = (records: DynamoDBRecord[]): string[] =>
  records.flatMap(({ dynamodb }) => {
    const key = dynamodb?.Keys?.pk?.S ?? ''
    return key.startsWith(prefix) ? [key.slice(prefix.length)] : []
  })

/** A consumer of the events table that notes what it is given, batch by batch, and then does as told. */
function noting(then: (names: string[], records: DynamoDBRecord[]) => string[] = () => []) {
  const batches: string[][] = []
  const handler: StreamHandler = async ({ Records }) => {
    const names = namesIn(Records)
    if (names.length > 0) batches.push(names)
    const failed = then(names, Records)
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
  }
  const consumer: Consumer = { name: 'noting', table: 'events', handler }
  return { consumer, batches, names: () => batches.flat() }
}

const put = (...names: string[]) =>
  database.events.transact(names.map((name) => ({ put: { pk: prefix + name, k: 'event' } })))

const sequenceOf = (records: DynamoDBRecord[], name: string): string[] =>
  records
    .filter(({ dynamodb }) => dynamodb?.Keys?.pk?.S === prefix + name)
    .map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '')

const deadLetters = () => {
  const file = join(directory, 'dead-letters.ndjson')
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : []
}

describe('the pump', () => {
  it('gives a consumer all records in order, in Lambda’s shape', async () => {
    const records: DynamoDBRecord[] = []
    const handler: StreamHandler = async (event) => {
      records.push(...event.Records.filter((record) => namesIn([record]).length > 0))
      return { batchItemFailures: [] }
    }
    const pump = pumpOf([{ name: 'all', table: 'objects', handler }])
    const key = { pk: `${prefix}a`, sk: 's' }

    await database.objects.put({ ...key, k: 'flow', n: 1, b: new Uint8Array([104, 105]) })
    await database.objects.put({ ...key, k: 'flow', n: 2 })
    await database.objects.delete(key)
    await pump.drain()

    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE'])
    expect(records[0]).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: expect.any(String),
      eventSourceARN: database.streamArns.objects,
      dynamodb: {
        Keys: { pk: { S: key.pk }, sk: { S: 's' } },
        NewImage: {
          pk: { S: key.pk },
          sk: { S: 's' },
          k: { S: 'flow' },
          n: { N: '1' },
          b: { B: 'aGk=' },
        },
        SequenceNumber: expect.stringMatching(/^\d+$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
        ApproximateCreationDateTime: expect.any(Number),
      },
    })
    expect(records[1]?.dynamodb?.OldImage?.n).toEqual({ N: '1' })
    expect(records[2]?.dynamodb).not.toHaveProperty('NewImage')
  })

  it.each([
    [{ eventNames: ['INSERT'] }, ['INSERT flow', 'INSERT run']],
    [{ kinds: ['flow'] }, ['INSERT flow', 'REMOVE flow']],
    [{ eventNames: ['MODIFY', 'REMOVE'], kinds: ['flow', 'run'] }, ['MODIFY run', 'REMOVE flow']],
    [{ kinds: ['log'] }, []],
  ] as const)('passes on only what the filter %j names', async (filter, expected) => {
    const seen: string[] = []
    const handler: StreamHandler = async ({ Records }) => {
      for (const { eventName, dynamodb } of Records) {
        const kind = (dynamodb?.NewImage ?? dynamodb?.OldImage)?.k?.S
        if (dynamodb?.Keys?.pk?.S?.startsWith(prefix)) seen.push(`${eventName} ${kind}`)
      }
      return { batchItemFailures: [] }
    }
    const pump = pumpOf([{ name: 'some', table: 'objects', filter, handler }])
    const item = (sk: string, k: string, n: number) => ({ pk: `${prefix}a`, sk, k, n })

    await database.objects.put(item('1', 'flow', 1))
    await database.objects.put(item('2', 'run', 1))
    await database.objects.put(item('2', 'run', 2))
    await database.objects.delete({ pk: `${prefix}a`, sk: '1' })
    await pump.drain()

    expect(seen).toEqual(expected)
  })

  it('gives batches of no more than the size asked for', async () => {
    const { consumer, batches } = noting()
    await put('a', 'b', 'c', 'd', 'e')

    await pumpOf([{ ...consumer, batchSize: 2 }]).drain()

    expect(batches.flat()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(2)
  })

  it('goes on after the last batch done when it starts again, and reads nothing twice', async () => {
    const first = noting()
    const pump = pumpOf([first.consumer])
    await put('a')
    await pump.drain()
    await pump.stop()
    await put('b')

    const second = noting()
    await pumpOf([second.consumer]).drain()

    expect(first.names()).toEqual(['a'])
    expect(second.names()).toEqual(['b'])
  })

  it('delivers again what a killed process had not checkpointed', async () => {
    const first = noting()
    const never = () => new Promise<never>(() => {})
    const killed = { ...first.consumer, handler: never }
    await put('a', 'b')
    const { streams, streamArns } = database
    const file = (name: string) => join(directory, name)
    startPump({ streams, streamArns, file, log: silent, consumers: [killed] })

    const second = noting()
    await pumpOf([second.consumer]).drain()

    expect(second.names()).toEqual(['a', 'b'])
  })

  it('resumes from the first record reported as failed', async () => {
    let failures = 0
    const { consumer, batches } = noting((names, records) => {
      failures += names.includes('b') ? 1 : 0
      return failures === 1 ? sequenceOf(records, 'b') : []
    })
    const pump = pumpOf([consumer])
    await pump.drain()

    await put('a', 'b', 'c')
    await pump.drain()

    expect(batches).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ])
    expect(deadLetters()).toEqual([])
  })

  it('sets a record aside that is reported too often, and goes on with the next', async () => {
    const { consumer, names } = noting((_, records) => sequenceOf(records, 'b'))
    const pump = pumpOf([{ ...consumer, attemptsMax: 3 }])
    await put('a', 'b', 'c')

    await pump.drain()

    expect(names().filter((name) => name === 'b')).toHaveLength(3)
    expect(names().at(-1)).toBe('c')
    expect(deadLetters().map(({ record }) => namesIn([record]))).toEqual([['b']])
  })

  it('bisects a batch that throws until the poison record is alone, and sets that aside whole', async () => {
    const done: string[] = []
    const { consumer } = noting((names) => {
      if (names.includes('d')) throw new Error('indigestible')
      done.push(...names)
      return []
    })
    const pump = pumpOf([{ ...consumer, attemptsMax: 2 }])
    await put('a', 'b', 'c', 'd', 'e', 'f')

    await pump.drain()

    expect(done).toEqual(['a', 'b', 'c', 'e', 'f'])
    expect(deadLetters()).toEqual([
      {
        at: expect.any(String),
        consumer: 'noting',
        eventId: expect.any(String),
        error: expect.stringContaining('indigestible'),
        record: expect.objectContaining({ eventName: 'INSERT' }),
      },
    ])
  })

  it('tries a record without end that only lost a race, as Lambda would', async () => {
    let failures = 0
    const { consumer, names } = noting((given) => {
      failures += given.length // what other tests wrote comes first, without a name here
      if (given.length > 0 && failures <= 5) throw new LostRace('lost the race 50 times')
      return []
    })
    const pump = pumpOf([{ ...consumer, attemptsMax: 2 }])
    await pump.drain()
    await put('a')

    await pump.drain()

    expect(names()).toEqual(Array(6).fill('a'))
    expect(deadLetters()).toEqual([])
  })

  it('treats a report of a record it did not give as a failure of the batch', async () => {
    let failures = 0
    const { consumer, batches } = noting((names) => {
      failures += names.length > 0 ? 1 : 0
      return failures === 1 ? ['no such number'] : []
    })
    const pump = pumpOf([consumer])
    await pump.drain()

    await put('a', 'b')
    await pump.drain()

    expect(batches).toEqual([['a', 'b'], ['a'], ['b']])
  })

  it('holds up no other consumer while one is stuck', async () => {
    const free = noting()
    const stuck = noting(() => {
      throw new Error('stuck')
    })
    const pump = pumpOf(
      [
        { ...stuck.consumer, name: 'stuck' },
        { ...free.consumer, name: 'free' },
      ],
      { retryMs: 60_000 },
    )
    await put('a')

    while (free.names().length === 0) await new Promise((resolve) => setTimeout(resolve, 1))

    expect(free.names()).toEqual(['a'])
    await pump.stop()
  })

  it('keeps reading a consumer’s stream only while it runs', async () => {
    const { consumer, names } = noting()
    const pump = pumpOf([consumer])
    await pump.drain()

    await pump.stop('noting')
    await put('a')
    await pump.drain()
    const whileStopped = names()
    pump.start('noting')
    await pump.drain()

    expect(whileStopped).toEqual([])
    expect(names()).toEqual(['a'])
  })

  it('drains what handlers write in their turn', async () => {
    const seen: string[] = []
    const handler: StreamHandler = async ({ Records }) => {
      for (const name of namesIn(Records)) {
        seen.push(name)
        if (name.length < 5) await put(`${name}a`)
      }
      return { batchItemFailures: [] }
    }
    const pump = pumpOf([{ name: 'chain', table: 'events', handler }])
    await put('a')

    await pump.drain()

    expect(seen).toEqual(['a', 'aa', 'aaa', 'aaaa', 'aaaaa'])
  })
})

describe('for tests the pump', () => {
  it('delivers every batch as often as asked', async () => {
    const { consumer, batches } = noting()
    const pump = pumpOf([consumer], { faults: { deliveries: 3 } })
    await pump.drain()

    await put('a', 'b')
    await pump.drain()

    expect(batches).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  it('bisects every batch although it was done', async () => {
    const { consumer, batches } = noting()
    const pump = pumpOf([consumer], { faults: { bisect: true } })
    await pump.drain()

    await put('a', 'b', 'c')
    await pump.drain()

    expect(batches).toEqual([['a', 'b', 'c'], ['a', 'b'], ['a'], ['b'], ['c']])
  })
})
