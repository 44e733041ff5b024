// The Table port and its DynamoDB driver: the only import of client-dynamodb. A failed condition is a value, not an exception;
// there are no update expressions: everything is read, decided by core, and put back on condition that nobody was faster.
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { Refusal } from '../core/errors.ts'
import { ATTRIBUTE, INDEX, type IndexName } from '../names.ts'

export type Attribute = string | number | Uint8Array
export type Item = Record<string, Attribute>
export interface Key {
  pk: string
  sk?: string
}

/** `new`: nothing has this key. `version`: the item is still the one that was read. */
export type Condition = 'new' | { version: number }

export type Write = { put: Item; on?: Condition } | { delete: Key; on?: Condition }

export interface Range {
  index?: IndexName
  partition: string
  /** Sort keys from this one on. */
  from?: string
  /** Sort keys up to this one. */
  to?: string
  prefix?: string
  descending?: boolean
  limit?: number
  /** Continue after this position, as a former page gave it. */
  cursor?: Item
  /** Read what was written a moment ago, at twice the price. Indexes cannot. */
  consistent?: boolean
}

/**
 * What the stores need of a database table: single items, one partition in order, and several writes that all happen or none.
 * `lib/store/memory.ts` is the second driver; both pass `test/store/contract.ts`.
 */
export interface Table {
  get(key: Key, options?: { consistent?: boolean }): Promise<Item | null>
  /** Those of the keys that exist, in no particular order. */
  getMany(keys: Key[]): Promise<Item[]>
  /** False when the condition failed; then nothing was written. */
  put(item: Item, on?: Condition): Promise<boolean>
  delete(key: Key, on?: Condition): Promise<boolean>
  query(range: Range): Promise<{ items: Item[]; cursor?: Item }>
  count(range: Range): Promise<number>
  /**
   * All writes or none, at most TRANSACTION_WRITES_MAX. Answers the positions whose condition failed: none means done.
   */
  transact(writes: Write[]): Promise<number[]>
}

/** DynamoDB's limit for TransactWriteItems. */
export const TRANSACTION_WRITES_MAX = 100
/** DynamoDB's limit for BatchGetItem. */
const BATCH_KEYS_MAX = 100
/** Times a write that met a transaction, or a transaction that met another one, is tried before the conflict is ours to report. */
const TRANSACTION_TRIES_MAX = 8

/** DynamoDB's limits for keys, in bytes. */
const PARTITION_KEY_BYTES_MAX = 2_048
const SORT_KEY_BYTES_MAX = 1_024

/**
 * Nothing has a longer key, an empty one, or one with half of a surrogate pair, so whoever looks for it finds nothing: names in
 * requests are a stranger's.
 */
const isPossible = ({ pk, sk }: Key): boolean =>
  isUnicode(`${pk} ${sk ?? ''}`) &&
  Buffer.byteLength(pk) <= PARTITION_KEY_BYTES_MAX &&
  sk !== '' &&
  Buffer.byteLength(sk ?? '') <= SORT_KEY_BYTES_MAX

/** Whether DynamoDB takes a text: UTF-8 has no half of a surrogate pair, which JSON can spell. */
const isUnicode = (text: string): boolean => !/\p{Surrogate}/u.test(text)

/** An item to be put. @throws Refusal 422 when a key in it, or an index's, is no Unicode text */
function toItem(item: Item): Record<string, AttributeValue> {
  const texts = Object.values(item).filter((value) => typeof value === 'string')
  if (texts.every(isUnicode)) return marshal(item)
  throw new Refusal(422, 'A name holds half of a surrogate pair, which is no Unicode text.')
}

/** The driver for a DynamoDB table. `sorted` tells whether the table has a sort key. */
export function dynamoTable(client: DynamoDBClient, name: string, sorted: boolean): Table {
  const toKey = (key: Key) => marshal(sorted ? { pk: key.pk, sk: key.sk ?? '' } : { pk: key.pk })

  async function batchGet(keys: Key[]): Promise<Item[]> {
    const found: Item[] = []
    let asked: Record<string, AttributeValue>[] = keys.filter(isPossible).map(toKey)
    while (asked.length > 0) {
      const answer = await client.send(
        new BatchGetItemCommand({
          RequestItems: { [name]: { Keys: asked, ConsistentRead: true } },
        }),
      )
      found.push(...(answer.Responses?.[name] ?? []).map(unmarshal))
      asked = answer.UnprocessedKeys?.[name]?.Keys ?? []
    }
    return found
  }

  return {
    async get(key, options = {}) {
      if (!isPossible(key)) return null
      const answer = await client.send(
        new GetItemCommand({
          TableName: name,
          Key: toKey(key),
          ConsistentRead: options.consistent ?? true,
        }),
      )
      return answer.Item ? unmarshal(answer.Item) : null
    },

    async getMany(keys) {
      const parts: Key[][] = []
      for (let i = 0; i < keys.length; i += BATCH_KEYS_MAX)
        parts.push(keys.slice(i, i + BATCH_KEYS_MAX))
      return (await Promise.all(parts.map(batchGet))).flat()
    },

    put: (item, on) =>
      held(() =>
        client.send(new PutItemCommand({ TableName: name, Item: toItem(item), ...condition(on) })),
      ),

    delete: (key, on) =>
      held(() =>
        client.send(new DeleteItemCommand({ TableName: name, Key: toKey(key), ...condition(on) })),
      ),

    async query(range) {
      if (!isPossible({ pk: range.partition }) || !isUnicode(range.prefix ?? ''))
        return { items: [] }
      const answer = await client.send(new QueryCommand(queryInput(name, range)))
      const items = (answer.Items ?? []).map(unmarshal)
      return answer.LastEvaluatedKey
        ? { items, cursor: unmarshal(answer.LastEvaluatedKey) }
        : { items }
    },

    async count(range) {
      let counted = 0
      let next: QueryCommandInput | null = { ...queryInput(name, range), Select: 'COUNT' }
      while (next) {
        const answer: QueryCommandOutput = await client.send(new QueryCommand(next))
        counted += answer.Count ?? 0
        next = answer.LastEvaluatedKey
          ? { ...next, ExclusiveStartKey: answer.LastEvaluatedKey }
          : null
      }
      return counted
    },

    async transact(writes) {
      const TransactItems = writes.map(
        (write): TransactWriteItem =>
          'put' in write
            ? { Put: { TableName: name, Item: toItem(write.put), ...condition(write.on) } }
            : { Delete: { TableName: name, Key: toKey(write.delete), ...condition(write.on) } },
      )
      for (let tries = 1; ; tries += 1) {
        try {
          await client.send(new TransactWriteItemsCommand({ TransactItems }))
          return []
        } catch (error) {
          if (!(error instanceof TransactionCanceledException)) throw error
          const failed = failedConditions(error)
          if (failed.length > 0) return failed
          if (tries === TRANSACTION_TRIES_MAX) throw error
        }
      }
    },
  }
}

/** Every item of a range, or as many as its limit, page after page. DynamoDB refuses to look for none, and so is not asked to. */
export async function queryAll(table: Table, range: Range): Promise<Item[]> {
  const items: Item[] = []
  let next: Range | null = range
  while (next && (next.limit === undefined || next.limit > 0)) {
    const { items: page, cursor }: Awaited<ReturnType<Table['query']>> = await table.query(next)
    items.push(...page)
    const limit = range.limit === undefined ? {} : { limit: range.limit - items.length }
    next = cursor ? { ...range, ...limit, cursor } : null
  }
  return items
}

/** A write that meets a transaction on its item is refused as well, whatever its condition says: it is tried again. */
async function held(send: () => Promise<unknown>): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      await send()
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      const isConflict = error instanceof TransactionConflictException
      if (!isConflict || tries === TRANSACTION_TRIES_MAX) throw error
    }
  }
}

/** Positions whose condition failed. Empty when the transaction only met another one and may be tried again. */
function failedConditions(error: TransactionCanceledException): number[] {
  const reasons = error.CancellationReasons ?? []
  return reasons.flatMap((reason, i) => (reason.Code === 'ConditionalCheckFailed' ? [i] : []))
}

function condition(on: Condition | undefined) {
  if (on === undefined) return {}
  if (on === 'new') return { ConditionExpression: `attribute_not_exists(${ATTRIBUTE.partition})` }
  return {
    ConditionExpression: '#v = :v',
    ExpressionAttributeNames: { '#v': ATTRIBUTE.version },
    ExpressionAttributeValues: { ':v': { N: String(on.version) } },
  }
}

function queryInput(table: string, range: Range): QueryCommandInput {
  const index = range.index ? INDEX[range.index] : null
  const names: Record<string, string> = { '#p': index?.partition ?? ATTRIBUTE.partition }
  const values: Record<string, AttributeValue> = { ':p': { S: range.partition } }
  const clauses = ['#p = :p']
  const bound = (clause: string, name: string, value: string) => {
    names['#s'] = index?.sort ?? ATTRIBUTE.sort
    values[name] = { S: value }
    clauses.push(clause)
  }
  if (range.prefix !== undefined) bound('begins_with(#s, :x)', ':x', range.prefix)
  else if (range.from !== undefined && range.to !== undefined) {
    bound('#s BETWEEN :a AND :b', ':a', range.from)
    values[':b'] = { S: range.to }
  } else if (range.from !== undefined) bound('#s >= :a', ':a', range.from)
  else if (range.to !== undefined) bound('#s <= :b', ':b', range.to)
  return {
    TableName: table,
    ...(index ? { IndexName: index.name } : { ConsistentRead: range.consistent ?? true }),
    KeyConditionExpression: clauses.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ScanIndexForward: !range.descending,
    ...(range.limit === undefined ? {} : { Limit: range.limit }),
    ...(range.cursor ? { ExclusiveStartKey: marshal(range.cursor) } : {}),
  }
}

export function marshal(item: Item): Record<string, AttributeValue> {
  const marshalled: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(item)) {
    marshalled[name] =
      typeof value === 'string'
        ? { S: value }
        : typeof value === 'number'
          ? { N: String(value) }
          : { B: value }
  }
  return marshalled
}

function unmarshal(attributes: Record<string, AttributeValue>): Item {
  const item: Item = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (value.S !== undefined) item[name] = value.S
    else if (value.N !== undefined) item[name] = Number(value.N)
    else if (value.B !== undefined) item[name] = value.B
  }
  return item
}

/** An index holds its own attributes beside the item's key. */
export const keyOf = (item: Item): Key => ({
  pk: String(item[ATTRIBUTE.partition]),
  sk: String(item[ATTRIBUTE.sort]),
})
