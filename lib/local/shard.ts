// One consumer's reading of one shard, from its checkpoint to the shard's end. Whatever goes wrong is waited out and tried
// again from the checkpoint: a stream is never given up.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams'
import type { DynamoDBRecord } from 'aws-lambda'
import type { Log } from '../core/ports.ts'
import type { StreamHandler } from '../store/stream.ts'
import type { TableNames } from '../store/tables.ts'
import type { Bell } from './bell.ts'
import type { Checkpoint } from './checkpoints.ts'
import { type DeliveryFaults, deliver } from './deliver.ts'
import { passes, type StreamFilter, toLambdaRecord } from './stream-record.ts'

/** Who reads a table's stream, and which of its records. */
export interface Consumer {
  /** Names its checkpoints and dead letters: keep it. */
  name: string
  table: keyof TableNames
  filter?: StreamFilter
  handler: StreamHandler
  /** @default 100 */
  batchSize?: number
  /** Attempts before a record becomes a dead letter. @default 10 */
  attemptsMax?: number
}

export interface ShardReader {
  streams: DynamoDBStreamsClient
  streamArn: string
  shard: string
  consumer: Consumer
  log: Log
  faults: DeliveryFaults
  bell: Bell
  /** Stops between two batches, and ends a pause at once. */
  signal: AbortSignal
  checkpoint: { get(): Checkpoint | undefined; set(at: Checkpoint): void }
  /** Waits longer with each failure in a row. Rejects when the signal comes. */
  pause(failures: number): Promise<void>
  setAside(record: DynamoDBRecord, error: unknown): void
  /** Before each read; its answer is told that records came, when the first was written, and when all of them are done. */
  beforeRead(): { found(oldestMs: number): void; done(records: number): void }
}

/** Lambda's defaults for streams, except the attempts: Lambda's own would try for a day. */
const BATCH_RECORDS = 100
const ATTEMPTS_MAX = 10

/** A pause after a page that did not fill a batch: under load records then come by the batch, at a tenth of the cost. */
const REST_MS = 8

/** Reads until the signal, or to the end of a closed shard: then the answer is true. */
export async function readShard(reader: ShardReader): Promise<boolean> {
  const { signal, bell, log, consumer } = reader
  let iterator: string | undefined
  let failures = 0
  while (!signal.aborted) {
    try {
      iterator ??= await openShard(reader)
      const page = await readPage(reader, iterator)
      if (page.next === undefined) return true
      iterator = page.next
      failures = 0
      if (page.records === 0 && !signal.aborted) await bell.wait()
      else await rest(reader, page.records)
    } catch (error) {
      if (signal.aborted) return false
      iterator = undefined
      if (error instanceof ExpiredIteratorException) continue // it lives 15 minutes; the machine slept
      log.warn('stream not read', { consumer: consumer.name, error: String(error) })
      failures += 1
      await reader.pause(failures).catch(() => {}) // the signal ends the loop
    }
  }
  return false
}

/** The first record after a quiet time does not wait; those right behind it share the next read. */
async function rest({ bell, consumer, signal }: ShardReader, records: number): Promise<void> {
  bell.reset()
  const isFull = records >= (consumer.batchSize ?? BATCH_RECORDS)
  if (!isFull && !signal.aborted) await sleep(REST_MS)
}

async function openShard(reader: ShardReader): Promise<string | undefined> {
  const { streams, streamArn, shard, checkpoint, log, consumer } = reader
  const open = async (from: {
    SequenceNumber?: string
    ShardIteratorType: 'TRIM_HORIZON' | 'AFTER_SEQUENCE_NUMBER'
  }) =>
    (
      await streams.send(
        new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shard, ...from }),
      )
    ).ShardIterator
  const SequenceNumber = checkpoint.get()
  if (SequenceNumber === undefined) return open({ ShardIteratorType: 'TRIM_HORIZON' })
  try {
    return await open({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber })
  } catch (error) {
    if (!(error instanceof TrimmedDataAccessException)) throw error
    log.error('records were trimmed before they were read', { consumer: consumer.name, shard })
    return open({ ShardIteratorType: 'TRIM_HORIZON' })
  }
}

/** Reads on by NextShardIterator alone: the emulator shows an EndingSequenceNumber for open shards too. */
async function readPage(
  reader: ShardReader,
  iterator: string | undefined,
): Promise<{ records: number; next: string | undefined }> {
  const watch = reader.beforeRead()
  const page = await reader.streams.send(new GetRecordsCommand({ ShardIterator: iterator }))
  const records = page.Records ?? []
  const [oldest] = records
  if (oldest) watch.found(oldest.dynamodb?.ApproximateCreationDateTime?.getTime() ?? Date.now())
  await deliverAll(reader, records)
  const last = records.at(-1)?.dynamodb?.SequenceNumber
  if (last !== undefined) reader.checkpoint.set(last)
  watch.done(records.length)
  return { records: records.length, next: page.NextShardIterator }
}

/** Throws when stopped in between: what is not done then is read again. */
async function deliverAll(reader: ShardReader, records: StreamRecord[]): Promise<void> {
  const { consumer, signal, streamArn } = reader
  const { filter = {}, batchSize = BATCH_RECORDS, attemptsMax = ATTEMPTS_MAX } = consumer
  const wanted = records.filter((record) => passes(record, filter))
  for (let i = 0; i < wanted.length; i += batchSize) {
    signal.throwIfAborted()
    const batch = wanted.slice(i, i + batchSize).map((record) => toLambdaRecord(record, streamArn))
    await deliver(batch, {
      handler: consumer.handler,
      attemptsMax,
      faults: reader.faults,
      pause: reader.pause,
      done: (record) => reader.checkpoint.set(record.dynamodb?.SequenceNumber ?? ''),
      setAside: reader.setAside,
    })
  }
}
