// Every function in one flat table: its size, its variables, and what it may do, which grants.ts puts in IAM's words. test/infra/
// compares the table with what the code reads.
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
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
import { VARIABLE, type VariableName } from '../lib/names.ts'
import { acknowledge } from './acknowledge.ts'
import { codeOf, sourceOf } from './bundle.ts'
import {
  type Action,
  allow,
  explainWildcards,
  grantsOf,
  type Reach,
  type Rights,
} from './grants.ts'
import type { Storage } from './storage.ts'

interface Row extends Rights {
  memoryMb: number
  seconds: number
  variables: VariableName[]
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

export interface FunctionsProps extends Reach {
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
