// The two tables' definitions, for a database we set up ourselves: the local emulator, or a test's. On AWS the same ones
// are created by infra/storage.ts from the same names.
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  ResourceNotFoundException,
  type StreamViewType,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { ATTRIBUTE, INDEX } from '../names.ts'

/** What the two tables are called in one database. */
export interface TableNames {
  events: string
  objects: string
}

/** Milliseconds between looks at a table that is not active yet; AWS takes seconds, the emulator none. */
const ACTIVE_POLL_MS = 50

/**
 * Creates the tables that are missing, switches expiry on, and answers the ARN of each one's stream. Tables that are there
 * stay as they are; throws when one of them has no stream, for then nothing would ever be evaluated.
 */
export async function ensureTables(client: DynamoDBClient, names: TableNames): Promise<TableNames> {
  const [events, objects] = await Promise.all([
    ensureTable(client, eventsTable(names.events)),
    ensureTable(client, objectsTable(names.objects)),
  ])
  return { events, objects }
}

/** Append-only and read by id alone, so it has neither sort key nor index. */
function eventsTable(name: string): CreateTableCommandInput {
  return {
    ...tableOf(name, 'NEW_IMAGE'),
    KeySchema: [hash(ATTRIBUTE.partition)],
    AttributeDefinitions: [text(ATTRIBUTE.partition)],
  }
}

/** Indexes hold keys only: who lists reads the items themselves, strongly. */
function objectsTable(name: string): CreateTableCommandInput {
  const indexes = Object.values(INDEX)
  const attributes: string[] = [
    ATTRIBUTE.partition,
    ATTRIBUTE.sort,
    ...indexes.flatMap((index) => [index.partition, index.sort]),
  ]
  return {
    ...tableOf(name, 'NEW_AND_OLD_IMAGES'),
    KeySchema: [hash(ATTRIBUTE.partition), range(ATTRIBUTE.sort)],
    AttributeDefinitions: attributes.map(text),
    GlobalSecondaryIndexes: indexes.map((index) => ({
      IndexName: index.name,
      KeySchema: [hash(index.partition), range(index.sort)],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    })),
  }
}

const tableOf = (TableName: string, StreamViewType: StreamViewType) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST' as const,
  StreamSpecification: { StreamEnabled: true, StreamViewType },
})
const hash = (AttributeName: string): KeySchemaElement => ({ AttributeName, KeyType: 'HASH' })
const range = (AttributeName: string): KeySchemaElement => ({ AttributeName, KeyType: 'RANGE' })
const text = (AttributeName: string): AttributeDefinition => ({ AttributeName, AttributeType: 'S' })

async function ensureTable(
  client: DynamoDBClient,
  definition: CreateTableCommandInput,
): Promise<string> {
  const name = definition.TableName ?? ''
  if (!(await describe(client, name))) await create(client, definition)
  const table = await untilActive(client, name)
  if (!table.LatestStreamArn) throw new Error(`table ${name} has no stream; enable one on it`)
  await ensureExpiry(client, name)
  return table.LatestStreamArn
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | null> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table ?? null
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return null
    throw error
  }
}

async function create(client: DynamoDBClient, definition: CreateTableCommandInput): Promise<void> {
  try {
    await client.send(new CreateTableCommand(definition))
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error // another process creates it too
  }
}

async function untilActive(client: DynamoDBClient, name: string): Promise<TableDescription> {
  for (;;) {
    const table = await describe(client, name)
    if (table?.TableStatus === 'ACTIVE') return table
    await new Promise((resolve) => setTimeout(resolve, ACTIVE_POLL_MS))
  }
}

async function ensureExpiry(client: DynamoDBClient, name: string): Promise<void> {
  const answer = await client.send(new DescribeTimeToLiveCommand({ TableName: name }))
  const status = answer.TimeToLiveDescription?.TimeToLiveStatus
  if (status === 'ENABLED' || status === 'ENABLING') return
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { AttributeName: ATTRIBUTE.expires, Enabled: true },
    }),
  )
}
