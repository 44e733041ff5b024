// One batch handed to a handler until each of its records is done or set aside: what a Lambda event source mapping does with
// BisectBatchOnFunctionError, ReportBatchItemFailures, MaximumRetryAttempts and an on-failure destination.
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda'
import { isOfAws } from '../aws/set-aside.ts'
import type { StreamHandler } from '../store/stream.ts'

/** Faults for tests: what AWS may do to a handler at any time, done every time. */
export interface DeliveryFaults {
  /** Every batch is delivered so many times. @default 1 */
  deliveries?: number
  /** Every batch of two or more comes again in halves, as after a timeout whose work was done. @default false */
  bisect?: boolean
}

export interface Delivery {
  handler: StreamHandler
  /** Times a record may fail at the head of a batch before it is set aside. */
  attemptsMax: number
  faults: DeliveryFaults
  /** Waits before the next attempt; rejects when the consumer is stopped. */
  pause(attempt: number): Promise<void>
  /** Everything up to this record is done, or set aside. */
  done(record: DynamoDBRecord): void
  setAside(record: DynamoDBRecord, error: unknown): void
}

/**
 * Delivers records in order.
 *
 * 1. done:    the handler reports no failure.
 * 2. partial: those before the first reported failure are done; it goes on from there.
 * 3. failed:  it throws, or reports a record it was not given: the batch is cut in two, and each half delivered by itself.
 * 4. passing: the first record failed by no fault of its own (aws/set-aside.ts), such as a race that was lost: it is tried again without end.
 * 5. poison:  it has failed `attemptsMax` times, reported or alone: it is set aside, and the rest goes on.
 */
export async function deliver(records: DynamoDBRecord[], delivery: Delivery): Promise<void> {
  let rest = records
  let attempts = 0
  while (rest.length > 0) {
    const outcome = await attempt(rest, delivery)
    if ('error' in outcome && outcome.isWhole && rest.length > 1) {
      if (outcome.error !== FORCED) await delivery.pause(1)
      const middle = Math.ceil(rest.length / 2)
      await deliver(rest.slice(0, middle), delivery)
      await deliver(rest.slice(middle), delivery)
      return
    }
    const last = rest[outcome.done - 1]
    if (last) delivery.done(last)
    rest = rest.slice(outcome.done)
    const [first] = rest
    if (!first || !('error' in outcome)) return
    attempts = outcome.done > 0 ? 1 : attempts + 1
    if (attempts < delivery.attemptsMax || isOfAws(outcome.error)) {
      await delivery.pause(attempts)
      continue
    }
    delivery.setAside(first, outcome.error)
    delivery.done(first)
    rest = rest.slice(1)
    attempts = 0
  }
}

/** How many records are done, from the first on; `isWhole` when nothing is known of any. */
type Outcome = { done: number } | { done: number; error: unknown; isWhole: boolean }

const FORCED = new Error('bisected by a test')

async function attempt(records: DynamoDBRecord[], delivery: Delivery): Promise<Outcome> {
  const { deliveries = 1, bisect = false } = delivery.faults
  try {
    for (let i = 1; i < deliveries; i += 1) await delivery.handler({ Records: records })
    const outcome = read(await delivery.handler({ Records: records }), records)
    if (bisect && records.length > 1) return { done: 0, error: FORCED, isWhole: true }
    return outcome
  } catch (error) {
    return { done: 0, error, isWhole: true }
  }
}

function read(response: DynamoDBBatchResponse, records: DynamoDBRecord[]): Outcome {
  const failures = response.batchItemFailures ?? []
  if (failures.length === 0) return { done: records.length }
  const positions = failures.map(({ itemIdentifier }) =>
    records.findIndex((record) => record.dynamodb?.SequenceNumber === itemIdentifier),
  )
  const done = Math.min(...positions)
  return done < 0
    ? { done: 0, error: new Error('the handler reported an unknown record'), isWhole: true }
    : { done, error: new Error('the handler reported this record as failed'), isWhole: false }
}
