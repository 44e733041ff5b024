// What stands for AWS before the real clients in the bundles. DynamoDB's calls go on to the emulator; SQS, Scheduler, Secrets
// Manager and S3 are answered here. Each function is given resources of its own names, `events.evaluate`, so that a call tells who
// made it: that is how permissions are checked.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One permission that was used: by which function, `service:Action`, and on what: `events`, `objects/due`, `bodies`, `wakes`. */
export interface Used {
  by: string
  action: string
  on: string
}

export interface AwsDouble {
  url: string
  used: Used[]
  /** Messages sent to the wake queue. */
  messages: { body: string; delaySeconds: number }[]
  stop(): Promise<void>
}

interface Reply {
  status: number
  body: string | Buffer
}

/** The emulator looks at the form of a signature, not at what was signed. */
const PASSED_ON = ['content-type', 'x-amz-target', 'x-amz-date', 'authorization']

const NO_SUCH_KEY: Reply = { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' }

export async function startAwsDouble(adminKey: string, database: string): Promise<AwsDouble> {
  const used: Used[] = []
  const messages: AwsDouble['messages'] = []
  const bodies = new Map<string, Buffer>()

  async function reply(request: IncomingMessage, bytes: Buffer): Promise<Reply> {
    const { headers, method = '', url = '' } = request
    const [service = '', operation = ''] = String(headers['x-amz-target'] ?? '').split('.')
    if (service.startsWith('DynamoDB')) return toDatabase(headers, operation, bytes)
    if (operation === 'SendMessage') return toQueue(JSON.parse(bytes.toString()))
    if (operation === 'GetSecretValue') return asJson({ SecretString: adminKey })
    if (url.startsWith('/schedules/')) return asJson({ ScheduleArn: 'arn' })
    const [, by = '', name = ''] = /^\/bodies-(\w+)\/([^?]+)/.exec(url) ?? []
    used.push({ by, action: method === 'PUT' ? 's3:PutObject' : 's3:GetObject', on: 'bodies' })
    if (method !== 'PUT') return { ...NO_SUCH_KEY, ...(found(name) ?? {}) }
    bodies.set(name, bytes)
    return { status: 200, body: '' }
  }

  const found = (name: string): Reply | null => {
    const body = bodies.get(name)
    return body ? { status: 200, body } : null
  }

  async function toDatabase(
    headers: IncomingHttpHeaders,
    operation: string,
    bytes: Buffer,
  ): Promise<Reply> {
    const text = bytes.toString()
    const { by = '' } = /"(?:events|objects)\.(?<by>\w+)"/.exec(text)?.groups ?? {}
    used.push(...permissionsOf(operation, JSON.parse(text)).map((one) => ({ ...one, by })))
    const answer = await fetch(database, {
      method: 'POST',
      headers: Object.fromEntries(PASSED_ON.map((name) => [name, String(headers[name])])),
      body: text
        .replaceAll(`"events.${by}"`, '"events"')
        .replaceAll(`"objects.${by}"`, '"objects"'),
    })
    const body = (await answer.text()).replaceAll(/"(events|objects)":/g, `"$1.${by}":`)
    return { status: answer.status, body }
  }

  function toQueue({ QueueUrl, MessageBody, DelaySeconds }: Record<string, unknown>): Reply {
    const body = String(MessageBody)
    const by = String(QueueUrl).split('/').at(-2) ?? ''
    used.push({ by, action: 'sqs:SendMessage', on: 'wakes' })
    messages.push({ body, delaySeconds: Number(DelaySeconds) })
    const MD5OfMessageBody = createHash('md5').update(body).digest('hex')
    return asJson({ MessageId: 'm', MD5OfMessageBody })
  }

  const server = createServer(async (request, response) => {
    const { status, body } = await reply(request, await bytesOf(request))
    response.writeHead(status)
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    used,
    messages,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const asJson = (value: unknown): Reply => ({ status: 200, body: JSON.stringify(value) })

interface Asked {
  TableName?: string
  IndexName?: string
  RequestItems?: Record<string, unknown>
  TransactItems?: Record<string, { TableName: string }>[]
}

/** What IAM asks for an operation; a transaction needs the permissions of the writes in it. */
function permissionsOf(operation: string, asked: Asked): Omit<Used, 'by'>[] {
  const tableOf = (name: string) => name.split('.')[0] ?? ''
  if (asked.TransactItems) {
    return asked.TransactItems.flatMap((item) =>
      Object.entries(item).map(([write, { TableName }]) => ({
        action: `dynamodb:${write}Item`,
        on: tableOf(TableName),
      })),
    )
  }
  const tables = asked.RequestItems ? Object.keys(asked.RequestItems) : [asked.TableName ?? '']
  const index = asked.IndexName === undefined ? '' : `/${asked.IndexName}`
  return tables.map((table) => ({ action: `dynamodb:${operation}`, on: tableOf(table) + index }))
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
