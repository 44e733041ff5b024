// Dead letters of the streams, in S3: records that a handler could not do, and batches that Lambda gave up on. They are tried
// again by the operator's hand alone, for whatever made them fail would make them fail again. So are single events.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { Log } from '../core/ports.ts'
import { DEFAULT_WORKSPACE } from '../core/workspace.ts'
import type { Settings } from './environment.ts'
import { lambdaLog } from './log.ts'
import { type EventOrder, redriveEvent } from './redrive-event.ts'
import { eventsTableOf } from './services.ts'
import type { DeadLetter } from './set-aside.ts'

/** Letters tried by one call of redrive: as many as fit into a function's fifteen minutes, at ten seconds each. */
const LETTERS_MAX = 80

export const keepIn =
  (s3: S3Client, bucket: string) =>
  async (name: string, letter: DeadLetter): Promise<void> => {
    const day = letter.timestamp.slice(0, 10)
    const Key = `set-aside/${letter.requestContext.functionArn}/${day}/${name}.json`
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: JSON.stringify(letter) }))
  }

export interface RedriveOptions {
  s3: S3Client
  lambda: LambdaClient
  bucket: string
  log: Log
}

/** What the operator asks for: letters whose key starts with a text, no more than so many. */
export interface RedriveOrder {
  prefix?: string
  limit?: number
}

/** Hands letters to the functions they were meant for, and removes those that are done now. */
export const redriveLetters =
  ({ s3, lambda, bucket, log }: RedriveOptions) =>
  async ({ prefix = '', limit = LETTERS_MAX }: RedriveOrder) => {
    const MaxKeys = Math.min(limit, LETTERS_MAX)
    const { Contents = [], IsTruncated = false } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys }),
    )
    const done: string[] = []
    const failed: string[] = []
    for (const { Key = '' } of Contents) {
      const error = await deliver(Key)
      if (error === null) {
        await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
        done.push(Key)
      } else {
        log.error('dead letter failed again', { letter: Key, error })
        failed.push(Key)
      }
    }
    return { done, failed, hasMore: IsTruncated }

    async function deliver(key: string): Promise<string | null> {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      const letter = JSON.parse((await Body?.transformToString()) ?? 'null') as DeadLetter
      const { payload } = letter as { payload: DeadLetter['payload'] | string }
      const { FunctionError, Payload } = await lambda.send(
        new InvokeCommand({
          FunctionName: letter.requestContext.functionArn,
          // Lambda's own letters hold the batch as text.
          Payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
        }),
      )
      return FunctionError === undefined ? null : (Payload?.transformToString() ?? FunctionError)
    }
  }

type RedriveSettings = Pick<
  Settings,
  'lettersBucket' | 'eventsTable' | 'evaluateFunction' | 'publishFunction'
>

/** Redrive in this deployment: of the letters in its bucket, or of one event in its table, when the order names one. */
export function redrive(settings: RedriveSettings) {
  const { lettersBucket, evaluateFunction, publishFunction } = settings
  const lambda = new LambdaClient()
  const letters = redriveLetters({
    s3: new S3Client(),
    lambda,
    bucket: lettersBucket,
    log: lambdaLog,
  })
  const one = redriveEvent({
    table: eventsTableOf(settings),
    lambda,
    readers: { evaluate: evaluateFunction, publish: publishFunction },
  })
  return async (order: RedriveOrder & Partial<EventOrder>) => {
    const { event, workspace = DEFAULT_WORKSPACE, reader = 'evaluate' } = order
    if (event === undefined) return letters(order)
    const error = await one({ event, workspace, reader })
    if (error === null) return { done: [event], failed: [], hasMore: false }
    lambdaLog.error('event failed again', { event, reader, error })
    return { done: [], failed: [event], hasMore: false }
  }
}
