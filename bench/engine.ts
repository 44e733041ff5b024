// npx tsx bench/engine.ts [events=10000]   Events per second through `evaluate` on the embedded store, in batches as the stream gives
// them: with no, one and three triggers matching, and all of them into one bucket that fires at a thousand.
import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Automation } from '../lib/core/automation.ts'
import type { Event } from '../lib/core/event.ts'
import { uuidv7 } from '../lib/core/ids.ts'
import type { Log, Scheduler } from '../lib/core/ports.ts'
import { formatInstant } from '../lib/core/time.ts'
import { DEFAULT_WORKSPACE } from '../lib/core/workspace.ts'
import { fileBlobs } from '../lib/local/blobs.ts'
import { openDataDir } from '../lib/local/data-dir.ts'
import { localClient } from '../lib/local/database.ts'
import { startEmulator } from '../lib/local/emulator.ts'
import { evaluate } from '../lib/steps/evaluate.ts'
import { feedReader } from '../lib/steps/feed.ts'
import { dynamoTable } from '../lib/store/client.ts'
import { ingestStores, roadStores } from '../lib/store/stores.ts'
import { ensureTables } from '../lib/store/tables.ts'

const COUNT = Number(process.argv[2]?.replace('events=', '') ?? 10_000)
/** Events of one batch: what the local pump gives, and what infra asks for. */
const BATCH = 100
const THRESHOLD = 1_000
const silent: Log = { info() {}, warn() {}, error() {} }
const clock = { now: () => Date.now() * 1_000 }
const nobody: Scheduler = { wakeAt: async () => {}, takeWake: async () => {} }
const newId = () => uuidv7(clock.now(), randomBytes(10))

const automationOf = (expect: string, threshold = 1): Automation => ({
  id: newId(),
  created: '2026-01-01T00:00:00.000000Z',
  updated: '2026-01-01T00:00:00.000000Z',
  name: expect,
  description: '',
  enabled: true,
  tags: [],
  trigger: {
    type: 'event',
    id: newId(),
    match: {},
    match_related: {},
    after: [],
    expect: [expect],
    for_each: [],
    posture: 'Reactive',
    threshold,
    within: threshold > 1 ? 3_600 : 0,
  },
  actions: [{ type: 'do-nothing' }],
  actions_on_trigger: [],
  actions_on_resolve: [],
})

const eventsOf = (event: string): Event[] =>
  Array.from({ length: COUNT }, (_, n) => {
    const at = formatInstant(clock.now() + n)
    return {
      id: newId(),
      occurred: at,
      received: at,
      event,
      resource: { 'prefect.resource.id': `oven.${n % 100}`, tier: 'gold' },
      related: [],
      payload: { n },
      follows: null,
    }
  })

const dataDir = openDataDir(null)
const emulator = await startEmulator(dataDir, silent)
const client = new DynamoDBClient(localClient(emulator.endpoint))
try {
  await ensureTables(client, { events: 'events', objects: 'objects' })
  const parts = {
    events: dynamoTable(client, 'events', false),
    objects: dynamoTable(client, 'objects', true),
    blobs: fileBlobs(dataDir.file('blobs')),
    clock,
    retentionSeconds: 86_400,
  }
  const stores = { ...ingestStores(parts), ...roadStores(parts) }
  const services = { ...stores, blobs: parts.blobs, clock, scheduler: nobody, log: silent }
  const step = evaluate(services, feedReader(services))
  for (const matching of [1, 3]) {
    for (let n = 0; n < matching; n += 1) {
      const automation = automationOf(`matched.by.${matching}`)
      await stores.automations.create(DEFAULT_WORKSPACE, { automation, owner: null })
    }
  }
  const automation = automationOf('counted', THRESHOLD)
  await stores.automations.create(DEFAULT_WORKSPACE, { automation, owner: null })

  for (const name of ['matched.by.none', 'matched.by.1', 'matched.by.3', 'counted']) {
    const events = eventsOf(name)
    const began = performance.now()
    for (let from = 0; from < events.length; from += BATCH) {
      const batch = events.slice(from, from + BATCH)
      await step(
        batch.map((event) => ({ workspace: DEFAULT_WORKSPACE, event })),
        [],
      )
    }
    const seconds = (performance.now() - began) / 1_000
    console.log(`${name.padEnd(20)} ${Math.round(COUNT / seconds).toLocaleString('en')} events/s`)
  }
} finally {
  client.destroy()
  await emulator.stop()
  dataDir.release()
}
