// Stream records as typed changes, and the handler shape that Lambda and the local pump call. A batch is worked on as a whole
// because folding writes is what makes it cheap; when it throws, the event source bisects it, so a poison record ends alone.
import type {
  DynamoDBBatchResponse,
  DynamoDBStreamEvent,
  AttributeValue as WireValue,
} from 'aws-lambda'
import type { Event } from '../core/event.ts'
import type { Firing } from '../core/firing.ts'
import type { ObjectChange } from '../core/object-change.ts'
import type { Blobs, Mark, StoredEvent, StoredFiring } from '../core/ports.ts'
import { ANNOUNCED_KINDS, ATTRIBUTE, KIND, type Kind } from '../names.ts'
import type { Attribute, Item } from './client.ts'
import { unpack } from './pack.ts'
import { readObject, workspaceOf } from './table.ts'

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

/** The events table's inserts: a stored event never changes, and its removal by age is no news. */
export const storedEvents = (changes: Change[], blobs: Blobs): Promise<StoredEvent[]> =>
  Promise.all(
    inserted(changes)
      .filter(isEvent)
      .map(async (item) => ({
        workspace: workspaceOf(item),
        event: await unpack<Event>(item, blobs),
      })),
  )

/** Events have no kind: all but a few items of their table are events. */
const isEvent = (item: Item): boolean => item[ATTRIBUTE.kind] === undefined

/** The events table's marks, new or put again. */
export const marks = (changes: Change[]): Mark[] =>
  changes.flatMap(({ after }) =>
    after?.[ATTRIBUTE.kind] === KIND.mark ? [JSON.parse(String(after[ATTRIBUTE.data]))] : [],
  )

/** The objects table's new firings. */
export const storedFirings = (changes: Change[], blobs: Blobs): Promise<StoredFiring[]> =>
  Promise.all(
    inserted(changes)
      .filter((item) => item[ATTRIBUTE.kind] === KIND.firing)
      .map(async (item) => ({
        workspace: workspaceOf(item),
        firing: await unpack<Firing>(item, blobs),
      })),
  )

/** The objects table's changes of kinds that are announced. */
export const objectChanges = (changes: Change[]): ObjectChange[] =>
  changes.flatMap(({ before, after }) => {
    const item = after ?? before
    const kind = item?.[ATTRIBUTE.kind] as Kind
    if (!item || !ANNOUNCED_KINDS.includes(kind)) return []
    const [was, is] = [before && readObject(before), after && readObject(after)]
    return {
      workspace: workspaceOf(item),
      kind,
      before: was?.value ?? null,
      after: is?.value ?? null,
      ...(!was && is && is.version > FIRST_VERSION && { isMoved: true as const }),
    }
  })

/** What `create` puts; a rename goes on counting. */
const FIRST_VERSION = 1

const inserted = (changes: Change[]): Item[] =>
  changes.flatMap(({ before, after }) => (before === null && after !== null ? [after] : []))

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
