// The other services that functions call, each as little as they use of it: S3, SQS, Scheduler, KMS, Secrets Manager, EventBridge,
// API Gateway's way back to clients, and Lambda.
import { createHash, randomBytes } from 'node:crypto'
import { asError, asJson, callerIn, type Reply, type Used } from './caller.ts'

/** A message on its way: `at` is when its queue shows it, in milliseconds. */
export interface Message {
  queue: string
  body: string
  at: number
  attributes: Record<string, string>
}

export interface Schedule {
  name: string
  expression: string
  input: string
}

export interface World {
  adminKey: string
  buckets: Record<'bodies' | 'letters', Map<string, Buffer>>
  messages: Message[]
  schedules: Map<string, Schedule>
  /** Entries on the bus. */
  entries: Record<string, unknown>[]
  /** By connection: frames that were sent to it, and `null` for its end. */
  frames: Map<string, (object | null)[]>
  gone: Set<string>
  dataKeys: Map<string, { key: string; context: string }>
  invoke(functionName: string, payload: unknown): Promise<unknown>
}

export const newWorld = (adminKey: string): World => ({
  adminKey,
  buckets: { bodies: new Map(), letters: new Map() },
  messages: [],
  schedules: new Map(),
  entries: [],
  frames: new Map(),
  gone: new Set(),
  dataKeys: new Map(),
  invoke: () => Promise.reject(new Error('there are no functions yet')),
})

export interface Request {
  method: string
  url: string
  target: string
  bytes: Buffer
}

type Asked = Record<string, unknown>

export async function toService(
  world: World,
  { method, url, target, bytes }: Request,
  use: (used: Used) => void,
): Promise<Reply> {
  const used = (action: string, resource: string) => {
    const { caller, resource: on } = callerIn(resource)
    use({ by: caller.by, action, on })
    return on
  }
  const path = decodeURIComponent(url.split('?')[0] ?? '')
  const parse = () => JSON.parse(bytes.toString() || '{}') as Asked

  if (target === 'AmazonSQS.SendMessage') return sendMessage(world, parse(), used)
  if (target === 'secretsmanager.GetSecretValue') {
    used('secretsmanager:GetSecretValue', String(parse().SecretId))
    return asJson({ SecretString: world.adminKey })
  }
  if (target === 'AWSEvents.PutEvents') return putEvents(world, parse(), used)
  if (target.startsWith('TrentService.')) return useKey(world, target.slice(13), parse(), used)
  if (path.startsWith('/schedules/')) return createSchedule(world, path, parse(), used)
  if (path.includes('/@connections/')) return toClient(world, method, path, parse, used)
  if (path.includes('/functions/')) return invoke(world, path, parse(), use)
  return toBucket(world, method, url, bytes, used)
}

type Use = (action: string, resource: string) => string

function sendMessage(world: World, asked: Asked, used: Use): Reply {
  const { QueueUrl = '', MessageBody = '', DelaySeconds = 0 } = asked as Record<string, string>
  const queue = used('sqs:SendMessage', QueueUrl)
  if (Number(DelaySeconds) > 900) return asError('InvalidParameterValue')
  const at = Date.now() + Number(DelaySeconds) * 1_000
  world.messages.push({ queue, body: MessageBody, at, attributes: {} })
  const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex')
  return asJson({ MessageId: 'm', MD5OfMessageBody })
}

function putEvents(world: World, asked: Asked, used: Use): Reply {
  const { Entries = [] } = asked as { Entries?: Record<string, unknown>[] }
  for (const entry of Entries) {
    used('events:PutEvents', String(entry.EventBusName))
    world.entries.push(entry)
  }
  return asJson({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'e' })) })
}

function useKey({ dataKeys }: World, action: string, asked: Asked, used: Use): Reply {
  const { KeyId = '', EncryptionContext, CiphertextBlob = '' } = asked as Record<string, string>
  used(`kms:${action}`, KeyId)
  const context = JSON.stringify(EncryptionContext)
  if (action === 'GenerateDataKey') {
    const [blob, key] = [randomBytes(16), randomBytes(32)].map((b) => b.toString('base64'))
    dataKeys.set(blob ?? '', { key: key ?? '', context })
    return asJson({ KeyId, Plaintext: key, CiphertextBlob: blob })
  }
  const found = dataKeys.get(CiphertextBlob)
  if (found?.context !== context) return asError('InvalidCiphertextException')
  return asJson({ KeyId, Plaintext: found.key })
}

function createSchedule({ schedules }: World, path: string, asked: Asked, used: Use): Reply {
  const { GroupName, ScheduleExpression, ActionAfterCompletion, Target } = asked as {
    GroupName: string
    ScheduleExpression: string
    ActionAfterCompletion: string
    Target: { RoleArn: string; Input: string }
  }
  used('scheduler:CreateSchedule', GroupName)
  used('iam:PassRole', Target.RoleArn)
  const name = path.slice('/schedules/'.length)
  if (schedules.has(name)) return asError('ConflictException', 409)
  if (ActionAfterCompletion !== 'DELETE') return asError('ValidationException')
  schedules.set(name, { name, expression: ScheduleExpression, input: Target.Input })
  return asJson({ ScheduleArn: 'arn' })
}

function toClient(
  { frames, gone }: World,
  method: string,
  path: string,
  frame: () => object,
  used: Use,
): Reply {
  used('execute-api:ManageConnections', path)
  const id = path.split('/@connections/')[1] ?? ''
  if (gone.has(id)) return asError('GoneException', 410)
  frames.set(id, [...(frames.get(id) ?? []), method === 'DELETE' ? null : frame()])
  return asJson({})
}

async function invoke(
  world: World,
  path: string,
  payload: unknown,
  use: (used: Used) => void,
): Promise<Reply> {
  const [, name = ''] = /\/functions\/(\w+)\/invocations/.exec(path) ?? []
  use({ by: 'redrive', action: 'lambda:InvokeFunction', on: `function ${name}` })
  try {
    return asJson((await world.invoke(name, payload)) ?? null)
  } catch (error) {
    // What Lambda answers for a function that threw.
    return {
      ...asJson({ errorMessage: String(error) }),
      headers: { 'x-amz-function-error': 'Unhandled' },
    }
  }
}

function toBucket(world: World, method: string, url: string, bytes: Buffer, used: Use): Reply {
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(pathname)) ?? []
  const isList = searchParams.has('list-type')
  const on = used(`s3:${isList ? 'ListBucket' : S3_ACTIONS[method]}`, bucket)
  const objects = world.buckets[on as 'bodies' | 'letters']
  if (isList) return listOf(objects, searchParams.get('prefix') ?? '')
  if (method === 'PUT') objects.set(key, bytes)
  if (method === 'DELETE') objects.delete(key)
  const found = objects.get(key)
  if (method !== 'GET') return { status: 200, body: '' }
  return found
    ? { status: 200, body: found }
    : { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' }
}

const S3_ACTIONS: Record<string, string> = {
  GET: 'GetObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
}

function listOf(objects: Map<string, Buffer>, prefix: string): Reply {
  const found = [...objects.keys()].filter((key) => key.startsWith(prefix))
  const contents = found.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')
  return {
    status: 200,
    body: `<ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`,
  }
}
