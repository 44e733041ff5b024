// Stream records as typed changes, and the handler shape that Lambda and the local pump call. A batch is worked on as a whole
// because folding writes is what makes it cheap; when it throws, the event source bisects it, so a poison record ends alone.
import type {
  DynamoDBBatchResponse,
  DynamoDBStreamEvent,
  AttributeValue as WireValue,
} from 'aws-lambda'
import type { Attribute, Item } from './client.ts'

/** One change of an item. An insert has no `before`, a removal no `after`. */
export interface Change {
  before: Item | null
  after: Item | null
}

export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>

/**
 * A stream handler of a step. The step must be repeatable: a batch comes again after a crash, in other cuts after a failure.
 * Throws what the step throws: nothing is reported as done that was not.
 */
export const streamHandler =
  (step: (changes: Change[]) => Promise<void>): StreamHandler =>
  async (event) => {
    await step(
      event.Records.map(({ dynamodb }) => ({
        before: dynamodb?.OldImage ? toItem(dynamodb.OldImage) : null,
        after: dynamodb?.NewImage ? toItem(dynamodb.NewImage) : null,
      })),
    )
    return { batchItemFailures: [] }
  }

/** Lambda sends binary attributes as base64 text. */
function toItem(image: Record<string, WireValue>): Item {
  const item: Item = {}
  for (const [name, value] of Object.entries(image)) {
    const attribute = toAttribute(value)
    if (attribute !== null) item[name] = attribute
  }
  return item
}

function toAttribute(value: WireValue): Attribute | null {
  if (value.S !== undefined) return value.S
  if (value.N !== undefined) return Number(value.N)
  if (value.B !== undefined) return Buffer.from(value.B, 'base64')
  return null
}
