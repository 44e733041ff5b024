// Artifacts, each beside the others of its key, in the order they were made: the last of a key is one read away, and nothing has to
// be kept in step with it.
import type { Artifact } from '../core/artifact.ts'
import type { ArtifactStore } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'
import { KIND } from '../names.ts'
import { type Item, keyOf, queryAll, type Table } from './client.ts'
import { keys, objectItem, readObject } from './table.ts'

export function artifactStore(table: Table): ArtifactStore {
  /** Keys of a workspace, and the empty one of artifacts that have none. */
  async function keysOf(workspace: Workspace): Promise<{ id: string; key: string }[]> {
    const items = await queryAll(table, { partition: keys.artifactKey(workspace, '').pk })
    return items.map((item) => readObject<{ id: string; key: string }>(item).value)
  }

  async function lastOf(workspace: Workspace, key: string, limit: number): Promise<Artifact[]> {
    const { pk: partition } = keys.artifact(workspace, key, '')
    const items = await queryAll(table, { partition, descending: true, limit })
    return items.map((item) => readObject<Artifact>(item).value)
  }

  return {
    async create(workspace, artifact, keyId) {
      const key = artifact.key ?? ''
      await table.put(
        objectItem(KIND.artifactKey, keys.artifactKey(workspace, key), { id: keyId, key }, 1),
        'new',
      )
      await table.put(itemOf(workspace, artifact, 1), 'new')
    },

    async get(workspace, id) {
      const { o } = keys.artifactById(workspace, id)
      const { items } = await table.query({ index: 'owner', partition: o, limit: 1 })
      const item = items[0] && (await table.get(keyOf(items[0])))
      return item ? readObject<Artifact>(item) : null
    },

    async list(workspace, limit) {
      const known = await keysOf(workspace)
      return (await Promise.all(known.map(({ key }) => lastOf(workspace, key, limit)))).flat()
    },

    ofKey: lastOf,

    async collections(workspace) {
      const known = (await keysOf(workspace)).filter(({ key }) => key !== '')
      const latest = await Promise.all(
        known.map(async ({ id, key }) => {
          const [last] = await lastOf(workspace, key, 1)
          return last ? [{ ...last, key, id, latest_id: last.id }] : []
        }),
      )
      return latest.flat()
    },

    replace: (workspace, next, was) =>
      table.put(itemOf(workspace, next, was.version + 1), { version: was.version }),

    delete: (workspace, { value, version }) =>
      table.delete(keys.artifact(workspace, value.key ?? '', value.id), { version }),
  }
}

const itemOf = (workspace: Workspace, artifact: Artifact, version: number): Item =>
  objectItem(
    KIND.artifact,
    keys.artifact(workspace, artifact.key ?? '', artifact.id),
    artifact,
    version,
    keys.artifactById(workspace, artifact.id),
  )
