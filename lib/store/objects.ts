// What all low-volume kinds have in common: created once, read by name, listed as a whole, replaced by version.
import type { Stored } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'
import type { Kind } from '../names.ts'
import { queryAll, type Table, type Write } from './client.ts'
import { objectItem, readObject } from './table.ts'

type ObjectKey = (workspace: Workspace, name: string) => { pk: string; sk: string }

/** The store of a kind whose objects are all in one partition, each under the name that `nameOf` gives it. */
export function objectsOf<T>(
  table: Table,
  kind: Kind,
  key: ObjectKey,
  nameOf: (value: T) => string,
) {
  const itemOf = (workspace: Workspace, value: T, version: number) =>
    objectItem(kind, key(workspace, nameOf(value)), value, version)

  async function listStored(workspace: Workspace): Promise<Stored<T>[]> {
    const items = await queryAll(table, { partition: key(workspace, '').pk })
    return items.map((item) => readObject<T>(item))
  }

  return {
    /** False when the name is taken. */
    create: (workspace: Workspace, value: T): Promise<boolean> =>
      table.put(itemOf(workspace, value, 1), 'new'),

    async get(workspace: Workspace, name: string): Promise<Stored<T> | null> {
      const item = await table.get(key(workspace, name))
      return item ? readObject<T>(item) : null
    },

    listStored,

    list: async (workspace: Workspace): Promise<T[]> =>
      (await listStored(workspace)).map(({ value }) => value),

    /** Moves an object whose name changed. False when another change came first, or the new name is taken. */
    async replace(workspace: Workspace, next: T, was: Stored<T>): Promise<boolean> {
      const on = { version: was.version }
      const put = itemOf(workspace, next, was.version + 1)
      if (nameOf(next) === nameOf(was.value)) return table.put(put, on)
      const moved: Write[] = [
        { put, on: 'new' },
        { delete: key(workspace, nameOf(was.value)), on },
      ]
      return (await table.transact(moved)).length === 0
    },

    /** False when nothing is there. */
    async delete(workspace: Workspace, name: string): Promise<boolean> {
      for (;;) {
        const item = await table.get(key(workspace, name))
        if (!item) return false
        const { version } = readObject<T>(item)
        if (await table.delete(key(workspace, name), { version })) return true
      }
    },
  }
}
