// The clock: a queue whose messages are delayed up to 15 minutes, a group of one-time schedules for all that is later, and the
// queue of letters that reached nobody.
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'

export interface Wakes {
  queue: Queue
  /** What neither a queue's reader nor Scheduler nor the bus could deliver. */
  letters: Queue
  group: string
  /** By which Scheduler writes to the queue. */
  role: Role
}

/** Deliveries of a message before it is a dead letter: at a minute each, a quarter of an hour of trouble is ridden out. */
export const DELIVERIES_MAX = 15
/** Longer than its reader's timeout, six times as AWS advises. */
const VISIBILITY = Duration.minutes(6)
const KEPT = Duration.days(14)

export const queue = (scope: Construct, id: string, letters?: Queue): Queue =>
  new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: KEPT,
    ...(letters && {
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: letters, maxReceiveCount: DELIVERIES_MAX },
    }),
  })

export function wakes(scope: Construct): Wakes {
  const letters = queue(scope, 'LettersQueue')
  const wakeQueue = queue(scope, 'WakeQueue', letters)
  const group = new ScheduleGroup(scope, 'WakeGroup', { removalPolicy: RemovalPolicy.DESTROY })
  const stack = Stack.of(scope)
  const role = new Role(scope, 'ScheduleRole', {
    description: 'By which EventBridge Scheduler writes wakes to their queue',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: {
          'aws:SourceAccount': stack.account,
          'aws:SourceArn': stack.formatArn({
            service: 'scheduler',
            resource: 'schedule-group',
            resourceName: group.scheduleGroupName,
            arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
          }),
        },
      },
    }),
  })
  role.addToPolicy(
    new PolicyStatement({
      actions: ['sqs:SendMessage'],
      resources: [wakeQueue.queueArn, letters.queueArn],
    }),
  )
  return { queue: wakeQueue, letters, group: group.scheduleGroupName, role }
}
