// Services on AWS, built once per cold start. The database's client is always needed and loaded at once; the others are loaded
// when first called, so that a function starts as fast as the calls it makes allow.
import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { uuidv7 } from '../core/ids.ts'
import type { Blobs, Bus, Clock, Ids, Outbound, Secrets } from '../core/ports.ts'
import { MICROS_PER_MS } from '../core/time.ts'
import { automationStore } from '../store/automations.ts'
import { blockStore } from '../store/blocks.ts'
import { dynamoTable } from '../store/client.ts'
import { deliveryStore } from '../store/deliveries.ts'
import { deploymentStore } from '../store/deployments.ts'
import { eventStore } from '../store/events.ts'
import { feedStore } from '../store/feed.ts'
import { flowStore } from '../store/flows.ts'
import { logStore } from '../store/logs.ts'
import { runStore } from '../store/runs.ts'
import type { StreamHandler } from '../store/stream.ts'
import { triggerStore } from '../store/triggers.ts'
import { variableStore } from '../store/variables.ts'
import { webhookDeliveryStore } from '../store/webhook-deliveries.ts'
import { webhookStore } from '../store/webhooks.ts'
import { workPoolStore } from '../store/work-pools.ts'
import type { IngestSettings, RoadSettings, Settings } from './environment.ts'
import { lambdaLog } from './log.ts'
import { settingAside } from './set-aside.ts'
import { type Arm, wakesBy } from './wakes.ts'

const SECONDS_PER_DAY = 86_400
/** A sender gives up after ten seconds (GitHub): better to try again than to wait for a connection that hangs. */
const DATABASE_TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 3_000 }
/** Bytes of chance in a UUIDv7, and in a slug. */
const ID_BYTES = 10
const SLUG_BYTES = 16

export const systemClock: Clock = { now: () => Date.now() * MICROS_PER_MS }

/** What takes events in: the ingest bundle has this and nothing more. */
export function ingestServices(settings: IngestSettings) {
  const { events, objects } = tablesOf(settings)
  const blobs = lazyBlobs(settings)
  const retentionSeconds = settings.retentionDays * SECONDS_PER_DAY
  return {
    ...basics,
    blobs,
    events: eventStore(events, blobs, basics.clock, retentionSeconds),
    webhooks: webhookStore(objects),
    webhookDeliveries: webhookDeliveryStore(objects, blobs, retentionSeconds),
    secrets: lazySecrets(settings),
    outbound: lazyOutbound(),
  }
}

/** What everything behind the first write works with. Only `publish` has the bus. */
export function roadServices(settings: RoadSettings) {
  const { events, objects } = tablesOf(settings)
  const blobs = lazyBlobs(settings)
  const retentionSeconds = settings.retentionDays * SECONDS_PER_DAY
  const { clock } = basics
  return {
    ...basics,
    blobs,
    events: eventStore(events, blobs, clock, retentionSeconds),
    feed: feedStore(objects, blobs, clock, retentionSeconds),
    webhooks: webhookStore(objects),
    webhookDeliveries: webhookDeliveryStore(objects, blobs, retentionSeconds),
    automations: automationStore(objects),
    triggers: triggerStore(objects, retentionSeconds),
    flows: flowStore(objects),
    deployments: deploymentStore(objects),
    runs: runStore(objects),
    logs: logStore(objects),
    workPools: workPoolStore(objects),
    variables: variableStore(objects),
    blocks: blockStore(objects),
    secrets: lazySecrets(settings),
    deliveries: deliveryStore(objects, retentionSeconds),
    outbound: lazyOutbound(),
    scheduler: wakesBy(armOf(settings), { table: objects, clock, precision: 'second' }),
  }
}

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

function lazyBlobs({ bodiesBucket }: Pick<Settings, 'bodiesBucket'>): Blobs {
  const loaded = once(async () => {
    const [{ s3Blobs }, { S3Client }] = await Promise.all([
      import('./blobs.ts'),
      import('@aws-sdk/client-s3'),
    ])
    return s3Blobs(new S3Client(), bodiesBucket)
  })
  return {
    put: async (name, bytes) => (await loaded()).put(name, bytes),
    get: async (name) => (await loaded()).get(name),
  }
}

function lazySecrets({ secretsKeyArn }: Pick<Settings, 'secretsKeyArn'>): Secrets {
  const loaded = once(async () => {
    const [{ kmsSecrets }, { KMSClient }] = await Promise.all([
      import('./secrets.ts'),
      import('@aws-sdk/client-kms'),
    ])
    return kmsSecrets(new KMSClient(), secretsKeyArn)
  })
  return {
    seal: async (text, context) => (await loaded()).seal(text, context),
    open: async (sealed, context) => (await loaded()).open(sealed, context),
  }
}

function lazyOutbound(): Outbound {
  const loaded = once(async () => (await import('./outbound.ts')).outbound())
  return { send: async (request) => (await loaded()).send(request) }
}

const ids: Ids = {
  next: () => uuidv7(systemClock.now(), randomBytes(ID_BYTES)),
  slug: () => randomBytes(SLUG_BYTES).toString('base64url'),
}

const basics = { clock: systemClock, ids, log: lambdaLog }

function tablesOf({ eventsTable, objectsTable }: IngestSettings) {
  const client = new DynamoDBClient({ requestHandler: DATABASE_TIMEOUTS })
  return {
    events: dynamoTable(client, eventsTable, false),
    objects: dynamoTable(client, objectsTable, true),
  }
}

/** Does something once, however often and at whatever moment it is asked; a failure is tried again by the next who asks. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make().catch((error) => {
      made = null
      throw error
    })
    return made
  }
}
