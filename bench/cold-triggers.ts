// npx tsx bench/cold-triggers.ts [COUNT]   A workspace of 100,000 automations: how long a cold evaluator takes to be ready, from the
// items and from the snapshot, and what one change costs a warm one, in read units as the embedded database counts them.
import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Automation, OwnedAutomation } from '../lib/core/automation.ts'
import { uuidv7 } from '../lib/core/ids.ts'
import type { Log } from '../lib/core/ports.ts'
import { DEFAULT_WORKSPACE } from '../lib/core/workspace.ts'
import { fileBlobs } from '../lib/local/blobs.ts'
import { openDataDir } from '../lib/local/data-dir.ts'
import { localClient } from '../lib/local/database.ts'
import { startEmulator } from '../lib/local/emulator.ts'
import { registries } from '../lib/steps/registry.ts'
import { automationStore } from '../lib/store/automations.ts'
import { dynamoTable } from '../lib/store/client.ts'
import { keys, objectItem } from '../lib/store/table.ts'
import { ensureTables } from '../lib/store/tables.ts'

const COUNT = Number(process.argv[2] ?? 100_000)
const W = DEFAULT_WORKSPACE
const silent: Log = { info() {}, warn() {}, error() {} }

const automationOf = (n: number): Automation => ({
  id: uuidv7(Date.now() * 1000, randomBytes(10)),
  created: '2026-11-21T09:00:00.000000Z',
  updated: '2026-11-21T09:00:00.000000Z',
  name: `automation ${n}`,
  description: '',
  enabled: true,
  tags: [],
  trigger: {
    type: 'event',
    id: uuidv7(Date.now() * 1000, randomBytes(10)),
    match: { 'prefect.resource.id': n % 2 ? `shop.${n}` : `shop.${n}.*`, tier: 'gold' },
    match_related: {},
    after: [],
    expect: [n % 3 ? `order.${n % 1000}.paid` : `order.${n % 1000}.*`],
    for_each: [],
    posture: 'Reactive',
    threshold: 1,
    within: 0,
  },
  actions: [{ type: 'do-nothing' }],
  actions_on_trigger: [],
  actions_on_resolve: [],
})

const dataDir = openDataDir(null)
const emulator = await startEmulator(dataDir, silent)
const client = new DynamoDBClient(localClient(emulator.endpoint))
let units = 0
let requests = 0
client.middlewareStack.add(
  (next) => async (args) => {
    Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' })
    const result = await next(args)
    const { ConsumedCapacity: used } = result.output as { ConsumedCapacity?: unknown }
    for (const one of [used ?? []].flat())
      units += (one as { CapacityUnits?: number }).CapacityUnits ?? 0
    requests += 1
    return result
  },
  { step: 'initialize' },
)

async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  units = 0
  requests = 0
  const began = performance.now()
  const answer = await work()
  const ms = Math.round(performance.now() - began)
  console.log(
    `${what.padEnd(44)} ${String(ms).padStart(7)} ms ${String(requests).padStart(7)} requests ${units.toFixed(1).padStart(9)} units`,
  )
  return answer
}

try {
  await ensureTables(client, { events: 'events', objects: 'objects' })
  const table = dynamoTable(client, 'objects', true)
  const automations = automationStore(table)
  const blobs = fileBlobs(dataDir.file('blobs'))
  const all: OwnedAutomation[] = Array.from({ length: COUNT }, (_, n) => ({
    automation: automationOf(n),
    owner: null,
  }))
  await measured(`${COUNT} automations written`, async () => {
    for (let from = 0; from < COUNT; from += 100) {
      const part = all.slice(from, from + 100)
      await table.transact(
        part.map((owned) => ({
          put: objectItem('automation', keys.automation(W, owned.automation.id), owned, 1),
        })),
      )
    }
    await table.put(objectItem('automation-head', keys.automationHead(W), { change: COUNT }, COUNT))
  })
  await measured('cold, from the items; writes a snapshot', () =>
    registries({ automations, blobs })(W),
  )
  const warm = registries({ automations, blobs })
  await measured('cold, from the snapshot', () => warm(W))
  await measured('warm, nothing changed', () => warm(W))
  await automations.create(W, { automation: automationOf(COUNT), owner: null })
  await measured('warm, one automation changed', () => warm(W))
  await measured('cold, from the snapshot and one change', () =>
    registries({ automations, blobs })(W),
  )
} finally {
  client.destroy()
  await emulator.stop()
  dataDir.release()
}
