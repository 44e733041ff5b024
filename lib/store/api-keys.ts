// API keys, twice: by workspace and id for those who administer them, by id alone for a caller who shows one, which costs one read.
// Both change together.
import type { ApiKey } from '../core/api-key.ts'
import type { ApiKeyStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import { queryAll, type Table } from './client.ts'
import { keys, objectItem, readObject } from './table.ts'

export function apiKeyStore(table: Table): ApiKeyStore {
  const itemsOf = (key: ApiKey, version: number) => [
    objectItem(KIND.apiKey, keys.apiKey(key.workspace_id, key.id), key, version),
    objectItem(KIND.shownKey, keys.shownKey(key.id), key, version),
  ]

  const read = async (key: { pk: string; sk: string }) => {
    const item = await table.get(key)
    return item ? readObject<ApiKey>(item) : null
  }

  return {
    async create(key) {
      const failed = await table.transact(itemsOf(key, 1).map((put) => ({ put, on: 'new' })))
      return failed.length === 0
    },

    get: (workspace, id) => read(keys.apiKey(workspace, id)),
    find: (id) => read(keys.shownKey(id)),

    async list(workspace) {
      const items = await queryAll(table, { partition: keys.apiKey(workspace, '').pk })
      return items.map((item) => readObject<ApiKey>(item).value)
    },

    async replace(next, was) {
      const on = { version: was.version }
      const puts = itemsOf(next, was.version + 1)
      return (await table.transact(puts.map((put) => ({ put, on })))).length === 0
    },
  }
}
