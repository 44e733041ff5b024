// A real database for tests: the embedded emulator in a directory of its own, with both tables. Stop it in afterAll.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import type { Log } from '../../lib/core/ports.ts'
import { openDataDir } from '../../lib/local/data-dir.ts'
import { startEmulator } from '../../lib/local/emulator.ts'
import { dynamoTable } from '../../lib/store/client.ts'
import { ensureTables } from '../../lib/store/tables.ts'

export const silent: Log = { info() {}, warn() {}, error() {} }
export const NAMES = { events: 'events', objects: 'objects' }

export const clientTo = (endpoint: string) => ({
  endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})

export async function startDatabase() {
  const dataDir = openDataDir(null)
  const emulator = await startEmulator(dataDir, silent)
  const client = new DynamoDBClient(clientTo(emulator.endpoint))
  const streams = new DynamoDBStreamsClient(clientTo(emulator.endpoint))
  return {
    dataDir,
    emulator,
    client,
    streams,
    streamArns: await ensureTables(client, NAMES),
    events: dynamoTable(client, NAMES.events, false),
    objects: dynamoTable(client, NAMES.objects, true),
    async stop() {
      client.destroy()
      streams.destroy()
      await emulator.stop()
      dataDir.release()
    },
  }
}

export type Database = Awaited<ReturnType<typeof startDatabase>>
