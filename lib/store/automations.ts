// Automations, and the log of their changes: an evaluator reads one number before a batch, and only what changed since.

import type { OwnedAutomation } from '../core/automation.ts'
import type { AutomationStore } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'
import { KIND } from '../names.ts'
import { keyOf, queryAll, type Table, type Write } from './client.ts'
import { keys, objectItem, readObject } from './table.ts'

/** The last number that the key of a change has room for. */
const CHANGE_NUMBER_MAX = 999_999_999_999

/** Times a change looks for its place in the log when others are faster. Each try is a read and a failed transaction. */
const CHANGE_TRIES_MAX = 100

/** The number of the last change, and how many automations there are. */
interface Head {
  change: number
  count: number
}

export function automationStore(table: Table): AutomationStore {
  const item = (workspace: Workspace, owned: OwnedAutomation, version: number) =>
    objectItem(
      KIND.automation,
      keys.automation(workspace, owned.automation.id),
      owned,
      version,
      owned.owner ? keys.owned(workspace, owned.owner, owned.automation.id) : {},
    )

  async function head(workspace: Workspace): Promise<Head> {
    const found = await table.get(keys.automationHead(workspace))
    return found ? readObject<Head>(found).value : { change: 0, count: 0 }
  }

  let changed: Promise<unknown> = Promise.resolve()

  /** Changes of one process wait for one another: at once they would only lose the race for the next number. */
  function change(workspace: Workspace, id: string, write: Write, more = 0): Promise<boolean> {
    const turn = changed.then(() => tryToChange(workspace, id, write, more))
    changed = turn.catch(() => {})
    return turn
  }

  /**
   * One write, its entry in the log and the count, which has `more` then; together. False when the write's own condition failed.
   */
  async function tryToChange(
    workspace: Workspace,
    id: string,
    write: Write,
    more: number,
  ): Promise<boolean> {
    for (let tries = 1; tries <= CHANGE_TRIES_MAX; tries += 1) {
      const was = await head(workspace)
      const number = was.change + 1
      const failed = await table.transact([
        write,
        {
          put: objectItem(
            KIND.automationChange,
            keys.automationChange(workspace, number),
            { id },
            1,
          ),
          on: 'new',
        },
        {
          put: objectItem(
            KIND.automationHead,
            keys.automationHead(workspace),
            { change: number, count: was.count + more } satisfies Head,
            number,
          ),
        },
      ])
      if (failed.length === 0) return true
      if (failed.includes(0)) return false
    }
    throw new Error(`no place in the log of automations after ${CHANGE_TRIES_MAX} tries`)
  }

  return {
    create: (workspace, owned) =>
      change(workspace, owned.automation.id, { put: item(workspace, owned, 1), on: 'new' }, 1),

    async get(workspace, id) {
      const found = await table.get(keys.automation(workspace, id))
      return found ? readObject<OwnedAutomation>(found) : null
    },

    async list(workspace) {
      const found = await queryAll(table, { partition: keys.automation(workspace, '').pk })
      return found.map((one) => readObject<OwnedAutomation>(one).value)
    },

    async ownedBy(workspace, resource) {
      const partition = keys.owned(workspace, resource, '').o
      const listed = await queryAll(table, { index: 'owner', partition })
      const found = await table.getMany(listed.map(keyOf))
      return found.map((one) => readObject<OwnedAutomation>(one))
    },

    replace: (workspace, next, was) =>
      change(workspace, next.automation.id, {
        put: item(workspace, next, was.version + 1),
        on: { version: was.version },
      }),

    delete: (workspace, was) => {
      const { id } = was.value.automation
      const write = { delete: keys.automation(workspace, id), on: { version: was.version } }
      return change(workspace, id, write, -1)
    },

    count: async (workspace) => (await head(workspace)).count,

    head: async (workspace) => (await head(workspace)).change,

    async changesSince(workspace, since) {
      const found = await queryAll(table, {
        partition: keys.automationChange(workspace, 0).pk,
        from: keys.automationChange(workspace, since + 1).sk,
        to: keys.automationChange(workspace, CHANGE_NUMBER_MAX).sk,
      })
      const numbers = found.map(({ sk }) => Number(String(sk).split('#').at(-1)))
      if (numbers[0] !== since + 1) return null
      const ids = new Set(found.map((one) => readObject<{ id: string }>(one).value.id))
      return { head: numbers.at(-1) ?? since, ids: [...ids] }
    },

    async getMany(workspace, ids) {
      const found = await table.getMany(ids.map((id) => keys.automation(workspace, id)))
      return found.map((one) => readObject<OwnedAutomation>(one).value)
    },
  }
}
