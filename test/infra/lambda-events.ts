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
