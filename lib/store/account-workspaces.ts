// Workspaces of accounts. Their partition is the account's.
import type { AccountWorkspace } from '../core/account-workspace.ts'
import type { AccountWorkspaceStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import type { Table } from './client.ts'
import { objectsOf } from './objects.ts'
import { keys } from './table.ts'

export const accountWorkspaceStore = (table: Table): AccountWorkspaceStore =>
  objectsOf<AccountWorkspace>(table, KIND.workspace, keys.accountWorkspace, ({ id }) => id)
