// What the DynamoDB driver does with answers that no emulator gives: those of an account where others write at the same moment.
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import { dynamoTable } from '../../lib/store/client.ts'

const refusal = { $metadata: {}, message: 'no' }
const conflict = new TransactionConflictException(refusal)
const taken = new ConditionalCheckFailedException(refusal)

/** A table whose database refuses, one request after the other, and then takes everything. */
function refusing(...errors: Error[]) {
  const asked: unknown[] = []
  const send = async (command: unknown) => {
    asked.push(command)
    const error = errors.shift()
    if (error) throw error
    return {}
  }
  return { asked, table: dynamoTable({ send } as unknown as DynamoDBClient, 'oven', true) }
}

it.each([
  ['is written when that is done', [conflict, conflict], true, 3],
  ['fails its condition when that took its key', [conflict, taken], false, 2],
])('an item that is in a transaction at the moment %s', async (_, errors, isWritten, requests) => {
  const { asked, table } = refusing(...errors)

  expect(await table.put({ pk: 'a', sk: 'b' }, 'new')).toBe(isWritten)
  expect(asked).toHaveLength(requests)
})

it('an item that is in transactions all the time is not written', async () => {
  const { table } = refusing(...Array.from({ length: 100 }, () => conflict))

  await expect(table.delete({ pk: 'a', sk: 'b' })).rejects.toBe(conflict)
})
