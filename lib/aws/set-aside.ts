// Poison records. Lambda retries a failing batch for hours, which is right while AWS is what fails and wrong when a record is:
// so a record that alone fails by its own fault, again and again, is put into the bucket of dead letters, and the shard goes on.
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import type { Log } from '../core/ports.ts'
import { METRIC } from '../names.ts'
import type { StreamHandler } from '../store/stream.ts'
import { count } from './metrics.ts'

/** Failures of one record in one process before it is set aside; Lambda may spread its tries over several. */
export const TRIES_MAX = 10
/** Records whose failures are remembered. */
const REMEMBERED_MAX = 1_000

/** A dead letter, in the shape in which Lambda itself writes them to S3, so that redrive reads both. */
export interface DeadLetter {
  timestamp: string
  requestContext: { functionArn: string }
  error: string
  payload: DynamoDBStreamEvent
}

export interface SetAsideOptions {
  /** Keeps a dead letter; the record counts as done only afterwards. */
  keep(name: string, letter: DeadLetter): Promise<void>
  /** Where letters are kept, by which the alarm knows this deployment's. */
  bucket: string
  log: Log
}

/**
 * Counts the records that a handler has done, and sets aside those it cannot do.
 *
 * 1. several records failed: thrown on, and Lambda cuts the batch in two.
 * 2. AWS failed, throttled or timed out: thrown on, and Lambda tries again until the record is six hours old.
 * 3. one record failed: thrown on, until it has failed TRIES_MAX times.
 */
export function settingAside(
  handler: StreamHandler,
  { keep, bucket, log }: SetAsideOptions,
): StreamHandler {
  const failures = new Map<string, number>()

  async function setAside(record: DynamoDBRecord, error: unknown): Promise<void> {
    const name = `${record.eventID ?? record.dynamodb?.SequenceNumber}`
    const tries = (failures.get(name) ?? 0) + 1
    if (failures.size >= REMEMBERED_MAX) failures.clear()
    failures.set(name, tries)
    if (tries < TRIES_MAX) throw error
    await keep(name, {
      timestamp: new Date().toISOString(),
      requestContext: { functionArn: process.env.AWS_LAMBDA_FUNCTION_NAME ?? '' },
      error: String(error),
      payload: { Records: [record] },
    })
    failures.delete(name)
    log.error('record set aside', { record: name, error: String(error) })
    count(METRIC.setAside, 1, { Bucket: bucket })
  }

  return async (event) => {
    try {
      const response = await handler(event)
      count(METRIC.records, event.Records.length)
      return response
    } catch (error) {
      const [record, ...others] = event.Records
      if (!record || others.length > 0 || isOfAws(error)) throw error
      await setAside(record, error)
      return { batchItemFailures: [] }
    }
  }
}

/** Failures that are about the account's limits, the deployment or the traffic (LostRace is ours), not about the record. */
const NOT_THE_RECORD = [
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredTokenException',
  'KMSAccessDeniedException',
  'LimitExceededException',
  'LostRace',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ResourceNotFoundException',
  'ServiceQuotaExceededException',
  'ThrottlingException',
  'TimeoutError',
  'TransactionCanceledException',
  'TransactionConflictException',
  'TransactionInProgressException',
  'UnrecognizedClientException',
]

/** Codes of the operating system, as ECONNRESET; Node's own begin with ERR_ and are faults of programs. */
const SYSTEM_ERROR = /^E[A-Z]+$/

/** Whether a failure is AWS's or the network's, so that the same record may well succeed later. */
export function isOfAws(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { name, code, $fault, $retryable } = error as Error & Record<string, unknown>
  return (
    $fault === 'server' ||
    $retryable !== undefined ||
    (typeof code === 'string' && SYSTEM_ERROR.test(code)) ||
    NOT_THE_RECORD.includes(name)
  )
}
