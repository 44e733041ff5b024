// Inputs of flow runs, beside the run: they go when it goes.

import type { RunInputStore } from '../core/ports.ts'
import type { RunInput } from '../core/run-input.ts'
import { KIND } from '../names.ts'
import { queryAll, type Table } from './client.ts'
import { keys, objectItem, readObject } from './table.ts'

export function runInputStore(table: Table): RunInputStore {
  return {
    create: (workspace, input) => {
      const key = keys.runInput(workspace, input.flow_run_id, input.key)
      return table.put(objectItem(KIND.runInput, key, input, 1), 'new')
    },

    async get(workspace, runId, key) {
      const item = await table.get(keys.runInput(workspace, runId, key))
      return item ? readObject<RunInput>(item).value : null
    },

    async list(workspace, runId, prefix) {
      const { pk: partition, sk } = keys.runInput(workspace, runId, prefix)
      const items = await queryAll(table, { partition, prefix: sk })
      return items.map((item) => readObject<RunInput>(item).value)
    },

    async delete(workspace, runId, key) {
      const found = await table.get(keys.runInput(workspace, runId, key))
      return found !== null && table.delete(keys.runInput(workspace, runId, key), { version: 1 })
    },
  }
}
