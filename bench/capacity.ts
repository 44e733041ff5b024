// npx tsx bench/capacity.ts   Units of write capacity per event, as the embedded database counts them, on the road that every
// event takes: stored, then published to the feed. The target is three units for an event whose item has at most 1,024 bytes.
import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Event } from '../lib/core/event.ts'
import { uuidv7 } from '../lib/core/ids.ts'
import type { Blobs, Log } from '../lib/core/ports.ts'
import { formatInstant } from '../lib/core/time.ts'
import { DEFAULT_WORKSPACE } from '../lib/core/workspace.ts'
import { openDataDir } from '../lib/local/data-dir.ts'
import { localClient } from '../lib/local/database.ts'
import { startEmulator } from '../lib/local/emulator.ts'
import { publish } from '../lib/steps/publish.ts'
import { dynamoTable } from '../lib/store/client.ts'
import { eventStore } from '../lib/store/events.ts'
import { feedStore } from '../lib/store/feed.ts'
import { ensureTables } from '../lib/store/tables.ts'

const RETENTION_SECONDS = 7 * 86_400
const NAMES = { events: 'events', objects: 'objects' }
const silent: Log = { info() {}, warn() {}, error() {} }
const noBlobs: Blobs = {
  put: () => Promise.reject(new Error('no event of this bench is that large')),
  get: () => Promise.reject(new Error('nothing was put')),
  find: async () => null,
}

const clock = { now: () => Date.now() * 1000 }
const eventOf = (payloadCharacters: number): Event => ({
  occurred: formatInstant(clock.now()),
  event: 'bread.baked',
  resource: { 'prefect.resource.id': 'oven.1', 'prefect.resource.name': 'bench', tier: 'gold' },
  related: [{ 'prefect.resource.id': 'baker.1', 'prefect.resource.role': 'owner' }],
  payload: { n: 1, text: randomBytes(payloadCharacters / 2).toString('hex') },
  id: uuidv7(clock.now(), randomBytes(10)),
  follows: null,
  received: formatInstant(clock.now()),
})

const dataDir = openDataDir(null)
const emulator = await startEmulator(dataDir, silent)
const client = new DynamoDBClient(localClient(emulator.endpoint))
let units = 0
client.middlewareStack.add(
  (next) => async (args) => {
    Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' })
    const result = await next(args)
    const { ConsumedCapacity: used } = result.output as { ConsumedCapacity?: unknown }
    for (const one of [used ?? []].flat()) {
      const capacity = one as { WriteCapacityUnits?: number; CapacityUnits?: number }
      units += capacity.WriteCapacityUnits ?? capacity.CapacityUnits ?? 0
    }
    return result
  },
  { step: 'initialize' },
)

try {
  await ensureTables(client, NAMES)
  const events = eventStore(
    dynamoTable(client, NAMES.events, false),
    noBlobs,
    clock,
    RETENTION_SECONDS,
  )
  const objects = dynamoTable(client, NAMES.objects, true)
  const feed = feedStore(objects, noBlobs, clock, RETENTION_SECONDS)
  const step = publish({ feed, bus: { publish: async () => {} } })
  const stored = (all: Event[]) => all.map((event) => ({ workspace: DEFAULT_WORKSPACE, event }))
  await step(stored([eventOf(100)])) // so that the feed's place is known

  console.log('events per request × per published batch, payload    store   feed   units per event')
  for (const [perRequest, perBatch, payload] of [
    [1, 1, 100],
    [1, 10, 100],
    [1, 100, 100],
    [1, 100, 400],
    [100, 100, 100],
    [100, 100, 1_200],
  ] as const) {
    const all = Array.from({ length: 100 }, () => eventOf(payload))
    units = 0
    for (let i = 0; i < all.length; i += perRequest) {
      await events.put(DEFAULT_WORKSPACE, all.slice(i, i + perRequest))
    }
    const store = units / all.length
    units = 0
    for (let i = 0; i < all.length; i += perBatch) await step(stored(all.slice(i, i + perBatch)))
    const published = units / all.length
    const row = [store, published, store + published].map((n) => n.toFixed(2).padStart(8))
    console.log(`${`${perRequest} × ${perBatch}, ${payload} characters`.padEnd(50)}${row.join('')}`)
  }
} finally {
  client.destroy()
  await emulator.stop()
  dataDir.release()
}
