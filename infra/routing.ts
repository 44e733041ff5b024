// Who is called by what: streams have their two readers each, queues theirs, and the bus leads in and out.
import { Duration } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { EventBus, type EventPattern, Match, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import {
  FilterCriteria,
  FilterRule,
  type IEventSourceDlq,
  type Function as LambdaFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { ANNOUNCED_KINDS, ATTRIBUTE, BUS_SOURCE, KIND } from '../lib/names.ts'
import type { Functions } from './functions.ts'
import type { Storage } from './storage.ts'
import { queue, type Wakes } from './wakes.ts'

/** Failures of AWS are ridden out this long: a quarter of what a stream keeps, so that there is time to act on the alarm. */
const RECORD_AGE_MAX = Duration.hours(6)
/** A batch may be as large as a payload of Lambda: folding many events is what makes them cheap. */
const BATCH_RECORDS = 100
/** `publish` writes a segment per batch, so it waits a little for more of them. */
const PUBLISH_WINDOW = Duration.seconds(1)
/** Readers of a queue at once: what is left of a new account's ten is for the streams. */
const QUEUE_READERS_MAX = 2

interface Reading {
  table: Table
  filters: ReturnType<typeof FilterCriteria.filter>[]
  window?: Duration
}

/** Streams to the functions that read them. `parallelization` batches of a shard are worked on at once, by partition key. */
export function readStreams(
  { evaluate, publish, act, announce }: Functions,
  { events, objects, letters }: Storage,
  parallelization: number,
): void {
  const onFailure: IEventSourceDlq = { bind: () => ({ destination: letters.bucketArn }) }
  const read = (reader: LambdaFunction, { table, filters, window }: Reading) =>
    reader
      .addEventSourceMapping('Stream', {
        eventSourceArn: table.tableStreamArn ?? '',
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: BATCH_RECORDS,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        parallelizationFactor: parallelization,
        maxRecordAge: RECORD_AGE_MAX,
        onFailure,
        filters,
        ...(window && { maxBatchingWindow: window }),
      })
      .node.addDependency(reader.role ?? reader)

  const inserted = FilterRule.isEqual('INSERT')
  read(evaluate, {
    table: events,
    filters: [
      FilterCriteria.filter({ eventName: inserted }),
      // A wake leaves a mark behind the events stored before it, and may put it again.
      FilterCriteria.filter({
        eventName: FilterRule.isEqual('MODIFY'),
        dynamodb: { NewImage: ofKinds(KIND.mark) },
      }),
    ],
  })
  read(publish, {
    table: events,
    filters: [
      FilterCriteria.filter({
        eventName: inserted,
        dynamodb: { NewImage: { [ATTRIBUTE.kind]: FilterRule.notExists() } }, // what has a kind is no event
      }),
    ],
    window: PUBLISH_WINDOW,
  })
  read(act, {
    table: objects,
    filters: [
      FilterCriteria.filter({
        eventName: inserted,
        dynamodb: { NewImage: ofKinds(KIND.firing) },
      }),
    ],
  })
  read(announce, {
    table: objects,
    filters: [
      FilterCriteria.filter({ dynamodb: { NewImage: ofKinds(...ANNOUNCED_KINDS) } }),
      FilterCriteria.filter({
        eventName: FilterRule.isEqual('REMOVE'),
        dynamodb: { OldImage: ofKinds(...ANNOUNCED_KINDS) },
      }),
    ],
  })
}

const ofKinds = (...kinds: string[]) => ({
  [ATTRIBUTE.kind]: { S: kinds.flatMap((kind) => FilterRule.isEqual(kind)) },
})

/** A queue to the function that reads it. */
export function readQueue(reader: LambdaFunction, from: Queue): void {
  reader.addToRolePolicy(
    new PolicyStatement({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [from.queueArn],
    }),
  )
  reader.addEventSourceMapping('Queue', {
    eventSourceArn: from.queueArn,
    batchSize: 10,
    maxConcurrency: QUEUE_READERS_MAX,
    reportBatchItemFailures: true,
  })
}

/**
 * The bus: whatever is put on it becomes an event of ours, except what came from us; `inbound` names events of the account's
 * default bus that do too. Both go through a queue, so that none is lost when there are too many.
 */
export function bus(scope: Construct, { letters }: Wakes, inbound: EventPattern | undefined) {
  const made = new EventBus(scope, 'Bus', { description: 'Events into and out of tripline' })
  const arrivals = queue(scope, 'ArrivalsQueue', letters)
  const target = new SqsQueue(arrivals, { deadLetterQueue: letters })
  new Rule(scope, 'Inbound', {
    description: 'Whatever is put on the bus, except what came from tripline',
    eventBus: made,
    eventPattern: { source: Match.anythingBut(BUS_SOURCE) },
    targets: [target],
  })
  if (inbound) {
    new Rule(scope, 'InboundDefault', {
      description: 'Events of the default bus that tripline was asked to take',
      eventPattern: inbound,
      targets: [target],
    })
  }
  return { bus: made, arrivals }
}
