// List prices that the dashboard, `npm run cost` and docs/deploy.md count with, in one table.

/** When these were read, and for which region: AWS's pricing pages, without any free tier. */
export const PRICES_OF = { date: 'November 2026', region: 'us-east-1' } as const

/** Dollars per million of each. */
export const USD_PER_MILLION = {
  /** DynamoDB on demand: a write of 1 KB, a strongly consistent read of 4 KB. */
  writeUnit: 0.625,
  readUnit: 0.125,
  lambdaRequest: 0.2,
  /** Lambda on arm64. */
  gbSecond: 13.3334,
  sqsRequest: 0.4,
  httpApiRequest: 1,
  cloudFrontRequest: 1,
  busEvent: 1,
  schedule: 1,
  socketMessage: 1,
  s3Put: 5,
  s3Get: 0.4,
} as const

/** Dollars per gigabyte that is taken in. */
export const USD_PER_GB = { logs: 0.5 } as const

/** Dollars per month of what is there whether it is used or not. */
export const USD_PER_MONTH = {
  kmsKey: 1,
  alarm: 0.1,
  secret: 0.4,
  /** From an account's fourth on: a stack that nobody uses is counted without. */
  dashboard: 3,
  gbStored: 0.25,
  /** Continuous backups of a table. */
  gbBackedUp: 0.2,
} as const

/** Requests of Lambda's pollers to an empty queue in a month, as AWS documents its long polling: five pollers, 20 seconds each. */
const IDLE_POLLS_PER_MONTH = 5 * 3 * 60 * 24 * 30

/** What a stack costs that nobody uses, item by item, from the number of its resources. */
export function idleCost(countOf: (type: string) => number): [item: string, usd: number][] {
  const { kmsKey, alarm, secret } = USD_PER_MONTH
  const alarms = countOf('AWS::CloudWatch::Alarm')
  const queues = countOf('AWS::SQS::Queue') - 1 // nobody polls the dead letters
  const polls = (queues * IDLE_POLLS_PER_MONTH * USD_PER_MILLION.sqsRequest) / 1e6
  return [
    ['KMS key', countOf('AWS::KMS::Key') * kmsKey],
    [`${alarms} alarms`, alarms * alarm],
    ["the admin key's secret", countOf('AWS::SecretsManager::Secret') * secret],
    [`${queues} queues, polled by Lambda while they are empty`, polls],
    ['tables, streams, buckets, functions, APIs, bus, distribution, log groups', 0],
  ]
}
