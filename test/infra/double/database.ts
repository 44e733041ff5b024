// DynamoDB's calls, handed on to the emulator under the tables' own names, with the permissions they need written down; at a crash
// point the caller is stopped before or after its write.
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from '../../../lib/store/client.ts'
import { deletedThing, thingOf } from '../../local/crash-points.ts'
import type { Caller, Reply, Used } from './caller.ts'

type Wire = Record<string, AttributeValue>

interface Asked {
  TableName?: string
  IndexName?: string
  RequestItems?: Record<string, unknown>
  Item?: Wire
  Key?: Wire
  TransactItems?: Record<string, { TableName: string; Item?: Wire; Key?: Wire }>[]
}

/** The emulator looks at the form of a signature, not at what was signed. */
const PASSED_ON = ['content-type', 'x-amz-target', 'x-amz-date', 'authorization']
const TABLE = /"(events|objects)\.(\w+)\.(\d+)"/

export interface DatabaseOptions {
  endpoint: string
  use(used: Used): void
  /** Called around a write, with what it has to do with; true stops the caller there. */
  isTheEnd(when: 'before' | 'after', things: string[], caller: Caller): boolean
}

/** Null when the caller was stopped: it hears nothing any more. */
export async function toDatabase(
  { endpoint, use, isTheEnd }: DatabaseOptions,
  headers: Record<string, unknown>,
  text: string,
): Promise<Reply | null> {
  const [, , by = '', start = ''] = TABLE.exec(text) ?? []
  const caller = { by, start: Number(start) }
  const operation = String(headers['x-amz-target']).split('.')[1] ?? ''
  const asked = JSON.parse(text) as Asked
  for (const one of permissionsOf(operation, asked)) use({ by, ...one })
  const things = await thingsOf(operation, asked)
  if (isTheEnd('before', things, caller)) return null
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: Object.fromEntries(PASSED_ON.map((name) => [name, String(headers[name])])),
    body: text.replaceAll(new RegExp(TABLE, 'g'), '"$1"'),
  })
  const body = (await answer.text()).replaceAll(/"(events|objects)":/g, `"$1.${by}.${start}":`)
  // A write whose condition failed changed nothing; its caller lives.
  if (answer.ok && isTheEnd('after', things, caller)) return null
  return { status: answer.status, body }
}

async function thingsOf(operation: string, asked: Asked): Promise<string[]> {
  if (operation === 'PutItem' || operation === 'DeleteItem') return [await thingIn(asked)]
  return Promise.all(
    (asked.TransactItems ?? []).flatMap((item) => Object.values(item).map(thingIn)),
  )
}

const thingIn = async ({ Item, Key }: { Item?: Wire; Key?: Wire }): Promise<string> =>
  Item
    ? 'c' in Item
      ? 'a body in S3'
      : thingOf(read(Item))
    : deletedThing(read(Key ?? {}) as { pk: string })

const read = (wire: Wire): Item =>
  Object.fromEntries(
    Object.entries(wire).map(([name, { S, N, B }]) => [
      name,
      S ?? (N === undefined ? Buffer.from(String(B), 'base64') : Number(N)),
    ]),
  )

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
