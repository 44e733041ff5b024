// What a function may do, in IAM's words. A grant is an action on a resource that is named: no role has a wildcard but those listed
// here with their reason.
import { Arn, ArnFormat, Stack } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { INDEX, type IndexName, SECRETS_PURPOSE } from '../lib/names.ts'
import { acknowledgeWildcard } from './acknowledge.ts'
import type { Sockets } from './sockets.ts'
import type { Storage } from './storage.ts'
import type { Wakes } from './wakes.ts'

/** What is done with items of a table. */
export type Action = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'DeleteItem'

/** What a function may do, in the words of what is there; nothing is allowed by default. */
export interface Rights {
  events?: Action[]
  objects?: Action[]
  /** Indexes of the objects table that it may query. */
  indexes?: IndexName[]
  bodies?: ('GetObject' | 'PutObject')[]
  /** May open what is sealed, or seal too. */
  secrets?: ('Decrypt' | 'GenerateDataKey')[]
  /** May arm wakes: for the next fifteen minutes by the queue, for any time by schedules too. */
  wakes?: 'soon' | 'any time'
  /** May hand dead letters to the readers of streams, and remove them. */
  redrives?: boolean
  /** May tell clients of the WebSocket API something, and end their connections. */
  sockets?: boolean
  /** Reads a stream, and may set a poison record aside. */
  stream?: 'events' | 'objects'
}

/** The resources that rights are about. */
export interface Reach {
  storage: Storage
  wakes: Wakes
  sockets: Sockets
}

/** A statement of a policy. */
export const allow = (
  actions: string[],
  resources: string[],
  conditions?: Record<string, object>,
) =>
  new PolicyStatement({
    effect: Effect.ALLOW,
    actions,
    resources,
    ...(conditions && { conditions }),
  })

/** What a function's role gets for its rights. */
export function grantsOf(
  scope: Construct,
  rights: Rights,
  { storage, wakes, sockets }: Reach,
): PolicyStatement[] {
  const { events, objects, bodies, letters, key } = storage
  const grants: PolicyStatement[] = []
  const items = (table: Table, actions: Action[]) =>
    allow(
      actions.map((action) => `dynamodb:${action}`),
      [table.tableArn],
    )

  if (rights.events) grants.push(items(events, rights.events))
  if (rights.objects) grants.push(items(objects, rights.objects))
  if (rights.indexes) {
    const indexes = rights.indexes.map((one) => `${objects.tableArn}/index/${INDEX[one].name}`)
    grants.push(allow(['dynamodb:Query'], indexes))
  }
  if (rights.bodies) {
    const actions = rights.bodies.map((action) => `s3:${action}`)
    grants.push(allow(actions, [bodies.arnForObjects('*')]))
    // Without it, S3 answers that a body which is not there may not be read.
    if (rights.bodies.includes('GetObject'))
      grants.push(allow(['s3:ListBucket'], [bodies.bucketArn]))
  }
  if (rights.stream) {
    const stream = { events, objects }[rights.stream].tableStreamArn ?? ''
    const reads = ['DescribeStream', 'GetRecords', 'GetShardIterator']
    grants.push(
      allow(
        reads.map((action) => `dynamodb:${action}`),
        [stream],
      ),
      allow(['dynamodb:ListStreams'], ['*']),
      allow(['s3:PutObject'], [letters.arnForObjects('*')]),
      allow(['s3:ListBucket'], [letters.bucketArn]),
    )
  }
  if (rights.wakes) grants.push(allow(['sqs:SendMessage'], [wakes.queue.queueArn]))
  if (rights.wakes === 'any time') {
    grants.push(
      allow(['scheduler:CreateSchedule'], [schedulesOf(scope, wakes)]),
      allow(['iam:PassRole'], [wakes.role.roleArn], {
        StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
      }),
    )
  }
  if (rights.sockets) grants.push(allow(['execute-api:ManageConnections'], [sockets.connections]))
  if (rights.secrets) {
    grants.push(
      allow(
        rights.secrets.map((action) => `kms:${action}`),
        [key.keyArn],
        {
          StringEquals: { 'kms:EncryptionContext:purpose': SECRETS_PURPOSE },
        },
      ),
    )
  }
  grants.push(
    allow(KEY_ACTIONS, [key.keyArn], {
      StringEquals: {
        'kms:ViaService': ['dynamodb', 's3', 'secretsmanager'].map(serviceIn(scope)),
      },
    }),
  )
  return grants
}

/** What DynamoDB and S3 do with the key in the name of the caller. */
const KEY_ACTIONS = ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey'].map((a) => `kms:${a}`)

const serviceIn = (scope: Construct) => (service: string) =>
  `${service}.${Stack.of(scope).region}.${Stack.of(scope).urlSuffix}`

const schedulesOf = (scope: Construct, { group }: Wakes) =>
  Arn.format(
    {
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${group}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    },
    Stack.of(scope),
  )

/** Says of each wildcard in those grants why it must be one. */
export function explainWildcards(
  scope: Construct,
  role: Role,
  rights: Rights,
  { storage, wakes, sockets, isTraced }: Reach & { isTraced: boolean },
): void {
  if (rights.sockets) {
    acknowledgeWildcard(role, sockets.connections, 'Each connection has a name of its own.')
  }
  if (rights.bodies) {
    const bodies = storage.bodies.arnForObjects('*')
    acknowledgeWildcard(role, bodies, 'Each event has a body of its own name.')
  }
  if (rights.stream || isTraced) {
    const why =
      'Neither ListStreams nor the writing of traces is about a resource that can be named.'
    acknowledgeWildcard(role, '*', why)
  }
  if (rights.stream || rights.redrives) {
    const letters = storage.letters.arnForObjects('*')
    acknowledgeWildcard(role, letters, 'Each dead letter has a name of its own.')
  }
  if (rights.wakes === 'any time') {
    acknowledgeWildcard(
      role,
      schedulesOf(scope, wakes),
      'Each wake has a schedule of its own name.',
    )
  }
}
