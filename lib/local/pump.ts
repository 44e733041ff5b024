// The pump stands for Lambda's event source mappings: it reads the tables' streams and calls the very handlers that Lambda
// would. Each consumer goes its own way, as there: one that is stuck on a record holds up nobody else. Writers in this process
// poke it, so that it need hardly poll.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeStreamCommand,
  type DescribeStreamCommandOutput,
  type DynamoDBStreamsClient,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams'
import type { DynamoDBRecord } from 'aws-lambda'
import type { Log } from '../core/ports.ts'
import type { ReaderVitals } from '../core/vitals.ts'
import type { TableNames } from '../store/tables.ts'
import { type Bell, bell } from './bell.ts'
import { type Checkpoint, CLOSED, openCheckpoints } from './checkpoints.ts'
import type { DeliveryFaults } from './deliver.ts'
import { appendLetter } from './letters.ts'
import { type Consumer, readShard } from './shard.ts'

export interface PumpOptions {
  streams: DynamoDBStreamsClient
  streamArns: TableNames
  /** A file's path in the data directory: `checkpoints.json` and `dead-letters.ndjson` are the pump's. */
  file(name: string): string
  log: Log
  consumers: Consumer[]
  /** The pause after a first failure; each further one is twice as long. @default 50 */
  retryMs?: number
  /** For tests. */
  faults?: DeliveryFaults
}

export interface Pump {
  /**
   * An item was written: its table's consumers look at once, unless their filter has no room for its kind (undefined for an
   * item without one). A kind not known (null) wakes them all.
   */
  poke(table: keyof TableNames, kind: string | undefined | null): void
  /** Resolves when every running consumer has read its stream to the end and none has had work since. */
  drain(): Promise<void>
  /** How far each running consumer is. */
  readers(): ReaderVitals[]
  /** Starts a consumer that was stopped. */
  start(consumer: string): void
  /** Lets the batch in hand end, then stops one consumer, or all, and writes the checkpoints. */
  stop(consumer?: string): Promise<void>
}

/** The file of dead letters, in the data directory. */
export const LETTERS = 'dead-letters.ndjson'

const RETRY_MS = 50
const RETRY_MS_MAX = 10_000
/**
 * An idle stream is polled for writes of other processes, by one consumer of its table, which then wakes the others. A poll
 * of an idle process costs 2 ms of processor time: these keep 1 % of a core busy, 100 ms would keep 4 %.
 */
const IDLE_MS_MAX = 400
const IDLE_MS_MAX_OTHERS = 5_000

/**
 * AWS closes shards every few hours; the next ones are looked for whenever one has ended, and this often. Not more: the
 * emulator reads its whole stream to describe it.
 */
const SHARDS_MS = 60_000
const DRAIN_POLL_MS = 1

/** A consumer while it runs. */
interface Run {
  consumer: Consumer
  abort: AbortController
  readers: Map<string, Reader>
  ended: Promise<void>
}

interface Reader {
  bell: Bell
  /** The last read that found nothing, numbered among all reads. */
  emptyRead: number
  /** When the oldest record in hand was written, in milliseconds; null: none is. */
  inHandSince: number | null
}

/** Starts reading where each consumer left off; one never seen before begins with the oldest record there is. */
export function startPump(options: PumpOptions): Pump {
  const { streams, streamArns, file, log, consumers, faults = {}, retryMs = RETRY_MS } = options
  const checkpoints = openCheckpoints(file('checkpoints.json'), (error) =>
    log.error('checkpoints not written', { error: String(error) }),
  )
  const runs = new Map<string, Run>()
  let reads = 0
  let pagesDone = 0

  const checkpointOf = (consumer: Consumer, shard: string) => ({
    get: () => checkpoints.get(streamArns[consumer.table], consumer.name, shard),
    set: (at: Checkpoint) => checkpoints.set(streamArns[consumer.table], consumer.name, shard, at),
  })

  const pause = (failures: number, signal: AbortSignal) =>
    sleep(Math.min(retryMs * 2 ** (failures - 1), RETRY_MS_MAX), undefined, { signal })

  async function consume(run: Run): Promise<void> {
    const { consumer, abort } = run
    const reading = new Map<string, Promise<void>>()
    for (let failures = 0; !abort.signal.aborted; ) {
      try {
        for (const shard of await readableShards(consumer)) {
          if (reading.has(shard)) continue
          reading.set(
            shard,
            read(run, shard).finally(() => reading.delete(shard)),
          )
        }
        failures = 0
      } catch (error) {
        failures += 1
        log.warn('stream not read', { consumer: consumer.name, error: String(error) })
      }
      const wait = failures > 0 ? pause(failures, abort.signal) : later(SHARDS_MS, abort.signal)
      await Promise.race([...reading.values(), wait.catch(() => {})]) // it rejects when we stop
    }
    await Promise.all(reading.values())
  }

  /** Shards not read to their end whose parent is: an item's changes keep their order. */
  async function readableShards({ name, table }: Consumer): Promise<string[]> {
    const streamArn = streamArns[table]
    const shards = await describeShards(streams, streamArn)
    const ids = shards.map(({ ShardId = '' }) => ShardId)
    checkpoints.keepOnly(streamArn, name, ids)
    const isOpen = (shard: string) =>
      ids.includes(shard) && checkpoints.get(streamArn, name, shard) !== CLOSED
    return shards
      .filter(({ ShardId = '', ParentShardId = '' }) => isOpen(ShardId) && !isOpen(ParentShardId))
      .map(({ ShardId = '' }) => ShardId)
  }

  async function read({ consumer, abort, readers }: Run, shard: string): Promise<void> {
    const isWatcher = consumers.find(({ table }) => table === consumer.table) === consumer
    const reader: Reader = {
      bell: bell(isWatcher ? IDLE_MS_MAX : IDLE_MS_MAX_OTHERS),
      emptyRead: 0,
      inHandSince: null,
    }
    const checkpoint = checkpointOf(consumer, shard)
    readers.set(shard, reader)
    const hasEnded = await readShard({
      streams,
      streamArn: streamArns[consumer.table],
      shard,
      consumer,
      log,
      faults,
      bell: reader.bell,
      signal: abort.signal,
      checkpoint,
      pause: (failures) => pause(failures, abort.signal),
      setAside: (record, error) => setAside(consumer, record, error),
      beforeRead() {
        reads += 1
        const number = reads
        return {
          found: (oldest) => {
            reader.inHandSince = oldest
            if (isWatcher) ring((other) => other !== consumer && other.table === consumer.table)
          },
          done: (records) => {
            reader.inHandSince = null
            if (records > 0) pagesDone += 1
            else reader.emptyRead = number
          },
        }
      },
    })
    readers.delete(shard)
    if (hasEnded) checkpoint.set(CLOSED)
  }

  /** The whole record goes to the dead letters; the log, which holds no payloads, names it. */
  function setAside(consumer: Consumer, record: DynamoDBRecord, error: unknown): void {
    const details = { consumer: consumer.name, eventId: record.eventID, error: textOf(error) }
    const letter = { at: new Date().toISOString(), ...details, record }
    appendLetter(file(LETTERS), letter)
    log.error('record set aside', { ...details, file: file(LETTERS) })
  }

  function ring(isMeant: (consumer: Consumer) => boolean): void {
    for (const { consumer, readers } of runs.values()) {
      if (isMeant(consumer)) for (const reader of readers.values()) reader.bell.ring()
    }
  }

  function poke(table: keyof TableNames, kind: string | undefined | null): void {
    const mayPass = (kinds: readonly string[] | undefined) =>
      kinds === undefined || kind === null || (kind !== undefined && kinds.includes(kind))
    ring((consumer) => consumer.table === table && mayPass(consumer.filter?.kinds))
  }

  async function drain(): Promise<void> {
    const isEmptySince = (read: number) =>
      [...runs.values()].every(
        ({ readers }) =>
          readers.size > 0 && [...readers.values()].every(({ emptyRead }) => emptyRead > read),
      )
    for (let before = -1; before !== pagesDone; ) {
      before = pagesDone
      const asked = reads
      ring(() => true)
      while (!isEmptySince(asked)) await sleep(DRAIN_POLL_MS)
    }
  }

  const readers = (): ReaderVitals[] =>
    [...runs.values()].map(({ consumer: { name, table }, readers }) => {
      const since = [...readers.values()].flatMap(({ inHandSince }) => inHandSince ?? [])
      const behindMs = since.length > 0 ? Math.max(0, Date.now() - Math.min(...since)) : null
      return { name, stream: table, behindMs }
    })

  function start(name: string): void {
    const consumer = consumers.find((other) => other.name === name)
    if (!consumer) throw new Error(`no consumer is called ${name}`)
    if (runs.has(name)) return
    const run: Run = {
      consumer,
      abort: new AbortController(),
      readers: new Map(),
      ended: Promise.resolve(),
    }
    runs.set(name, run)
    run.ended = consume(run)
  }

  async function stop(name?: string): Promise<void> {
    const stopping = [...runs.values()].filter(
      ({ consumer }) => name === undefined || consumer.name === name,
    )
    for (const { abort, readers } of stopping) {
      abort.abort()
      for (const reader of readers.values()) reader.bell.ring()
    }
    await Promise.all(stopping.map(({ ended }) => ended))
    for (const { consumer } of stopping) runs.delete(consumer.name)
    checkpoints.flush()
  }

  for (const { name } of consumers) start(name)
  return { poke, drain, readers, start, stop }
}

const later = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal })

const textOf = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

async function describeShards(streams: DynamoDBStreamsClient, streamArn: string): Promise<Shard[]> {
  const shards: Shard[] = []
  let after: string | undefined
  do {
    const { StreamDescription }: DescribeStreamCommandOutput = await streams.send(
      new DescribeStreamCommand({
        StreamArn: streamArn,
        ...(after === undefined ? {} : { ExclusiveStartShardId: after }),
      }),
    )
    shards.push(...(StreamDescription?.Shards ?? []))
    after = StreamDescription?.LastEvaluatedShardId
  } while (after !== undefined)
  return shards
}
