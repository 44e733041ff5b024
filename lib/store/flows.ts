// Flows. One partition per workspace: there are as many as somebody wrote functions.
import type { Flow } from '../core/deployment.ts'
import type { FlowStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import type { Table } from './client.ts'
import { objectsOf } from './objects.ts'
import { keys } from './table.ts'

export const flowStore = (table: Table): FlowStore =>
  objectsOf<Flow>(table, KIND.flow, keys.flow, (flow) => flow.id)
