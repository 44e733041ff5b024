// Events as Lambda hands them to functions, in the shapes of AWS's documentation ("Invoking function URLs", "HTTP API payload
// format 2.0", "Using Lambda with SQS"), with what a caller may choose left open.
import type { APIGatewayProxyEventV2, SQSEvent } from 'aws-lambda'

export interface HttpCall {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string
}

/** Function URLs and HTTP APIs send the same; only the host differs. */
export function httpEvent(
  host: string,
  { method, path, headers = {}, body }: HttpCall,
): APIGatewayProxyEventV2 {
  const [rawPath = '/', rawQueryString = ''] = path.split('?')
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: { host, 'x-forwarded-for': '203.0.113.1', 'x-forwarded-proto': 'https', ...headers },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'url-id',
      domainName: host,
      domainPrefix: 'url-id',
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.1',
        userAgent: 'x',
      },
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      routeKey: '$default',
      stage: '$default',
      time: '21/Nov/2026:09:00:00 +0000',
      timeEpoch: 1_795_251_600_000,
    },
    isBase64Encoded: body !== undefined,
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }),
  }
}

export const sqsEvent = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, i) => ({
    messageId: `message-${i}`,
    receiptHandle: 'handle',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1795251600000',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '1795251600000',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:queue',
    awsRegion: 'us-east-1',
  })),
})

/** A message with the attributes that whoever sent it gave it. */
export const sqsMessage = (body: string, attributes: Record<string, string> = {}): SQSEvent => {
  const [record] = sqsEvent(body).Records
  if (!record) throw new Error('there is one')
  const messageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, stringValue]) => [
      name,
      { stringValue, stringListValues: [], binaryListValues: [], dataType: 'String' as const },
    ]),
  )
  return { Records: [{ ...record, messageAttributes }] }
}

export type SocketCallKind = 'CONNECT' | 'MESSAGE' | 'DISCONNECT'

/** A call of a WebSocket API (AWS: "WebSocket APIs", `$connect` with proxy integration, which alone has headers and query). */
export function socketEvent(
  eventType: SocketCallKind,
  connectionId: string,
  more: { path?: string; body?: string; headers?: Record<string, string> } = {},
) {
  const routeKey = { CONNECT: '$connect', MESSAGE: 'auth', DISCONNECT: '$disconnect' }[eventType]
  return {
    ...(more.path !== undefined && { queryStringParameters: { path: more.path } }),
    ...(eventType === 'CONNECT' && {
      headers: { Host: 'ws-id.execute-api.us-east-1.amazonaws.com', ...more.headers },
      multiValueHeaders: {},
    }),
    ...(more.body !== undefined && { body: more.body }),
    requestContext: {
      routeKey,
      eventType,
      messageId: 'm',
      extendedRequestId: 'e',
      requestTime: '21/Nov/2026:09:00:00 +0000',
      messageDirection: 'IN',
      stage: 'v1',
      connectedAt: 1_795_251_600_000,
      requestTimeEpoch: 1_795_251_600_000,
      identity: { sourceIp: '203.0.113.1' },
      requestId: 'r',
      domainName: 'ws-id.execute-api.us-east-1.amazonaws.com',
      connectionId,
      apiId: 'ws-id',
    },
    isBase64Encoded: false,
  }
}
