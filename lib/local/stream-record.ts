// Stream records as Lambda passes them on, and Lambda's filter on them. The SDK gives bytes and dates, Lambda's JSON has
// base64 text and epoch seconds; a handler must not be able to tell the two apart.
import { createHash } from 'node:crypto'
import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams'
import type {
  DynamoDBRecord,
  StreamRecord as LambdaStreamRecord,
  AttributeValue as LambdaValue,
} from 'aws-lambda'
import { ATTRIBUTE } from '../names.ts'

export type StreamEventName = 'INSERT' | 'MODIFY' | 'REMOVE'

/** What a consumer is woken for. An item's kind is its new image's, or for a removal its old one's. */
export interface StreamFilter {
  /** @default all */
  eventNames?: readonly StreamEventName[]
  /** @default all, also of items without a kind */
  kinds?: readonly string[]
}

type Value = NonNullable<NonNullable<StreamRecord['dynamodb']>['Keys']>[string]
type Image = Record<string, Value>

export function passes(record: StreamRecord, { eventNames, kinds }: StreamFilter): boolean {
  if (eventNames && !eventNames.some((name) => name === record.eventName)) return false
  if (!kinds) return true
  const kind = (record.dynamodb?.NewImage ?? record.dynamodb?.OldImage)?.[ATTRIBUTE.kind]?.S
  return kind !== undefined && kinds.includes(kind)
}

/** The record in the shape of a Lambda event. Its id is unique among all streams, which the emulator's own is not. */
export function toLambdaRecord(record: StreamRecord, streamArn: string): DynamoDBRecord {
  const { dynamodb } = record
  return {
    eventID: createHash('md5').update(`${streamArn}/${record.eventID}`).digest('hex'),
    eventName: record.eventName as StreamEventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: record.awsRegion ?? '',
    eventSourceARN: streamArn,
    dynamodb: {
      ...image('Keys', dynamodb?.Keys),
      ...image('NewImage', dynamodb?.NewImage),
      ...image('OldImage', dynamodb?.OldImage),
      SequenceNumber: dynamodb?.SequenceNumber ?? '',
      SizeBytes: dynamodb?.SizeBytes ?? 0,
      StreamViewType: dynamodb?.StreamViewType as NonNullable<LambdaStreamRecord['StreamViewType']>,
      ApproximateCreationDateTime: (dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0) / 1000,
    },
    ...(record.userIdentity ? { userIdentity: EXPIRED } : {}),
  }
}

/** Who removes an expired item. */
const EXPIRED = { type: 'Service', principalId: 'dynamodb.amazonaws.com' }

function image(
  name: 'Keys' | 'NewImage' | 'OldImage',
  attributes: Image | undefined,
): Partial<LambdaStreamRecord> {
  return attributes ? { [name]: mapped(attributes) } : {}
}

function mapped(attributes: Image): Record<string, LambdaValue> {
  const image: Record<string, LambdaValue> = {}
  for (const [name, value] of Object.entries(attributes)) image[name] = toLambdaValue(value)
  return image
}

function toLambdaValue(value: Value): LambdaValue {
  if (value.B !== undefined) return { B: base64(value.B) }
  if (value.BS !== undefined) return { BS: value.BS.map(base64) }
  if (value.M !== undefined) return { M: mapped(value.M) }
  if (value.L !== undefined) return { L: value.L.map(toLambdaValue) }
  return value as LambdaValue
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
