// Every function in one flat table: its size, its variables, and what it may do. A grant is an action on a resource that is
// named: no role has a wildcard but those listed with their reason. test/infra/ compares the table with what the code reads.
import { Arn, ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import {
  INDEX,
  type IndexName,
  SECRETS_PURPOSE,
  VARIABLE,
  type VariableName,
} from '../lib/names.ts'
import { acknowledge, acknowledgeWildcard } from './acknowledge.ts'
import { codeOf, sourceOf } from './bundle.ts'
import type { Sockets } from './sockets.ts'
import type { Storage } from './storage.ts'
import type { Wakes } from './wakes.ts'

type Action = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'DeleteItem'

interface Row {
  memoryMb: number
  seconds: number
  variables: VariableName[]
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

const STORED: VariableName[] = [
  'eventsTable',
  'objectsTable',
  'bodiesBucket',
  'retentionDays',
  'secretsKeyArn',
]
const ROAD: VariableName[] = [
  ...STORED,
  'wakeQueueUrl',
  'wakeQueueArn',
  'wakeGroup',
  'wakeRoleArn',
  'lettersQueueArn',
]
const STREAM: VariableName[] = [...ROAD, 'lettersBucket']
const ALL: Action[] = ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'DeleteItem']

/** Each function by the name of its file in functions/. A Lambda has one vCPU at 1,769 MB: less memory is less CPU. */
export const FUNCTIONS = {
  receive: {
    memoryMb: 512,
    seconds: 15,
    variables: STORED,
    events: ['GetItem', 'PutItem'], // whether a delivery that came before is still in its window
    objects: ['GetItem', 'PutItem'],
    bodies: ['PutObject'],
    secrets: ['Decrypt'],
  },
  api: {
    memoryMb: 1024,
    seconds: 29,
    variables: [...ROAD, 'adminKeySecret', 'originSecret', 'automationsMax', 'webhooksMax'],
    events: ['GetItem', 'BatchGetItem', 'PutItem'],
    objects: ALL,
    indexes: ['owner', 'due', 'time'],
    bodies: ['GetObject', 'PutObject'],
    secrets: ['Decrypt', 'GenerateDataKey'],
  },
  socket: {
    memoryMb: 512,
    seconds: 29,
    variables: [...STORED, 'adminKeySecret', 'socketEndpoint'],
    events: ['PutItem'], // that a revoked key was shown
    objects: ['GetItem', 'Query', 'PutItem', 'DeleteItem'],
    bodies: ['GetObject'],
    sockets: true,
  },
  evaluate: {
    memoryMb: 1024,
    seconds: 60,
    variables: STREAM,
    events: ['GetItem', 'BatchGetItem', 'PutItem', 'DeleteItem'], // notes of events that wait for another
    objects: ['GetItem', 'BatchGetItem', 'Query', 'PutItem'],
    bodies: ['GetObject', 'PutObject'],
    wakes: 'any time',
    stream: 'events',
  },
  publish: {
    memoryMb: 512,
    seconds: 60,
    variables: [...STREAM, 'bus', 'publishPrefixes', 'socketEndpoint'],
    objects: ['GetItem', 'Query', 'PutItem', 'DeleteItem'],
    bodies: ['GetObject', 'PutObject'],
    sockets: true,
    stream: 'events',
  },
  act: {
    memoryMb: 512,
    seconds: 60,
    variables: STREAM,
    events: ['GetItem', 'PutItem'],
    objects: ['GetItem', 'Query', 'PutItem', 'DeleteItem'],
    indexes: ['owner'], // the task run above a subflow
    bodies: ['GetObject', 'PutObject'],
    wakes: 'soon', // a delivery is tried at once
    stream: 'objects',
  },
  announce: {
    memoryMb: 512,
    seconds: 60,
    variables: STREAM,
    events: ['PutItem'],
    objects: ALL, // a deployment whose schedules change has its runs removed and made
    indexes: ['owner', 'due'],
    bodies: ['PutObject'],
    wakes: 'any time',
    stream: 'objects',
  },
  wake: {
    memoryMb: 512,
    seconds: 60,
    variables: [...ROAD, 'bus', 'publicUrl'],
    events: ['GetItem', 'PutItem'],
    objects: ALL,
    indexes: ['owner', 'due'],
    bodies: ['GetObject', 'PutObject'],
    secrets: ['Decrypt', 'GenerateDataKey'], // the key of review links is made with the first
    wakes: 'any time',
  },
  accept: {
    memoryMb: 512,
    seconds: 30,
    variables: STORED,
    events: ['PutItem'],
    objects: ['GetItem'], // whether the connection of a frame was let in
    bodies: ['PutObject'],
  },
  redrive: {
    memoryMb: 512,
    seconds: 900,
    variables: ['lettersBucket', 'eventsTable', 'evaluateFunction', 'publishFunction'],
    events: ['GetItem'],
    redrives: true,
  },
} as const satisfies Record<string, Row>

export type FunctionName = keyof typeof FUNCTIONS
export type Functions = Record<FunctionName, LambdaFunction>

export interface FunctionsProps {
  storage: Storage
  wakes: Wakes
  sockets: Sockets
  values: Record<VariableName, string>
  logRetention: RetentionDays
  isTraced: boolean
  ingestConcurrency: number | undefined
}

export function functions(scope: Construct, props: FunctionsProps): Functions {
  const made = Object.entries(FUNCTIONS).map(([name, row]) => [name, make(scope, name, row, props)])
  const all = Object.fromEntries(made) as Functions
  allowRedrive(all, props.storage)
  for (const keeper of [all.api, all.socket]) allowAdminKey(keeper, props.storage)
  return all
}

function make(scope: Construct, name: string, row: Row, props: FunctionsProps): LambdaFunction {
  const id = name.charAt(0).toUpperCase() + name.slice(1)
  const logGroup = new LogGroup(scope, `${id}Log`, {
    retention: props.logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `What ${sourceOf(name)} may do`,
  })
  logGroup.grantWrite(role)
  for (const statement of grantsOf(scope, row, props)) role.addToPrincipalPolicy(statement)
  explainWildcards(scope, role, row, props)

  const made = new LambdaFunction(scope, id, {
    description: sourceOf(name),
    runtime: Runtime.NODEJS_22_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: codeOf(name),
    memorySize: row.memoryMb,
    timeout: Duration.seconds(row.seconds),
    environment: Object.fromEntries(
      row.variables.map((variable) => [VARIABLE[variable], props.values[variable]]),
    ),
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    applicationLogLevelV2: ApplicationLogLevel.INFO,
    // START, END and REPORT of every call would cost more than the call.
    systemLogLevelV2: SystemLogLevel.WARN,
    tracing: props.isTraced ? Tracing.ACTIVE : Tracing.DISABLED,
    ...(name === 'receive' &&
      props.ingestConcurrency !== undefined && {
        reservedConcurrentExecutions: props.ingestConcurrency,
      }),
  })
  acknowledge(made, {
    'AwsSolutions-L1': 'Node 22 is the version that the code is built and tested for.',
  })
  return made
}

const allow = (actions: string[], resources: string[], conditions?: Record<string, object>) =>
  new PolicyStatement({
    effect: Effect.ALLOW,
    actions,
    resources,
    ...(conditions && { conditions }),
  })

function grantsOf(
  scope: Construct,
  row: Row,
  { storage, wakes, sockets }: FunctionsProps,
): PolicyStatement[] {
  const { events, objects, bodies, letters, key } = storage
  const grants: PolicyStatement[] = []
  const items = (table: Table, actions: Action[]) =>
    allow(
      actions.map((action) => `dynamodb:${action}`),
      [table.tableArn],
    )

  if (row.events) grants.push(items(events, row.events))
  if (row.objects) grants.push(items(objects, row.objects))
  if (row.indexes) {
    const indexes = row.indexes.map((one) => `${objects.tableArn}/index/${INDEX[one].name}`)
    grants.push(allow(['dynamodb:Query'], indexes))
  }
  if (row.bodies) {
    const actions = row.bodies.map((action) => `s3:${action}`)
    grants.push(allow(actions, [bodies.arnForObjects('*')]))
    // Without it, S3 answers that a body which is not there may not be read.
    if (row.bodies.includes('GetObject')) grants.push(allow(['s3:ListBucket'], [bodies.bucketArn]))
  }
  if (row.stream) {
    const stream = { events, objects }[row.stream].tableStreamArn ?? ''
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
  if (row.wakes) grants.push(allow(['sqs:SendMessage'], [wakes.queue.queueArn]))
  if (row.wakes === 'any time') {
    grants.push(
      allow(['scheduler:CreateSchedule'], [schedulesOf(scope, wakes)]),
      allow(['iam:PassRole'], [wakes.role.roleArn], {
        StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
      }),
    )
  }
  if (row.sockets) grants.push(allow(['execute-api:ManageConnections'], [sockets.connections]))
  if (row.secrets) {
    grants.push(
      allow(
        row.secrets.map((action) => `kms:${action}`),
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

function allowRedrive({ redrive, ...all }: Functions, { letters }: Storage): void {
  const streams = (Object.keys(all) as (keyof typeof all)[]).filter(
    (name) => 'stream' in FUNCTIONS[name],
  )
  redrive.addToRolePolicy(
    allow(
      ['lambda:InvokeFunction'],
      streams.map((name) => all[name].functionArn),
    ),
  )
  redrive.addToRolePolicy(allow(['s3:ListBucket'], [letters.bucketArn]))
  redrive.addToRolePolicy(allow(['s3:GetObject', 's3:DeleteObject'], [letters.arnForObjects('*')]))
}

function allowAdminKey(keeper: LambdaFunction, { adminKey }: Storage): void {
  keeper.addToRolePolicy(allow(['secretsmanager:GetSecretValue'], [adminKey.secretArn]))
}

function explainWildcards(scope: Construct, role: Role, row: Row, props: FunctionsProps): void {
  const { storage, wakes, sockets } = props
  if (row.sockets) {
    acknowledgeWildcard(role, sockets.connections, 'Each connection has a name of its own.')
  }
  if (row.bodies) {
    const bodies = storage.bodies.arnForObjects('*')
    acknowledgeWildcard(role, bodies, 'Each event has a body of its own name.')
  }
  if (row.stream || props.isTraced) {
    const why =
      'Neither ListStreams nor the writing of traces is about a resource that can be named.'
    acknowledgeWildcard(role, '*', why)
  }
  if (row.stream || row.redrives) {
    const letters = storage.letters.arnForObjects('*')
    acknowledgeWildcard(role, letters, 'Each dead letter has a name of its own.')
  }
  if (row.wakes === 'any time') {
    acknowledgeWildcard(
      role,
      schedulesOf(scope, wakes),
      'Each wake has a schedule of its own name.',
    )
  }
}
