// Redrive of one event by its id: read from the table, where it is for as long as events are kept, and handed to a reader of the stream
// as if it had just been stored. For what no dead letter holds any more, such as a reader that was wrong and is mended.
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { type Item, marshal, type Table } from '../store/client.ts'
import { keys } from '../store/table.ts'

export interface RedriveEventOptions {
  /** The events table. */
  table: Pick<Table, 'get'>
  lambda: LambdaClient
  /** The functions that read the stream of events, by their names in functions/. */
  readers: { evaluate: string; publish: string }
}

/**
 * One event, for its triggers (`evaluate`) or for feed, bus and sockets (`publish`). To triggers it is no other event than it was: what it
 * has fired does not fire again, and a bucket that has counted it does not count it twice. The feed shows it once under its id; bus and
 * sockets tell of it again.
 */
export interface EventOrder {
  event: string
  workspace: string
  reader: keyof RedriveEventOptions['readers']
}

/**
 * Answers why it failed, or null.
 * @throws whatever AWS throws
 */
export const redriveEvent =
  ({ table, lambda, readers }: RedriveEventOptions) =>
  async ({ event, workspace, reader }: EventOrder): Promise<string | null> => {
    const key = keys.event(workspace, event)
    const item = await table.get(key)
    if (!item) return `there is no event ${event}, or none any more`
    const record = {
      eventID: `redrive/${event}`,
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      dynamodb: { Keys: imageOf(key), NewImage: imageOf(item), SequenceNumber: '0' },
    }
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: readers[reader],
        Payload: Buffer.from(JSON.stringify({ Records: [record] })),
      }),
    )
    return FunctionError === undefined ? null : (Payload?.transformToString() ?? FunctionError)
  }

/** As Lambda has items: bytes are base64. */
const imageOf = (item: Item) =>
  Object.fromEntries(
    Object.entries(marshal(item)).map(([name, value]) => [
      name,
      value.B ? { B: Buffer.from(value.B).toString('base64') } : value,
    ]),
  )
