// DynamoDB ends a page at 1 MB, whatever limit was asked for: a listing goes on from there, and ends at its limit.
import { expect, it } from 'vitest'
import type { WebhookDelivery } from '../../lib/core/webhook-delivery.ts'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { listDeliveries } from '../../lib/steps/webhook-deliveries.ts'
import { queryAll, type Table } from '../../lib/store/client.ts'
import { memoryTable } from '../../lib/store/memory.ts'
import { BEGINNING, fakes } from '../fakes.ts'

const PAGE = 3
const WEBHOOK = '00000000-0000-4000-8000-000000000700'

/** A table whose items are so large that a page has no room for more than PAGE. */
const paged = (table: Table): Table => ({
  ...table,
  query: (range) => table.query({ ...range, limit: Math.min(range.limit ?? PAGE, PAGE) }),
})

it.each([
  [undefined, 8],
  [0, 0],
  [2, 2],
  [3, 3],
  [4, 4],
  [7, 7],
  [9, 8],
])('with the limit %s a query answers %i of eight items', async (limit, expected) => {
  const table = paged(memoryTable())
  for (let i = 0; i < 8; i += 1) await table.put({ pk: 'oven', sk: String(i) })

  const found = await queryAll(table, { partition: 'oven', ...(limit !== undefined && { limit }) })

  expect(found.map(({ sk }) => sk)).toEqual([...'01234567'].slice(0, expected))
})

it('large deliveries of a webhook are listed to the last, not to the end of a page', async () => {
  const { services } = fakes(paged)
  const ids = Array.from({ length: 8 }, () => services.ids.next())
  for (const id of ids) await services.webhookDeliveries.create(HOME, delivery(id))
  const list = (before: string | null, limit: number) =>
    listDeliveries(services, HOME, WEBHOOK, { filter: {}, before, limit })

  const first = await list(null, 5)
  const rest = await list(first.at(-1)?.id ?? null, 5)

  expect([...first, ...rest].map(({ id }) => id)).toEqual(ids.toReversed())
})

const delivery = (id: string): WebhookDelivery => ({
  id,
  webhook_id: WEBHOOK,
  received: BEGINNING,
  cause: 'INVALID_EVENT',
  message: 'no',
  line: null,
  column: null,
  verified: null,
  rendered: null,
  request: {
    method: 'POST',
    query: [],
    headers: [],
    body: '{}',
    body_encoding: 'utf-8',
    body_bytes: 2,
  },
  released: null,
})
