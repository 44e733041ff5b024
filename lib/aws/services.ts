// What every function has on AWS, built once per cold start; road.ts has the rest. The database's client is always needed and loaded
// at once; the others are loaded when first called, so that a function starts as fast as the calls it makes allow.
import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { uuidv7 } from '../core/ids.ts'
import type { Blobs, Clock, Ids, Outbound, Secrets } from '../core/ports.ts'
import { MICROS_PER_MS } from '../core/time.ts'
import { dynamoTable } from '../store/client.ts'
import { ingestStores, type StoreParts } from '../store/stores.ts'
import type { IngestSettings, Settings } from './environment.ts'
import { lambdaLog } from './log.ts'

const SECONDS_PER_DAY = 86_400
/** A sender gives up after ten seconds (GitHub): better to try again than to wait for a connection that hangs. */
const DATABASE_TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 3_000 }
/** Bytes of chance in a UUIDv7, in a slug, and in an API key. */
const ID_BYTES = 10
const SLUG_BYTES = 16
const SECRET_BYTES = 24

export const systemClock: Clock = { now: () => Date.now() * MICROS_PER_MS }

/** What takes events in: the ingest bundle has this and nothing more. */
export function ingestServices(settings: IngestSettings, tables = tablesOf(settings)) {
  const blobs = lazyBlobs(settings)
  return {
    clock: systemClock,
    stopwatch: () => performance.now(),
    ids,
    log: lambdaLog,
    blobs,
    ...ingestStores(storePartsOf(settings, tables, blobs)),
    secrets: lazySecrets(settings),
    outbound: lazyOutbound(),
  }
}

/** What the stores of both kinds stand on here. */
export const storePartsOf = (
  { retentionDays }: IngestSettings,
  tables: ReturnType<typeof tablesOf>,
  blobs: Blobs,
): StoreParts => ({
  ...tables,
  blobs,
  clock: systemClock,
  retentionSeconds: retentionDays * SECONDS_PER_DAY,
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
    find: async (name) => (await loaded()).find(name),
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
  secret: () => randomBytes(SECRET_BYTES).toString('base64url'),
}

/** One client for both, so that they share its connections. */
export function tablesOf({ eventsTable, objectsTable }: IngestSettings) {
  const client = new DynamoDBClient({ requestHandler: DATABASE_TIMEOUTS })
  return {
    events: dynamoTable(client, eventsTable, false),
    objects: dynamoTable(client, objectsTable, true),
  }
}

/** The events table alone. */
export const eventsTableOf = ({ eventsTable }: Pick<Settings, 'eventsTable'>) =>
  dynamoTable(new DynamoDBClient({ requestHandler: DATABASE_TIMEOUTS }), eventsTable, false)

/** Does something once, however often and at whatever moment it is asked; a failure is tried again by the next who asks. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make().catch((error) => {
      made = null
      throw error
    })
    return made
  }
}
