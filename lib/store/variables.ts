// Variables, by the name that everybody reads them by.

import type { VariableStore } from '../core/ports.ts'
import type { Variable } from '../core/variable.ts'
import { KIND } from '../names.ts'
import type { Table } from './client.ts'
import { objectsOf } from './objects.ts'
import { keys } from './table.ts'

export const variableStore = (table: Table): VariableStore =>
  objectsOf<Variable>(table, KIND.variable, keys.variable, (variable) => variable.name)
