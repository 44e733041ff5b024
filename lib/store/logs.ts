// Log lines, beside the run they belong to.
import type { LogLine } from '../core/log-line.ts'
import type { LogStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import { queryAll, type Table } from './client.ts'
import { keys, NO_RUN, objectItem, readObject } from './table.ts'
import { putEachNew } from './write.ts'

export function logStore(table: Table): LogStore {
  return {
    async append(workspace, lines) {
      const items = lines.map((line) => {
        const key = keys.runLog(workspace, line.flow_run_id ?? NO_RUN, line.timestamp, line.id)
        return objectItem(KIND.log, key, line, 1)
      })
      await putEachNew(table, items)
    },

    async list(workspace, runId) {
      const partition = keys.run(workspace, runId).pk
      const items = await queryAll(table, { partition, prefix: 'log#' })
      return items.map((item) => readObject<LogLine>(item).value)
    },
  }
}
