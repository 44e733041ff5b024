// The database behind a local process: the embedded emulator, or any endpoint that was named instead, AWS itself included.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import type { Log } from '../core/ports.ts'
import { dynamoTable, type Table } from '../store/client.ts'
import { ensureTables, type TableNames } from '../store/tables.ts'
import type { DataDir } from './data-dir.ts'
import { startEmulator } from './emulator.ts'
import { groupCommit } from './group-commit.ts'
import { isLoopback } from './guard.ts'

export interface DatabaseOptions {
  dataDir: DataDir
  log: Log
  /** A DynamoDB endpoint (DYNAMODB_ENDPOINT): then no emulator is started. */
  endpoint?: string | undefined
  /** The emulator's binary (DYNOXIDE_BIN). @default the one of the platform's package */
  binary?: string | undefined
  /** @default tripline-events, tripline-objects */
  names?: TableNames | undefined
}

export interface LocalDatabase {
  streams: DynamoDBStreamsClient
  streamArns: TableNames
  events: Table
  objects: Table
  /** Resolves, with its last words, when the embedded emulator ends without having been stopped. */
  died: Promise<string>
  stop(): Promise<void>
}

const NAMES: TableNames = { events: 'tripline-events', objects: 'tripline-objects' }

/** What the SDK needs to know of a service on this machine, which checks no credentials. */
export const localClient = (endpoint: string) => ({
  endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})

/** Opens the database and makes sure of its tables. Credentials and region for an endpoint elsewhere are the SDK's to find. */
export async function openDatabase(options: DatabaseOptions): Promise<LocalDatabase> {
  const { dataDir, log, endpoint, binary, names = NAMES } = options
  const emulator = endpoint === undefined ? await startEmulator(dataDir, log, binary) : null
  const url = emulator?.endpoint ?? endpoint ?? ''
  const config = isLoopback(new URL(url).host) ? localClient(url) : { endpoint: url }
  const client = new DynamoDBClient(config)
  const streams = new DynamoDBStreamsClient(config)

  async function stop(): Promise<void> {
    client.destroy()
    streams.destroy()
    await emulator?.stop()
  }

  /** Transactions cost double on AWS, so writes are grouped only where they cost a process's time. */
  const open = (name: string, sorted: boolean) => {
    const table = dynamoTable(client, name, sorted)
    return emulator ? groupCommit(table) : table
  }

  try {
    return {
      streams,
      streamArns: await ensureTables(client, names),
      events: open(names.events, false),
      objects: open(names.objects, true),
      died: emulator?.died ?? new Promise(() => {}),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
