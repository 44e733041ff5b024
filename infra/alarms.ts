// One alarm per promise, each naming its section of docs/runbook.md. They look at what users would notice, an old record or a
// dead letter, rather than at causes, of which there are many.
import { Duration } from 'aws-cdk-lib'
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import { METRIC } from '../lib/names.ts'
import type { Functions } from './functions.ts'
import type { Sockets } from './sockets.ts'
import type { Storage } from './storage.ts'
import type { Wakes } from './wakes.ts'

export interface AlarmsProps {
  functions: Functions
  storage: Storage
  wakes: Wakes
  rest: HttpApi
  sockets: Sockets
  /** Who is told. */
  email: string | undefined
  runbookUrl: string
}

interface Promised {
  /** The section of the runbook. */
  name: string
  says: string
  metric: IMetric
  threshold: number
  /** Periods in a row. @default 1 */
  periods?: number
}

/** A minute old is late; five of them in a row are no burst. */
const AGE_MS_MAX = 60_000
const AGE_PERIODS = 5
/** GitHub gives up after ten seconds; a tenth of it is where to start looking. */
const INGEST_MS_MAX = 1_000

export function alarms(scope: Construct, props: AlarmsProps): Alarm[] {
  const action = props.email === undefined ? null : new SnsAction(topic(scope, props.email))
  return promises(props).map(({ name, says, metric, threshold, periods = 1 }) => {
    const alarm = new Alarm(scope, `Alarm-${name}`, {
      alarmDescription: `${says} ${props.runbookUrl}#${name}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    if (action) alarm.addAlarmAction(action)
    return alarm
  })
}

function promises({ functions, storage, wakes, rest, sockets }: AlarmsProps): Promised[] {
  const { receive, evaluate, publish, act, announce, wake, accept } = functions
  return [
    {
      name: 'hooks-fail',
      says: 'Calls of webhooks are answered with an error: events may be lost when senders do not repeat them.',
      metric: receive.metricErrors({ period: MINUTE, statistic: 'Sum' }),
      threshold: 1,
    },
    {
      name: 'hooks-turned-away',
      says: 'Calls of webhooks are turned away with 429: more at once than the function may run.',
      metric: receive.metricThrottles({ period: MINUTE, statistic: 'Sum' }),
      threshold: 1,
    },
    {
      name: 'hooks-slow',
      says: 'One call of a webhook in a hundred takes a second or longer.',
      metric: receive.metricDuration({ period: FIVE_MINUTES, statistic: 'p99' }),
      threshold: INGEST_MS_MAX,
      periods: 3,
    },
    {
      name: 'api-fails',
      says: 'The API answers with 5xx.',
      metric: rest.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
      threshold: 5,
    },
    {
      name: 'sockets-fail',
      says: 'Frames of sockets were not handed over: events that were sent by them may be lost.',
      metric: sockets.stage.metric('IntegrationError', { period: FIVE_MINUTES, statistic: 'Sum' }),
      threshold: 1,
    },
    age('triggers-late', 'Stored events wait for their triggers.', evaluate),
    age('feed-late', 'Stored events wait for the feed and the bus.', publish),
    age('actions-late', 'Firings wait for their actions.', act),
    age('states-late', 'Changed objects wait for their events.', announce),
    {
      name: 'wakes-fail',
      says: 'Delayed runs or deadlines are not dealt with at their time.',
      metric: wake.metricErrors({ period: FIVE_MINUTES, statistic: 'Sum' }),
      threshold: 1,
      periods: 3,
    },
    {
      name: 'arrivals-fail',
      says: 'Events of the bus are not taken.',
      metric: accept.metricErrors({ period: FIVE_MINUTES, statistic: 'Sum' }),
      threshold: 1,
      periods: 3,
    },
    {
      name: 'dead-letters',
      says: 'A wake or an event of the bus reached nobody, and lies in the queue of dead letters.',
      metric: wakes.letters.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      threshold: 1,
    },
    {
      name: 'records-set-aside',
      says: 'A record could not be worked on, and lies in the bucket of dead letters.',
      metric: setAside(storage),
      threshold: 1,
    },
    {
      name: 'table-throttled',
      says: 'The events table refuses writes: the load grows faster than the table does.',
      metric: storage.events.metricThrottledRequestsForOperation('PutItem', {
        period: MINUTE,
        statistic: 'Sum',
      }),
      threshold: 10,
      periods: 3,
    },
  ]
}

const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

/** How old the record is that a stream's reader is at. */
const age = (name: string, says: string, reader: LambdaFunction): Promised => ({
  name,
  says,
  metric: iteratorAge(reader),
  threshold: AGE_MS_MAX,
  periods: AGE_PERIODS,
})

export const iteratorAge = (reader: LambdaFunction): IMetric =>
  reader.metric('IteratorAge', { period: MINUTE, statistic: 'Maximum' })

/** Records that were set aside, written by aws/set-aside.ts. */
export const setAside = ({ letters }: Storage): IMetric =>
  new Metric({
    namespace: METRIC.namespace,
    metricName: METRIC.setAside,
    dimensionsMap: { Bucket: letters.bucketName },
    period: FIVE_MINUTES,
    statistic: 'Sum',
  })

function topic(scope: Construct, email: string): Topic {
  const made = new Topic(scope, 'AlarmTopic', { enforceSSL: true })
  made.addSubscription(new EmailSubscription(email))
  return made
}

export interface BudgetProps {
  /** Of the whole account: a part of it can only be told apart by tags that were switched on for billing. */
  monthlyUsd: number
  email: string
}

/** Tells at 80 % spent and at 100 % expected. The first two budgets of an account are free. */
export function budget(scope: Construct, { monthlyUsd, email }: BudgetProps): void {
  const notice = (notificationType: string, threshold: number) => ({
    notification: { notificationType, threshold, comparisonOperator: 'GREATER_THAN' },
    subscribers: [{ subscriptionType: 'EMAIL', address: email }],
  })
  new CfnBudget(scope, 'Budget', {
    budget: {
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: monthlyUsd, unit: 'USD' },
    },
    notificationsWithSubscribers: [notice('ACTUAL', 80), notice('FORECASTED', 100)],
  })
}
