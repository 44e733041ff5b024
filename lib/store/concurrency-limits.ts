// Global concurrency limits, by their names, which are unique.
import type { ConcurrencyLimit } from '../core/concurrency-limit.ts'
import type { ConcurrencyLimitStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import type { Table } from './client.ts'
import { objectsOf } from './objects.ts'
import { keys } from './table.ts'

export const concurrencyLimitStore = (table: Table): ConcurrencyLimitStore =>
  objectsOf<ConcurrencyLimit>(table, KIND.concurrencyLimit, keys.concurrencyLimit, (l) => l.name)
