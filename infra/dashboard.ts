// One dashboard with two questions: is it healthy, and what does it cost.
import { Duration } from 'aws-cdk-lib'
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { METRIC } from '../lib/names.ts'
import { iteratorAge, setAside } from './alarms.ts'
import type { Doors } from './doors.ts'
import { FUNCTIONS, type FunctionName, type Functions } from './functions.ts'
import { USD_PER_MILLION } from './prices.ts'
import type { Storage } from './storage.ts'
import type { Wakes } from './wakes.ts'

export interface DashboardProps {
  alarms: Alarm[]
  functions: Functions
  storage: Storage
  wakes: Wakes
  doors: Doors
}

const FIVE_MINUTES = Duration.minutes(5)
const sum = { period: FIVE_MINUTES, statistic: 'Sum' }

export function dashboard(scope: Construct, props: DashboardProps): void {
  const { functions, storage, wakes, doors } = props
  const { receive, evaluate, publish, act, announce, wake } = functions
  const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
    new GraphWidget({ title, width: 8, height: 6, left, right })

  new Dashboard(scope, 'Dashboard', {
    defaultInterval: Duration.hours(3),
    widgets: [
      [new AlarmStatusWidget({ title: 'Promises', width: 24, height: 3, alarms: props.alarms })],
      [
        graph('Ingest', [
          receive.metricInvocations({ ...sum, label: 'calls of webhooks' }),
          receive.metricErrors({ ...sum, label: 'failed' }),
          receive.metricThrottles({ ...sum, label: 'turned away' }),
        ]),
        graph('Ingest, milliseconds', [
          receive.metricDuration({ period: FIVE_MINUTES, statistic: 'p50' }),
          receive.metricDuration({ period: FIVE_MINUTES, statistic: 'p99' }),
        ]),
        graph('API', [doors.rest.metricCount(sum)], [doors.rest.metricServerError(sum)]),
      ],
      [
        graph('Age of the record in hand, milliseconds', [
          iteratorAge(evaluate),
          iteratorAge(publish),
          iteratorAge(act),
          iteratorAge(announce),
        ]),
        graph('Events, firings, changes', [
          records(evaluate, 'events evaluated'),
          records(act, 'firings acted on'),
          records(announce, 'changes announced'),
        ]),
        graph(
          'Delays',
          [wake.metricInvocations(sum), wake.metricErrors(sum)],
          [wakes.queue.metricApproximateNumberOfMessagesDelayed({ period: FIVE_MINUTES })],
        ),
      ],
      [
        graph('Dead letters', [
          wakes.letters.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
          setAside(storage),
        ]),
        graph('Write units', [writes(storage, 'events'), writes(storage, 'objects')]),
        new SingleValueWidget({
          title: 'Dollars per million calls of webhooks, computing and writing',
          width: 8,
          height: 6,
          metrics: [costPerMillion(functions, storage)],
        }),
      ],
    ],
  })
}

/** Records that a stream's reader has done, written by aws/set-aside.ts. */
const records = (reader: LambdaFunction, label: string): Metric =>
  new Metric({
    namespace: METRIC.namespace,
    metricName: METRIC.records,
    dimensionsMap: { FunctionName: reader.functionName },
    label,
    ...sum,
  })

const writes = (storage: Storage, table: 'events' | 'objects'): Metric =>
  storage[table].metricConsumedWriteCapacityUnits({ ...sum, label: `${table} table` }) as Metric

/** What the road cost in millionths of dollars, divided by the calls that went down it; other traffic of the API and by its own events is in it. */
function costPerMillion(functions: Functions, storage: Storage): MathExpression {
  const road: FunctionName[] = ['receive', 'evaluate', 'publish', 'act', 'announce']
  const usingMetrics: Record<string, IMetric> = {
    we: writes(storage, 'events'),
    wo: writes(storage, 'objects'),
  }
  const { lambdaRequest: request, gbSecond, writeUnit } = USD_PER_MILLION
  const parts = road.map((name, i) => {
    usingMetrics[`n${i}`] = functions[name].metricInvocations(sum)
    usingMetrics[`d${i}`] = functions[name].metricDuration(sum)
    const gb = FUNCTIONS[name].memoryMb / 1024
    return `n${i} * ${request} + d${i} / 1000 * ${gb} * ${gbSecond}`
  })
  const dollars = [...parts, `(we + wo) * ${writeUnit}`].join(' + ')
  return new MathExpression({
    expression: `(${dollars}) / n0`,
    usingMetrics,
    period: FIVE_MINUTES,
    label: '$ per million',
  })
}
