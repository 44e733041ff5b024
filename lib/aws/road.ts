// Services on AWS behind the first write. Apart from services.ts so that the ingest bundle has none of it.

import type { Bus, EventBuses, Lambdas, Mail } from '../core/ports.ts'
import { QUOTAS_DEFAULT } from '../core/quota.ts'
import { NO_VITALS } from '../core/vitals.ts'
import { connectionStore } from '../store/connections.ts'
import { roadStores } from '../store/stores.ts'
import type { StreamHandler } from '../store/stream.ts'
import type { IngestSettings, RoadSettings, Settings, SettingsOf } from './environment.ts'
import { lambdaLog } from './log.ts'
import { ingestServices, once, storePartsOf, systemClock, tablesOf } from './services.ts'
import { settingAside } from './set-aside.ts'
import { type Arm, wakesBy } from './wakes.ts'

/** What everything behind the first write works with. Only `publish` has the bus. */
export function roadServices(settings: RoadSettings) {
  const tables = tablesOf(settings)
  const ingest = ingestServices(settings, tables)
  return {
    ...ingest,
    ...roadStores(storePartsOf(settings, tables, ingest.blobs)),
    scheduler: wakesBy(armOf(settings), {
      table: tables.objects,
      clock: systemClock,
      precision: 'second',
    }),
  }
}

/** What takes frames of sockets: their connections beside what takes events in. */
export function acceptServices(settings: IngestSettings) {
  const tables = tablesOf(settings)
  return {
    ...ingestServices(settings, tables),
    connections: connectionStore(tables.objects, systemClock),
  }
}

/** What keeps sockets: their connections, and the feed that a subscription begins with. */
export function socketServices(settings: IngestSettings) {
  const tables = tablesOf(settings)
  const ingest = ingestServices(settings, tables)
  return { ...ingest, ...roadStores(storePartsOf(settings, tables, ingest.blobs)) }
}

/** What the API works with. */
export const apiServices = (settings: SettingsOf<'api'>) => ({
  ...roadServices(settings),
  quotas: {
    automations: settings.automationsMax ?? QUOTAS_DEFAULT.automations,
    webhooks: settings.webhooksMax ?? QUOTAS_DEFAULT.webhooks,
  },
  vitals: { ...NO_VITALS, dashboardUrl: dashboardsOf(process.env.AWS_REGION) },
})

/** CloudWatch's dashboards of a region, the stack's among them; it watches what a function cannot know of the others. */
const dashboardsOf = (region = 'us-east-1'): string =>
  `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards:`

/** Arms wakes: SQS up to 15 minutes ahead, EventBridge Scheduler beyond. */
export function armOf(settings: RoadSettings): Arm {
  const loaded = once(async () => {
    const [{ delayedWakes }, { SQSClient }, { SchedulerClient }] = await Promise.all([
      import('./delays.ts'),
      import('@aws-sdk/client-sqs'),
      import('@aws-sdk/client-scheduler'),
    ])
    return delayedWakes({
      sqs: new SQSClient(),
      queueUrl: settings.wakeQueueUrl,
      schedules: {
        client: new SchedulerClient(),
        group: settings.wakeGroup,
        target: {
          arn: settings.wakeQueueArn,
          roleArn: settings.wakeRoleArn,
          deadLetterArn: settings.lettersQueueArn,
        },
      },
      clock: systemClock,
    })
  })
  return async (key, at) => (await loaded())(key, at)
}

/** The event bus; without prefixes nothing goes out, and no client is loaded. */
export function lazyBus({ bus, publishPrefixes }: Pick<Settings, 'bus' | 'publishPrefixes'>): Bus {
  const loaded = once(async () => {
    const [{ eventBus }, { EventBridgeClient }] = await Promise.all([
      import('./bus.ts'),
      import('@aws-sdk/client-eventbridge'),
    ])
    const client = new EventBridgeClient()
    return eventBus({ client, bus, prefixes: publishPrefixes, log: lambdaLog })
  })
  return {
    async publish(workspace, events) {
      if (publishPrefixes.length > 0) await (await loaded()).publish(workspace, events)
    },
  }
}

/** What deliveries go by, beside requests, and where their links lead: only `wake` has it. */
export function lazyCarriers({ bus, publicUrl }: Pick<Settings, 'bus' | 'publicUrl'>): {
  mail: Mail
  eventBuses: EventBuses
  lambdas: Lambdas
  publicUrl: () => string
} {
  const mail = once(async () => (await import('./mail.ts')).smtpMail())
  const buses = once(async () => {
    const [{ eventBuses }, { EventBridgeClient }] = await Promise.all([
      import('./event-buses.ts'),
      import('@aws-sdk/client-eventbridge'),
    ])
    return eventBuses({ client: new EventBridgeClient(), bus })
  })
  const functions = once(async () => {
    const { lambdas } = await import('./lambdas.ts')
    return lambdas()
  })
  return {
    publicUrl: () => publicUrl,
    mail: { send: async (message) => (await mail()).send(message) },
    eventBuses: { put: async (entry) => (await buses()).put(entry) },
    lambdas: { invoke: async (...message) => (await functions()).invoke(...message) },
  }
}

/** A stream's handler as deployed: its records counted, its poison records set aside. */
export const streamFunction = (
  handler: StreamHandler,
  { lettersBucket }: Pick<Settings, 'lettersBucket'>,
): StreamHandler =>
  settingAside(handler, {
    bucket: lettersBucket,
    log: lambdaLog,
    async keep(name, letter) {
      const [{ keepIn }, { S3Client }] = await Promise.all([
        import('./dead-letters.ts'),
        import('@aws-sdk/client-s3'),
      ])
      await keepIn(new S3Client(), lettersBucket)(name, letter)
    },
  })
